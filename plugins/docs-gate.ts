import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyPluginOptions,
  FastifyRequest,
} from 'fastify'
import fp from 'fastify-plugin'
import { routesOf } from '../lib/docs/early-routes.ts'
import type { RouteGuard } from '../lib/docs/route-guards.ts'
import { createViewCache } from '../lib/docs/view-cache.ts'
import { createGate, type Gate } from '../lib/gate.ts'
import type { GateOptions } from '../lib/options/options.ts'
import { resolveSettings, type Settings } from '../lib/options/settings.ts'
import { holdTickShape } from '../lib/tick-shape.ts'
import docsRoutes, { type DocsRoutesOptions } from '../routes/docs.ts'
import loginRoutes from '../routes/login.ts'
import logoutRoutes from '../routes/logout.ts'
import meRoutes from '../routes/me.ts'
import pageAssetRoutes from '../routes/page-assets.ts'
import tokenRoutes from '../routes/token.ts'
import { auditOf } from './audit.ts'
import { type DocumentSource, documentAudience, documentSource, shelved } from './documents.ts'
import guard from './guard.ts'
import openDocs from './open-docs.ts'
import { routeGuards } from './route-guards.ts'
import routeMarks from './route-marks.ts'
import sessionApi from './session-api.ts'
import swagger from './swagger.ts'
import { registerTokens } from './tokens.ts'

/** The options of the gate. */
export type DocsGateOptions = GateOptions<FastifyRequest, FastifyPluginOptions>

// Through these re-exports the decorators' types reach whoever imports the gate.
export type { Guard } from './guard.ts'
export type { DocsGate } from './session-api.ts'

const MAX_FORM_BYTES = 16_384

function warn(app: FastifyInstance, { hasRandomSecret }: Settings): void {
  if (hasRandomSecret) {
    app.log.warn(
      'docs-gate: no secret is given, so a random one is used: every session ends when this process does',
    )
  }
  const routes = routesOf(app.printRoutes())
  if (routes.length > 0) {
    app.log.warn(
      { routes },
      'docs-gate: these routes were declared before the gate, so its hooks do not guard them and its document does not list them; register the gate first, with await',
    )
  }
}

// Fastify settles a scope's error handler when the scope is made. One that the host sets after the gate shapes these
// bodies all the same.
function shapeErrorsAsHost(scope: FastifyInstance, app: FastifyInstance): void {
  const settled = app.errorHandler
  scope.setErrorHandler(function docsGateErrors(error: FastifyError, request, reply) {
    if (app.errorHandler === settled) throw error
    return app.errorHandler(error, request, reply)
  })
}

/** The routes by which one gets in and out, in a scope that takes forms and nothing else. */
const docsGateRoutes: FastifyPluginAsync<{ gate: Gate; app: FastifyInstance }> = async (
  scope,
  { gate, app },
) => {
  shapeErrorsAsHost(scope, app)
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: MAX_FORM_BYTES },
    async (_request: unknown, body: Buffer) => body,
  )
  scope.addHook('onRequest', async function docsGateNoStore(_request, reply) {
    reply.header('cache-control', 'no-store')
  })
  await scope.register(loginRoutes, { gate })
  await scope.register(logoutRoutes, { gate })
  await scope.register(tokenRoutes, { gate })
  await scope.register(meRoutes, { gate })
  await scope.register(pageAssetRoutes, { gate })
}

const docsGateDocs: FastifyPluginAsync<DocsRoutesOptions & { app: FastifyInstance }> = async (
  scope,
  { app, ...options },
) => {
  shapeErrorsAsHost(scope, app)
  await scope.register(docsRoutes, options)
}

async function registerDocs(
  app: FastifyInstance,
  gate: Gate,
  routes: () => readonly RouteGuard[],
): Promise<void> {
  const { docs, swagger: options } = gate.settings
  if (docs.some(({ source }) => source === undefined)) {
    await app.register(swagger, { swagger: options, title: gate.pages.title })
  }
  const views = createViewCache()
  const optionOf = (index: number): string => (docs.length > 1 ? `docs[${index}]` : 'docs')
  // Together: Fastify gives a plugin ten seconds to start.
  const loading = docs.map((settings, index) => documentSource(app, gate, routes, settings, optionOf(index)))
  const sources = await Promise.all(loading)
  const shelf = docs.map((settings, index) => shelved(app, gate, settings, sources[index] as DocumentSource))
  for (const [index, settings] of docs.entries()) {
    const option = optionOf(index)
    const audience = documentAudience(settings, option, sources[index] as DocumentSource, views, app.log)
    await app.register(docsGateDocs, { app, gate, docs: settings, option, audience, shelf })
  }
}

async function plugin(app: FastifyInstance, options: DocsGateOptions): Promise<void> {
  holdTickShape()
  const settings = resolveSettings(options)
  warn(app, settings)
  const routes = routeGuards(app)
  const { codec, serializeCookie } = await registerTokens(app, settings.session.issuer, settings.keys)
  const gate = createGate(settings, app.prefix, codec, serializeCookie, app.log)
  await app.register(guard, { gate })
  await app.register(sessionApi, { gate, audit: auditOf(app, routes) })
  await app.register(docsGateRoutes, { gate, app, prefix: settings.routePrefix })
  await registerDocs(app, gate, routes)
  await app.register(routeMarks)
  await app.register(openDocs, { routes, isAllowed: settings.allowOpenDocs })
}

/**
 * Puts the API documentation of a Fastify 5 app behind a login.
 *
 * @throws `DOCS_GATE_OPTIONS` (TypeError) for a wrong option
 * @example
 * const app = Fastify()
 * await app.register(docsGate, { users: { johndoe: process.env.JOHNDOE_HASH }, secret: process.env.DOCS_GATE_SECRET })
 * app.get('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
 * await app.listen({ port: 3000 })
 */
export const docsGate = fp(plugin, { name: 'fastify-docs-gate', fastify: '5.x' })
