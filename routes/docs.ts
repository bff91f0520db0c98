import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { markDocsHook } from '../lib/app-routes/guard-marks.ts'
import { type Resource, resourceResponse } from '../lib/docs/encoding/resource.ts'
import type { DocumentSummary } from '../lib/docs/page/document-list.ts'
import { type Initializer, initializer } from '../lib/docs/page/initializer.ts'
import { type PageFiles, pageFiles } from '../lib/docs/page/page-files.ts'
import { sessionExpiry } from '../lib/docs/page/session-expiry.ts'
import { fingerprintOf, UI_FILES, type UiAssets, uiAssets } from '../lib/docs/page/ui-assets.ts'
import type { ViewOfUser } from '../lib/docs/view/reader-views.ts'
import { type DocsPaths, docsPageResponse } from '../lib/flows/docs-page.ts'
import { docsErrorPage } from '../lib/flows/service-unavailable.ts'
import type { Gate, GatePaths } from '../lib/gate/gate.ts'
import { gateRoute, type RouteRole, UNDOCUMENTED } from '../lib/gate/route-role.ts'
import { isKeptForBack } from '../lib/http/navigation.ts'
import { isRetryable, retryAfter, writeErrorPage } from '../lib/http/outcome.ts'
import { relativeReference } from '../lib/http/relative-reference.ts'
import {
  NO_STORE,
  SAME_ORIGIN_RESOURCE,
  withVary,
  writeHeaders,
  writeResponse,
} from '../lib/http/response.ts'
import type { DocsSettings } from '../lib/options/docs-option.ts'

export interface DocsRoutesOptions {
  readonly gate: Gate
  readonly docs: DocsSettings
  readonly viewOf: ViewOfUser
  /** All documents of the gate. */
  readonly documents: readonly DocumentSummary[]
}

/** What is the same for all readers of a page. */
interface PageParts {
  readonly files: PageFiles
  readonly start: Initializer
}

const READ = ['GET', 'HEAD']
const INITIALIZER = 'swagger-initializer.js'
// The URL of each file contains the fingerprint of its content. `private`, because a shared cache would serve them without a
// login.
const KEEP = { 'cache-control': 'private, max-age=31536000, immutable' }
// Not cached, because an authorization server puts the code into its URL.
const REDIRECT_PAGE = {
  'cache-control': 'private, no-store',
  // The page follows the authorization server's in a window that the docs page has opened, and reports to the docs page.
  'cross-origin-opener-policy': 'unsafe-none',
  'content-security-policy': "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
}
// Saved to a file instead of shown, so that the Back button cannot show it after a logout.
const SAVED = { ...NO_STORE, 'content-disposition': 'attachment' }
const READ_ANEW = { ...NO_STORE, 'x-content-type-options': 'nosniff' }
// Documents and files are compressed already. The options are the same on all routes of the scope: a plugin of the host's
// (@fastify/compress, for one) that treated one route in another way would show without a login which routes exist.
const SAME_FOR_PLUGINS = { compress: false, decompress: false } as const

// Fetch Standard, section 3.2.2: a preflight carries no credentials, even if its user is logged in.
const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

const docsRoute = (gate: Gate, role: RouteRole = 'docs') => ({
  ...gateRoute(gate, role),
  ...SAME_FOR_PLUGINS,
})

function guardEverything(scope: FastifyInstance, { scopes }: DocsSettings): void {
  const [scopeAsked, ...moreScopes] = scopes
  const guard =
    scopeAsked === undefined ? scope.authenticate : scope.authorize(scopeAsked, ...moreScopes).bind(scope)
  scope.addHook('onRequest', async function docsGateNoStore(_request, reply) {
    reply.header('cache-control', 'no-store')
  })
  // In `onSend`, because the host's @fastify/helmet sets its own value before that.
  scope.addHook('onSend', async function docsGateSameOrigin(_request, reply) {
    reply.headers(SAME_ORIGIN_RESOURCE)
  })
  async function docsGateGuardDocs(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!isPreflight(request)) return guard(request, reply)
  }
  scope.addHook('onRequest', markDocsHook(docsGateGuardDocs, guard))
  // A preflight that the host's CORS plugin has not answered by now is guarded like any other request. In `preParsing`, so
  // before any body is read.
  scope.addHook('preParsing', async function docsGateGuardPreflight(request, reply) {
    if (isPreflight(request)) await guard(request, reply)
  })
}

function pagesOf(scope: FastifyInstance, { path }: DocsSettings): readonly string[] {
  const { ignoreTrailingSlash, routerOptions } = scope.initialConfig
  const hasOneSpelling = ignoreTrailingSlash || routerOptions?.ignoreTrailingSlash
  return hasOneSpelling ? [path] : [path, `${path}/`]
}

function pathsOf(
  prefix: string,
  docs: DocsSettings,
  { logo, css }: GatePaths,
  { files, start }: PageParts,
  assets: UiAssets,
): DocsPaths {
  const [page, spec] = [prefix + docs.path, prefix + docs.spec]
  const file = (name: string): string => `${page}/static/${name}`
  const versioned = (name: string): string => `${file(name)}?v=${fingerprintOf(assets, name)}`
  return {
    page,
    json: `${spec}.json`,
    yaml: `${spec}.yaml`,
    session: file('session.json'),
    logo,
    files: {
      script: versioned('swagger-ui-bundle.js'),
      style: versioned('swagger-ui.css'),
      barStyle: file(`${files.folder}/bar.css`),
      brandStyle: css,
      start: start.data === undefined ? file(INITIALIZER) : file(`${files.folder}/docs.js`),
    },
  }
}

