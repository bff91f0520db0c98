import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyPluginOptions,
  FastifyRequest,
} from 'fastify'
import fp from 'fastify-plugin'
import { earlyRoutes } from '../lib/app-routes/early-routes.ts'
import { type RouteGuard, registryOf } from '../lib/app-routes/route-guards.ts'
import type { ViewOfUser } from '../lib/docs/view/reader-views.ts'
import { createViewCache } from '../lib/docs/view/view-cache.ts'
import { OptionsError } from '../lib/errors.ts'
import { createGate, type Gate } from '../lib/gate/gate.ts'
import { writeCorsHeaders } from '../lib/http/cors.ts'
import { SAME_ORIGIN_RESOURCE } from '../lib/http/response.ts'
import { type DocsSettings, unusedUiConfig } from '../lib/options/docs-option.ts'
import type { GateOptions } from '../lib/options/options.ts'
import { resolveSettings, type Settings } from '../lib/options/settings.ts'
import { isOneOfSeveral } from '../lib/runtime/several-processes.ts'
import { holdTickShape } from '../lib/runtime/tick-shape.ts'
import { warningLog } from '../lib/runtime/warnings.ts'
import docsRoutes, { type DocsRoutesOptions } from '../routes/docs.ts'
import loginRoutes from '../routes/login.ts'
import logoutRoutes from '../routes/logout.ts'
import meRoutes from '../routes/me.ts'
import pageAssetRoutes from '../routes/page-assets.ts'
import preflightRoutes from '../routes/preflight.ts'
import tokenRoutes from '../routes/token.ts'
import { auditOf } from './audit.ts'
import { type DocumentSource, documentSource, documentSummary, documentViews } from './documents.ts'
import judgeEarlyRoutes from './early-routes.ts'
import guard, { importedGuards, usesGuards } from './guard.ts'
import openDocs from './open-docs.ts'
import { routeGuards, warnOfDocument } from './route-guards.ts'
import routeMarks from './route-marks.ts'
import sessionApi from './session-api.ts'
import swagger from './swagger.ts'
import { registerTokens } from './tokens.ts'

/** The options of the gate. */
export type DocsGateOptions = GateOptions<FastifyRequest, FastifyPluginOptions>

// Without these re-exports TypeScript would drop the types of the decorators from the published declarations.
export type { Guard, Guards } from './guard.ts'
export type { RouteGuardConfig } from './route-guards.ts'
export type { DocsGate } from './session-api.ts'

const MAX_FORM_BYTES = 16_384

const DECORATORS = ['authenticate', 'authorize', 'identify', 'docsGate']

// Fastify's own error would name the decorator and no remedy. Decorators of a parent scope are no obstacle.
function refuseTakenDecorators(app: FastifyInstance): void {
  const taken = DECORATORS.find((name) => Object.hasOwn(app, name))
  if (taken === undefined) return
  throw new OptionsError(
    `decorator ${taken}: the gate needs this name, and the scope where it is registered has such a decorator already; write another name for yours, or register the gate in a scope of its own (as a second gate has to be)`,
  )
}

const isAppDocument = ({ source }: DocsSettings): boolean => source === undefined

function warn(app: FastifyInstance, settings: Settings): void {
  const log = warningLog(app.log)
  if (settings.hasRandomSecret) {
    const effect = 'a random one is used: every session ends when this process does'
    log.warn({}, `docs-gate: no secret is given, so ${effect}`)
  }
  if (settings.session.store === 'memory' && isOneOfSeveral()) {
    const remedy = 'give session.store a Redis client, so that all processes share their sessions'
    log.warn(
      {},
      `docs-gate: this process is one of several, and sessions are kept in its memory: the others refuse them with 401; ${remedy}`,
    )
  }
  if (settings.directory.isAllDisabled?.())
    log.warn({}, 'docs-gate: there are no users, or all of them are disabled, so nobody can log in')
  const unused = unusedUiConfig(settings.docs)
  if (unused.length > 0) {
    const instead = 'for another document write docs.source, for several a list of docs'
    log.warn({ options: unused }, `docs-gate: these options have no effect, the gate sets them; ${instead}`)
  }
}

// Fastify fixes the error handler of a scope when the scope is created. If the host sets one after the gate, these routes use
// it too.
function shapeErrorsAsHost(scope: FastifyInstance, app: FastifyInstance, { noteRefusal }: Gate): void {
  scope.addHook('onError', async function docsGateNoteRefusal(_request, reply, error) {
    noteRefusal(reply, error)
  })
  const initial = app.errorHandler
  scope.setErrorHandler(function docsGateErrors(error: FastifyError, request, reply) {
    if (app.errorHandler === initial) throw error
    return app.errorHandler(error, request, reply)
  })
}

