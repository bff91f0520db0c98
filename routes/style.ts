import type { FastifyPluginAsync } from 'fastify'
import type { Gate } from '../lib/gate.ts'
import { NO_STORE, writeAnswer } from '../lib/http/answer.ts'
import { PAGE_STYLE } from '../lib/pages/style.ts'
import { ownRoute } from '../lib/route-role.ts'

const STYLE = {
  status: 200,
  headers: { ...NO_STORE, 'content-type': 'text/css; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: PAGE_STYLE,
}

/** `GET /style.css`: how the pages beside it look. */
const styleRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  scope.get('/style.css', ownRoute(gate, 'public'), async function sendStyle(_request, reply) {
    writeAnswer(reply, STYLE)
    return reply
  })
}

export default styleRoutes
