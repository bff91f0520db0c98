import type { FastifyError, FastifyPluginAsync } from 'fastify'
import { logoutFlow } from '../lib/flows/logout.ts'
import { logoutErrorPage } from '../lib/flows/service-unavailable.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeErrorPage, writeOutcome } from '../lib/http/outcome.ts'
import { writeResponse } from '../lib/http/response.ts'

/** `GET /logout`, `POST /logout` and where they lead, `GET /logged-out`. */
const logoutRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const flow = logoutFlow(gate)
  const own = gateRoute(gate, 'public')

  scope.setErrorHandler(function docsGateLogoutErrors(error: FastifyError, request, reply) {
    writeErrorPage(reply, error, logoutErrorPage(gate, error, request))
  })

  scope.get('/logout', own, async function offerLogout(request, reply) {
    writeOutcome(reply, await flow.get(request))
    return reply
  })

  scope.post('/logout', own, async function logOut(request, reply) {
    writeOutcome(reply, await flow.post(request, request.body))
    return reply
  })

  scope.get('/logged-out', own, async function sendLoggedOut(request, reply) {
    writeResponse(reply, flow.loggedOut(request))
    return reply
  })
}

export default logoutRoutes
