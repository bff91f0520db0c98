import type { FastifyPluginAsync } from 'fastify'
import { tokenFlow } from '../lib/flows/token.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeOutcome } from '../lib/http/outcome.ts'
import { writeResponse } from '../lib/http/response.ts'

/** `POST /token` and `POST /revoke`. @see RFC 6749, section 4.3; RFC 7009 */
const tokenRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const flow = tokenFlow(gate)
  const own = gateRoute(gate, 'public')
  // Any body gets in, so that the wrong kind is refused in the words of RFC 6749, section 5.2.
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)

  scope.post('/token', own, async function grantToken(request, reply) {
    writeOutcome(reply, await flow.token(request, request.body))
    return reply
  })

  scope.post('/revoke', own, async function revokeToken(request, reply) {
    writeResponse(reply, await flow.revoke(request, request.body))
    return reply
  })
}

export default tokenRoutes
