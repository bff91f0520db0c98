import type { FastifyError, FastifyPluginAsync } from 'fastify'
import { loginFlow } from '../lib/flows/login.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeErrorPage, writeOutcome } from '../lib/http/outcome.ts'

/** `GET /login` by Basic, `POST /login` by the sign-in page's form. @see RFC 7617 */
const loginRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const flow = loginFlow(gate)
  const own = gateRoute(gate, 'public')

  scope.setErrorHandler(function docsGateLoginErrors(error: FastifyError, request, reply) {
    writeErrorPage(reply, error, flow.errorPage(error, request, request.query, request.body))
  })

  scope.get('/login', own, async function logInByBasic(request, reply) {
    writeOutcome(reply, await flow.get(request, request.query))
    return reply
  })

  scope.post('/login', own, async function logInByForm(request, reply) {
    writeOutcome(reply, await flow.post(request, request.body))
    return reply
  })
}

export default loginRoutes
