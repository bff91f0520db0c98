import type { FastifyError, FastifyPluginAsync } from 'fastify'
import { loggedOutResponse, logOutByForm, logOutOrAsk } from '../lib/flows/logout.ts'
import { logoutErrorPage } from '../lib/flows/service-unavailable.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeErrorPage, writeOutcome } from '../lib/http/outcome.ts'
import { writeResponse } from '../lib/http/response.ts'

/** `GET /logout`, `POST /logout` and where they lead, `GET /logged-out`. */
const logoutRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const options = gateRoute(gate, 'public')

  scope.setErrorHandler(function docsGateLogoutErrors(error: FastifyError, request, reply) {
    writeErrorPage(reply, error, logoutErrorPage(gate, error, request))
  })

  scope.get('/logout', options, async function sendLogout(request, reply) {
    writeOutcome(reply, await logOutOrAsk(gate, request))
    return reply
  })

  scope.post('/logout', options, async function sendFormLogout(request, reply) {
    writeOutcome(reply, await logOutByForm(gate, request, request.body))
    return reply
  })

  scope.get('/logged-out', options, async function sendLoggedOut(request, reply) {
    writeResponse(reply, loggedOutResponse(gate, request))
    return reply
  })
}

export default logoutRoutes
