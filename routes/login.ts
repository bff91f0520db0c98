import type { FastifyError, FastifyPluginAsync } from 'fastify'
import { logInByForm, loginErrorPage } from '../lib/flows/login.ts'
import { answerLogin } from '../lib/flows/login-page.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeErrorPage, writeOutcome } from '../lib/http/outcome.ts'

/** `GET /login` by Basic, `POST /login` by the form of the sign-in page. @see RFC 7617 */
const loginRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const options = gateRoute(gate, 'public')

  scope.setErrorHandler(function docsGateLoginErrors(error: FastifyError, request, reply) {
    writeErrorPage(reply, error, loginErrorPage(gate, error, request, request.query, request.body))
  })

  scope.get('/login', options, async function sendLogin(request, reply) {
    writeOutcome(reply, await answerLogin(gate, request, request.query))
    return reply
  })

  scope.post('/login', options, async function sendFormLogin(request, reply) {
    writeOutcome(reply, await logInByForm(gate, request, request.body))
    return reply
  })
}

export default loginRoutes
