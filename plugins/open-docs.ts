import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { RouteGuard } from '../lib/app-routes/route-guards.ts'
import { OpenDocsError } from '../lib/errors.ts'
import { openDocs } from '../lib/exposure/open-docs.ts'

export interface OpenDocsPluginOptions {
  readonly routes: () => readonly RouteGuard[]
  readonly isAllowed: boolean
}

/** Makes the start of the app fail if its documentation can also be read without the gate. */
async function refuseOpenDocs(
  app: FastifyInstance,
  { routes, isAllowed }: OpenDocsPluginOptions,
): Promise<void> {
  app.addHook('onReady', async function docsGateRefuseOpenDocs() {
    // Runs even if open documentation is allowed: `routes()` throws for an invalid `config.docsGate`.
    const open = openDocs(routes())
    if (open.length > 0 && !isAllowed) throw new OpenDocsError(open)
  })
}

export default fp(refuseOpenDocs, { name: 'docs-gate-open-docs', fastify: '5.x' })
