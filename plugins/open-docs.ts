import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { RouteGuard } from '../lib/app-routes/route-guards.ts'
import { OpenDocsError } from '../lib/errors.ts'
import { openDocs } from '../lib/exposure/open-docs.ts'

export interface OpenDocsPluginOptions {
  readonly routes: () => readonly RouteGuard[]
  readonly isAllowed: boolean
}

/** Keeps the app from starting while its documentation lies open beside the gate. */
async function refuseOpenDocs(
  app: FastifyInstance,
  { routes, isAllowed }: OpenDocsPluginOptions,
): Promise<void> {
  app.addHook('onReady', async function docsGateRefuseOpenDocs() {
    // Listed in any case: that is where a wrong `config.docsGate` is refused.
    const open = openDocs(routes())
    if (open.length > 0 && !isAllowed) throw new OpenDocsError(open)
  })
}

export default fp(refuseOpenDocs, { name: 'docs-gate-open-docs', fastify: '5.x' })
