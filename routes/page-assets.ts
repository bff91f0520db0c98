import type { FastifyPluginAsync } from 'fastify'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { writeResponse } from '../lib/http/response.ts'
import { pageAssets } from '../lib/pages/assets.ts'
import { browserFiles } from '../lib/pages/browser-files.ts'

/** The files that the small pages load: style, script, icon, and the brand's logo and style. */
const pageAssetRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const assets = pageAssets(await browserFiles(), gate.settings.pages)
  for (const [url, asset] of assets) {
    scope.route({
      method: ['GET', 'HEAD'],
      url,
      ...gateRoute(gate, 'public'),
      handler: async function sendPageAsset(_request, reply) {
        writeResponse(reply, { status: 200, ...asset })
        return reply
      },
    })
  }
}

export default pageAssetRoutes
