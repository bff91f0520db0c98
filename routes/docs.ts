import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Audience } from '../lib/docs/audience.ts'
import { docsPage, docsPageHeaders } from '../lib/docs/docs-page.ts'
import { type Resource, resourceAnswer } from '../lib/docs/encoding/resource.ts'
import { initializer } from '../lib/docs/initializer.ts'
import { markGuard } from '../lib/docs/route-guards.ts'
import { fingerprintOf, UI_FILES, uiAssets } from '../lib/docs/ui-assets.ts'
import type { Gate } from '../lib/gate.ts'
import { NO_STORE, withVary, writeAnswer } from '../lib/http/answer.ts'
import { relativeReference } from '../lib/http/relative-reference.ts'
import type { DocsSettings } from '../lib/options/docs-option.ts'
import { browserFiles } from '../lib/pages/browser-files.ts'
import { ownRoute } from '../lib/route-role.ts'
import type { User } from '../lib/session/user.ts'

export interface DocsRoutesOptions {
  readonly gate: Gate
  readonly docs: DocsSettings
  /** What the docs are called in the options. */
  readonly option: string
  readonly audience: Audience
}

const READ = ['GET', 'HEAD']
// The files carry the fingerprint of their content in their URL. `private`: a shared cache would hand them to anybody.
const KEEP = { 'cache-control': 'private, max-age=31536000, immutable' }
const KEEP_PAGE = {
  ...KEEP,
  'content-security-policy': "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
}

// Fetch Standard, section 3.2.2: a preflight carries no credentials, whoever sends it.
const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined

/**
 * One document and its page. The guard is a hook of this scope, and every path below the page's and the document's
 * belongs to the scope, with every method: what is not there looks to strangers like what is.
 */
const docsRoutes: FastifyPluginAsync<DocsRoutesOptions> = async (scope, options) => {
  const { gate, docs, option, audience } = options
  const [scopeAsked, ...moreScopes] = docs.scopes
  const guard = scopeAsked === undefined ? scope.authenticate : scope.authorize(scopeAsked, ...moreScopes)
  const [path, spec] = [scope.prefix + docs.path, scope.prefix + docs.spec]
  const own = ownRoute(gate)
  const asset = ownRoute(gate, 'asset')
  // To @fastify/compress: these have their codings.
  const coded = { compress: false }
  const { ignoreTrailingSlash, routerOptions } = scope.initialConfig
  const hasOneSpelling = ignoreTrailingSlash || routerOptions?.ignoreTrailingSlash
  const pages = hasOneSpelling ? [docs.path] : [docs.path, `${docs.path}/`]

  scope.addHook('onRequest', async function docsGateNoStore(_request, reply) {
    reply.header('cache-control', 'no-store')
  })
  async function docsGateGuardDocs(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!isPreflight(request)) return guard(request, reply)
  }
  scope.addHook('onRequest', markGuard(docsGateGuardDocs, docs.scopes))
  // What the host's CORS, whose hook has run by now, did not answer gets what strangers get; before any body is read.
  scope.addHook('preParsing', async function docsGateGuardPreflight(request, reply) {
    if (isPreflight(request)) await guard(request, reply)
  })

  // The guard of this scope has set it.
  const userOf = (request: FastifyRequest): User =>
    (request as unknown as Record<string, User>)[gate.settings.decoratorName] as User

  async function sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const user = userOf(request)
    const { title, connectSources } = await audience(user)
    const assets = await uiAssets()
    const to = (target: string): string => relativeReference(request.url, target)
    const versioned = (name: string): string => to(`${path}/static/${name}?v=${fingerprintOf(assets, name)}`)
    const body = docsPage(gate.pages, {
      title: docs.title ?? title ?? gate.pages.title,
      username: user.name ?? user.username,
      logoutAction: to(gate.paths.logout),
      script: versioned('swagger-ui-bundle.js'),
      style: versioned('swagger-ui.css'),
      theme: { script: to(`${path}/static/theme.js`), style: to(`${path}/static/theme.css`) },
      icon: versioned('favicon-32x32.png'),
      initializer: to(`${path}/static/swagger-initializer.js`),
      json: to(`${spec}.json`),
      yaml: to(`${spec}.yaml`),
    })
    writeAnswer(reply, { status: 200, headers: docsPageHeaders(gate.pages, connectSources), body })
    return reply
  }

  const startScript = initializer(
    relativeReference(`${docs.path}/`, `${docs.spec}.json`),
    docs.uiConfig,
    option,
  )

  async function sendResource(
    request: FastifyRequest,
    reply: FastifyReply,
    resource: Resource,
    headers: Readonly<Record<string, string>>,
  ): Promise<FastifyReply> {
    const vary = withVary(reply.getHeader('vary'), 'Accept-Encoding')
    writeAnswer(reply, await resourceAnswer(request, resource, { ...headers, vary }))
    return reply
  }

  for (const url of pages) scope.route({ method: READ, url, ...own, handler: sendPage })
  const browser = await browserFiles()
  const generated = [
    ['swagger-initializer.js', startScript, 'text/javascript; charset=utf-8'],
    ['theme.js', browser['theme.js'], 'text/javascript; charset=utf-8'],
    ['theme.css', browser['bar.css'], 'text/css; charset=utf-8'],
  ] as const
  for (const [name, body, contentType] of generated) {
    scope.route({
      method: READ,
      url: `${docs.path}/static/${name}`,
      ...asset,
      handler: async function sendGenerated(_request, reply) {
        writeAnswer(reply, { status: 200, headers: { ...NO_STORE, 'content-type': contentType }, body })
        return reply
      },
    })
  }
  for (const name of UI_FILES) {
    scope.route({
      method: READ,
      url: `${docs.path}/static/${name}`,
      ...asset,
      ...coded,
      handler: async function sendAsset(request, reply) {
        const file = (await uiAssets()).get(name) as Resource
        return sendResource(request, reply, file, name.endsWith('.html') ? KEEP_PAGE : KEEP)
      },
    })
  }
  for (const form of ['json', 'yaml'] as const) {
    scope.route({
      method: READ,
      url: `${docs.spec}.${form}`,
      ...own,
      ...coded,
      handler: async function sendDocument(request, reply) {
        return sendResource(request, reply, await (await audience(userOf(request)))[form](), NO_STORE)
      },
    })
  }

  // A user learns that there is nothing.
  async function sendNothing(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.callNotFound()
    return reply
  }
  const everyMethod = scope.supportedMethods.filter((method) => method !== 'OPTIONS')
  const writeMethods = everyMethod.filter((method) => !READ.includes(method))
  const exact = [...pages, `${docs.spec}.json`, `${docs.spec}.yaml`]
  for (const url of exact) scope.route({ method: writeMethods, url, ...own, handler: sendNothing })
  for (const url of [docs.path, `${docs.path}/*`, `${docs.spec}.*`]) {
    // `cors` is left to the host here: a preflight is the host's.
    scope.route({ method: 'OPTIONS', url, schema: { hide: true }, handler: sendNothing })
  }
  for (const url of [`${docs.path}/*`, `${docs.spec}.*`]) {
    scope.route({ method: everyMethod, url, ...own, handler: sendNothing })
  }
}

export default docsRoutes