async function sendResource(
  request: FastifyRequest,
  reply: FastifyReply,
  resource: Resource,
  headers: Readonly<Record<string, string>>,
): Promise<FastifyReply> {
  const vary = withVary(reply.getHeader('vary'), 'Accept-Encoding')
  writeResponse(reply, await resourceResponse(request, resource, { ...headers, vary }))
  return reply
}

function routePages(
  scope: FastifyInstance,
  { gate, docs, viewOf, documents }: DocsRoutesOptions,
  parts: PageParts,
): void {
  const { theme, icon } = parts.files
  const inline = { theme, icon, data: parts.start.data }
  async function sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const user = gate.authentication.userOf(request)
    const [view, assets] = await Promise.all([viewOf(user), uiAssets()])
    const paths = pathsOf(scope.prefix, docs, gate.paths, parts, assets)
    writeResponse(reply, docsPageResponse(gate, { request, user, view, paths, inline, docs, documents }))
    return reply
  }
  for (const url of pagesOf(scope, docs)) {
    scope.route({ method: READ, url, ...docsRoute(gate), handler: sendPage })
  }
}

// A page that contains its configuration does not need this file. A page of an older version, left open during a deployment,
// still loads it.
function routeInitializer(scope: FastifyInstance, { gate, docs }: DocsRoutesOptions, body: string): void {
  const headers = { ...READ_ANEW, 'content-type': 'text/javascript; charset=utf-8' }
  scope.route({
    method: READ,
    url: `${docs.path}/static/${INITIALIZER}`,
    ...docsRoute(gate, 'asset'),
    handler: async function sendInitializer(_request, reply) {
      writeResponse(reply, { status: 200, headers, body })
      return reply
    },
  })
}

function routeFiles(scope: FastifyInstance, { gate, docs }: DocsRoutesOptions, files: PageFiles): void {
  function routeFile(name: string, read: () => Promise<Resource>): void {
    scope.route({
      method: READ,
      url: `${docs.path}/static/${name}`,
      ...docsRoute(gate, 'asset'),
      handler: async function sendFile(request, reply) {
        return sendResource(request, reply, await read(), name.endsWith('.html') ? REDIRECT_PAGE : KEEP)
      },
    })
  }
  for (const [name, file] of files.files) routeFile(`${files.folder}/${name}`, async () => file)
  for (const name of UI_FILES) routeFile(name, async () => (await uiAssets()).get(name) as Resource)
}

// An asset, so that this request renews no session: a page that is left open would otherwise keep its session for ever.
function routeSessionStatus(scope: FastifyInstance, { gate, docs }: DocsRoutesOptions): void {
  scope.route({
    method: READ,
    url: `${docs.path}/static/session.json`,
    ...docsRoute(gate, 'asset'),
    handler: async function sendSessionStatus(request, reply) {
      writeResponse(reply, {
        status: 200,
        headers: READ_ANEW,
        body: sessionExpiry(gate.authentication.userOf(request)),
      })
      return reply
    },
  })
}

function routeDocuments(scope: FastifyInstance, { gate, docs, viewOf }: DocsRoutesOptions): void {
  for (const form of ['json', 'yaml'] as const) {
    scope.route({
      method: READ,
      url: `${docs.spec}.${form}`,
      ...docsRoute(gate),
      handler: async function sendDocument(request, reply) {
        const view = await viewOf(gate.authentication.userOf(request))
        return sendResource(request, reply, await view[form](), isKeptForBack(request) ? SAVED : NO_STORE)
      },
    })
  }
}

// To a logged-in user the path is simply not found.
async function sendNothing(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.callNotFound()
  return reply
}

function routeNothing(scope: FastifyInstance, { gate, docs }: DocsRoutesOptions): void {
  const options = docsRoute(gate)
  const everyMethod = scope.supportedMethods.filter((method) => method !== 'OPTIONS')
  const writeMethods = everyMethod.filter((method) => !READ.includes(method))
  const exact = [...pagesOf(scope, docs), `${docs.spec}.json`, `${docs.spec}.yaml`]
  for (const url of exact) scope.route({ method: writeMethods, url, ...options, handler: sendNothing })
  for (const url of [docs.path, `${docs.path}/*`, `${docs.spec}.*`]) {
    // Without `cors: false`, because preflights are for the host to answer.
    scope.route({ method: 'OPTIONS', url, ...UNDOCUMENTED, ...SAME_FOR_PLUGINS, handler: sendNothing })
  }
  for (const url of [`${docs.path}/*`, `${docs.spec}.*`]) {
    scope.route({ method: everyMethod, url, ...options, handler: sendNothing })
  }
}

/**
 * One document and its page. The guard is a hook of this scope. Every path below the page's and the document's, with every
 * method, is a route of the scope: without a login, a path that does not exist looks like one that does.
 */
const docsRoutes: FastifyPluginAsync<DocsRoutesOptions> = async (scope, options) => {
  guardEverything(scope, options.docs)
  const { gate, docs } = options
  scope.setErrorHandler(function docsGateDocsErrors(error: FastifyError, request, reply) {
    if (isRetryable(error)) writeHeaders(reply, retryAfter(error))
    writeErrorPage(reply, error, docsErrorPage(gate, error, request))
  })
  const files = await pageFiles()
  const spec = relativeReference(`${docs.path}/`, `${docs.spec}.json`)
  const start = initializer(`./${files.folder}/docs.js`, spec, docs.uiConfig, docs.option)
  routePages(scope, options, { files, start })
  routeInitializer(scope, options, start.script)
  routeFiles(scope, options, files)
  routeSessionStatus(scope, options)
  routeDocuments(scope, options)
  routeNothing(scope, options)
}

export default docsRoutes