/** The routes that pages of `trustedOrigins` may read. */
const readableRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const { trustedOrigins } = gate.settings
  if (trustedOrigins.size > 0) {
    // Before the body is read, so that pages can also read the error about a bad body.
    scope.addHook('onRequest', async function docsGateCors(request, reply) {
      writeCorsHeaders(request, reply, trustedOrigins)
    })
    await scope.register(preflightRoutes, { gate })
  }
  await scope.register(tokenRoutes, { gate })
  await scope.register(meRoutes, { gate })
}

/** The routes of login, logout and tokens, in a scope that accepts no body but forms. */
const docsGateRoutes: FastifyPluginAsync<{ gate: Gate; app: FastifyInstance }> = async (
  scope,
  { gate, app },
) => {
  shapeErrorsAsHost(scope, app, gate)
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: MAX_FORM_BYTES },
    async (_request: unknown, body: Buffer) => body,
  )
  scope.addHook('onRequest', async function docsGateNoStore(_request, reply) {
    reply.header('cache-control', 'no-store')
  })
  scope.addHook('onSend', async function docsGateSameOrigin(_request, reply) {
    reply.headers(SAME_ORIGIN_RESOURCE)
  })
  await scope.register(loginRoutes, { gate })
  await scope.register(logoutRoutes, { gate })
  await scope.register(readableRoutes, { gate })
  await scope.register(pageAssetRoutes, { gate })
}

const docsGateDocs: FastifyPluginAsync<DocsRoutesOptions & { app: FastifyInstance }> = async (
  scope,
  { app, ...options },
) => {
  shapeErrorsAsHost(scope, app, options.gate)
  await scope.register(docsRoutes, options)
}

async function registerDocs(
  app: FastifyInstance,
  gate: Gate,
  routes: () => readonly RouteGuard[],
): Promise<void> {
  const { docs, swagger: options } = gate.settings
  if (docs.some(isAppDocument)) {
    await app.register(swagger, { swagger: options, title: gate.pages.title })
    warnOfDocument(app, routes)
  }
  const views = createViewCache()
  // In parallel, because Fastify gives a plugin ten seconds to start.
  const loading = docs.map((settings) => documentSource(app, gate, routes, settings))
  const sources = await Promise.all(loading)
  const version = () => registryOf(app.server).version
  const documents = docs.map((settings, index) =>
    documentSummary(app, gate, settings, sources[index] as DocumentSource),
  )
  for (const [index, settings] of docs.entries()) {
    const viewOf = documentViews(settings, sources[index] as DocumentSource, views, app.log, version)
    await app.register(docsGateDocs, { app, gate, docs: settings, viewOf, documents })
    if (!isAppDocument(settings)) prepareAfterListen(app, viewOf)
  }
}

// A document that is known at registration is compressed before its first reader. The app's own document is generated when
// it is first read: generating blocks, and would delay the first requests after every start.
function prepareAfterListen(app: FastifyInstance, { prepare }: ViewOfUser): void {
  app.addHook('onListen', async function docsGatePrepare() {
    prepare().catch((err: unknown) => app.log.error({ err }, 'docs-gate: cannot prepare the document'))
  })
}

async function plugin(app: FastifyInstance, options: DocsGateOptions): Promise<void> {
  holdTickShape()
  const settings = resolveSettings(options)
  refuseTakenDecorators(app)
  warn(app, settings)
  const early = earlyRoutes(app.printRoutes(), app.prefix)
  // A @fastify/swagger of the host's may have seen them.
  const isUnlisted = settings.docs.some(isAppDocument) && !app.hasDecorator('swagger')
  const routes = routeGuards(app)
  const { codec, serializeCookie } = await registerTokens(app, settings.session.issuer, settings.keys)
  const gate = createGate(settings, app.prefix, codec, serializeCookie, app.log)
  await gate.check()
  await app.register(guard, { gate })
  await app.register(sessionApi, { gate, audit: auditOf(app, routes, gate.paths.loggedOut) })
  await app.register(docsGateRoutes, { gate, app, prefix: settings.routePrefix })
  await registerDocs(app, gate, routes)
  await app.register(routeMarks)
  await app.register(openDocs, { routes, isAllowed: settings.allowOpenDocs })
  await app.register(judgeEarlyRoutes, {
    early,
    isUnlisted,
    isAllowed: settings.allowEarlyRoutes,
    usesGuards: () => usesGuards(app),
  })
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
export const docsGate = Object.assign(
  fp(plugin, { name: 'fastify-docs-gate', fastify: '5.x' }),
  importedGuards,
)

// The guards by import have names of their own too: in CommonJS, `require('fastify-docs-gate').authenticate` must not be
// undefined.

/** Requires a login, as `app.authenticate` of the gate that the request's route belongs to. */
export const authenticate = importedGuards.authenticate
/** Requires scopes too, as `app.authorize` of the gate that the request's route belongs to. */
export const authorize = importedGuards.authorize
/** Never refuses: sets `request.user`, as `app.identify` of the gate that the request's route belongs to. */
export const identify = importedGuards.identify
