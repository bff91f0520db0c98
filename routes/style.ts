import type { FastifyPluginAsync } from 'fastify'
import type { Gate } from '../lib/gate.ts'
import { NO_STORE, writeAnswer } from '../lib/http/answer.ts'
import { browserFiles } from '../lib/pages/browser-files.ts'
import { ownRoute } from '../lib/route-role.ts'

const HEADERS = {
  ...NO_STORE,
  'content-type': 'text/css; charset=utf-8',
  'x-content-type-options': 'nosniff',
}

/** `GET /style.css`: how the pages beside it look. */
const styleRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const body = (await browserFiles())['style.css']

  scope.get('/style.css', ownRoute(gate, 'public'), async function sendStyle(_request, reply) {
    writeAnswer(reply, { status: 200, headers: HEADERS, body })
    return reply
  })
}

export default styleRoutes
