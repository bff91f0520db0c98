import type { FastifyPluginAsync } from 'fastify'
import { grantToken, revokeToken } from '../lib/flows/token.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeOutcome } from '../lib/http/outcome.ts'
import { writeResponse } from '../lib/http/response.ts'

/** `POST /token` and `POST /revoke`. @see RFC 6749, section 4.3; RFC 7009 */
const tokenRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const options = gateRoute(gate, 'public')
  // Any media type is accepted here, so that the wrong one gets the error of RFC 6749, section 5.2.
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)

  scope.post('/token', options, async function sendToken(request, reply) {
    writeOutcome(reply, await grantToken(gate, request, request.body))
    return reply
  })

  scope.post('/revoke', options, async function sendRevocation(request, reply) {
    writeResponse(reply, await revokeToken(gate, request, request.body))
    return reply
  })
}

export default tokenRoutes
