import type { FastifyPluginAsync } from 'fastify'
import { denial } from '../lib/events.ts'
import { unauthorized } from '../lib/flows/deny-access.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeOutcome } from '../lib/http/outcome.ts'
import { NO_STORE } from '../lib/http/response.ts'

/** `GET /me`: the logged-in user as JSON; never a redirect. */
const meRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  scope.get('/me', gateRoute(gate, 'public'), async function sendUser(request, reply) {
    const result = await gate.authenticate(request)
    if (!result.user) {
      gate.emit('denied', denial(request, result.error))
      writeOutcome(reply, unauthorized(result.error, gate.challenges.bearer))
    } else {
      gate.loginLoop.markUsed(result.user.sessionId as string)
      const cookies = result.cookie === undefined ? [] : [result.cookie]
      writeOutcome(reply, { status: 200, headers: NO_STORE, cookies, body: result.user })
    }
    return reply
  })
}

export default meRoutes
