import type { FastifyPluginAsync } from 'fastify'
import type { Gate } from '../lib/gate.ts'
import { writeAnswer } from '../lib/http/answer.ts'
import { writeOutcome } from '../lib/http/outcome.ts'
import { tokenFlow } from '../lib/login/token-flow.ts'
import { ownRoute } from '../lib/route-role.ts'

/** `POST /token` and `POST /revoke`. @see RFC 6749, section 4.3; RFC 7009 */
const tokenRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const flow = tokenFlow(gate)
  const own = ownRoute(gate, 'public')
  // Any body gets in, so that the wrong kind is refused in the words of RFC 6749, section 5.2.
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)

  scope.post('/token', own, async function grantToken(request, reply) {
    writeOutcome(reply, await flow.token(request, request.body))
    return reply
  })

  scope.post('/revoke', own, async function revokeToken(request, reply) {
    writeAnswer(reply, await flow.revoke(request, request.body))
    return reply
  })
}

export default tokenRoutes
