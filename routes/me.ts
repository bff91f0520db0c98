import type { FastifyPluginAsync } from 'fastify'
import { denial } from '../lib/events.ts'
import { unauthorized } from '../lib/flows/deny-access.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { ownRoute } from '../lib/gate/route-role.ts'
import { writeOutcome } from '../lib/http/outcome.ts'
import { NO_STORE } from '../lib/http/response.ts'

/** `GET /me`: who one is, as JSON; never a redirect. */
const meRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  scope.get('/me', ownRoute(gate, 'public'), async function sendUser(request, reply) {
    const verdict = await gate.authenticate(request)
    if (!verdict.user) {
      gate.emit('denied', denial(request, verdict.error))
      writeOutcome(reply, unauthorized(verdict.error, gate.challenges.bearer))
    } else {
      gate.circle.used(verdict.user.sessionId as string)
      const cookies = verdict.cookie === undefined ? [] : [verdict.cookie]
      writeOutcome(reply, { status: 200, headers: NO_STORE, cookies, body: verdict.user })
    }
    return reply
  })
}

export default meRoutes
