import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { registeredGuards } from '../../lib/app-routes/guard-marks.ts'
import { mayForward } from '../../lib/app-routes/may-forward.ts'
import {
  type DeclaredRoute,
  earlyGuards,
  markGuard,
  type RouteGuard,
  routeRegistry,
  unseenRoutes,
} from '../../lib/app-routes/route-guards.ts'
import { ROUTE_MARK, routeIdOf, takeRouteMarks, withoutMarkLines } from '../../lib/app-routes/route-marks.ts'
import { OpenDocsError } from '../../lib/errors.ts'
import { detectDocumentation } from '../../lib/exposure/detect-documentation.ts'
import { openDocs } from '../../lib/exposure/open-docs.ts'
import { contentText } from '../../lib/http/content.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { HASHES, SECRET } from '../helper.ts'

const open = (url: string, method = 'GET'): RouteGuard => ({
  id: undefined,
  method,
  url,
  scopes: null,
  isHidden: false,
})
const guarded = (url: string, method = 'GET'): RouteGuard => ({
  id: '1',
  method,
  url,
  scopes: [],
  isHidden: false,
})

const below = (root: string, ...members: string[]): string[] => members.map((member) => root + member)

const STOCK = ['', '/', '/json', '/yaml', '/static/index.html', '/static/swagger-initializer.js', '/static/*']

t.test('documentation is recognised by the shape of its routes', async (t) => {
  const shapes: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['@fastify/swagger-ui', below('/documentation', ...STOCK), below('/documentation', ...STOCK)],
    ['under a prefix', below('/v1/api/docs', ...STOCK), below('/v1/api/docs', ...STOCK)],
    ['at the root', below('', ...STOCK.slice(1)), below('', ...STOCK.slice(1))],
    [
      'with a theme and a folder',
      below('/d', ...STOCK, '/static/theme/a.css', '/*'),
      below('/d', ...STOCK, '/static/theme/a.css', '/*'),
    ],
    [
      'what exposeRoute made',
      below('/d', '', '/json', '/yaml', '/static/*', '/uiConfig', '/initOAuth'),
      below('/d', '', '/json', '/yaml', '/static/*', '/uiConfig', '/initOAuth'),
    ],
    [
      '@scalar/fastify-api-reference',
      below('/reference', '/', '/js/scalar.js', '/openapi.json', '/openapi.yaml'),
      below('/reference', '/js/scalar.js', '/openapi.json', '/openapi.yaml'),
    ],
    ['a slash at the end', ['/swagger.json/', '/swagger.json/x/'], ['/swagger.json/']],
    [
      'files of swagger-ui, one by one',
      [
        '/x/',
        '/x/swagger-ui.css',
        '/x/swagger-ui-bundle.js',
        '/x/swagger-ui-es-bundle-core.js',
        '/x/swagger-initializer.js',
      ],
      [
        '/x/',
        '/x/swagger-ui.css',
        '/x/swagger-ui-bundle.js',
        '/x/swagger-ui-es-bundle-core.js',
        '/x/swagger-initializer.js',
      ],
    ],
    [
      'a folder of swagger-ui',
      ['/swagger-ui/*', '/a/swagger/*', '/api-docs/*'],
      ['/swagger-ui/*', '/a/swagger/*', '/api-docs/*'],
    ],
    [
      'documents by name',
      ['/openapi.json', '/a/swagger.yaml', '/api-docs.json', '/:version/openapi.yml', '/SWAGGER.JSON'],
      ['/openapi.json', '/a/swagger.yaml', '/api-docs.json', '/:version/openapi.yml', '/SWAGGER.JSON'],
    ],
    ['redoc', ['/redoc.standalone.js'], ['/redoc.standalone.js']],
    ['an ending as a parameter', ['/openapi.:ext(^json|yaml$)'], ['/openapi.:ext(^json|yaml$)']],
    ['an ending that may be any', ['/a/swagger.:ext', '/things.:ext'], ['/a/swagger.:ext']],
    ['a name as a parameter', ['/:file(^openapi\\.json$)'], ['/:file(^openapi\\.json$)']],
    ['the name and the ending', ['/:name(^swagger$).:ext'], ['/:name(^swagger$).:ext']],
    [
      'parameters that may be anything, or nothing that documents are called',
      [
        '/:file',
        '/:name.json',
        '/:name.:ext',
        '/openapi.:ext(^png|(?:svg\\))$)',
        '/x/:file(^.*\\.json$)',
        '/:id(^\\d+$)',
      ],
      [],
    ],
    ['the pair of NestJS', ['/api-json', '/api-yaml'], ['/api-json', '/api-yaml']],
    ['the pair of NestJS below a prefix', ['/v1/a-json', '/v1/a-yaml'], ['/v1/a-json', '/v1/a-yaml']],
    ['half a pair', ['/api-json', '/docs-yaml', '/a/api-yaml'], []],
    ['a pair without files', ['/reports', '/reports/json', '/reports/yaml'], []],
    ['a pair with files of other names', ['/reports/json', '/reports/yaml', '/reports/files/*'], []],
    ['JSON and files', ['/a/json', '/a/static/*'], []],
    [
      'other routes',
      [
        '/',
        '/docs',
        '/documentation',
        '/swagger',
        '/static/*',
        '/files/*',
        '/json',
        '/users/openapi',
        '/openapi.json/x',
        '/my-openapi.json.gz',
        '/initializer.js',
      ],
      [],
    ],
  ]
  for (const [name, urls, found] of shapes) {
    t.strictSame(openDocs(urls.map((url) => open(url))), found, name)
    t.strictSame(openDocs(urls.map((url) => guarded(url))), [], `${name}, guarded`)
    t.strictSame(openDocs(urls.map((url) => open(url, 'POST'))), [], `${name}, for POST`)
  }
})

t.test('a page with some guarded routes is open at the others', async (t) => {
  const routes = below('/docs', ...STOCK).map((url) => (url === '/docs/static/*' ? open(url) : guarded(url)))
  t.strictSame(openDocs(routes), ['/docs/static/*'])
  t.strictSame(openDocs([...routes, open('/docs/things'), open('/docs-of-ours')]), ['/docs/static/*'])
  t.strictSame(
    openDocs([...routes, open('/docs'), open('/docs/json')]),
    ['/docs/static/*'],
    'other hosts of one URL',
  )
  t.strictSame(openDocs([open('/openapi.json'), open('/openapi.json')]), ['/openapi.json'])
})

t.test('the error names the remedy and a limited number of URLs', async (t) => {
  const few = new OpenDocsError(['/a', '/b'])
  t.match(few, {
    name: 'OpenDocsError',
    code: 'DOCS_GATE_OPEN_DOCS',
    statusCode: undefined,
    urls: ['/a', '/b'],
  })
  t.match(few.message, /outside the gate: \/a, \/b\. .*allowOpenDocs: true\.$/)
  const many = new OpenDocsError(Array.from({ length: 12 }, (_, index) => `/${index}`))
  t.match(many.message, ': /0, /1, /2, /3, /4, /5, /6, /7, /8, /9 and 2 more. ')
  t.equal(many.urls.length, 12)
})

t.test('allowOpenDocs is true or false', async (t) => {
  const settings = (allowOpenDocs: unknown) =>
    resolveSettings({ users: { johndoe: HASHES.secret }, secret: SECRET, allowOpenDocs })
  t.equal(settings(undefined).allowOpenDocs, false)
  t.equal(settings(true).allowOpenDocs, true)
  for (const value of ['true', 1, null]) {
    t.throws(() => settings(value), {
      code: 'DOCS_GATE_OPTIONS',
      message: /^allowOpenDocs: write true or false, not /,
    })
  }
})

const authenticate = markGuard(async () => {}, [])
const authorize = (...scopes: string[]) => markGuard(async () => {}, scopes)
const otherHook = async () => {}

t.test('guards are found in hooks of the route and of its scopes, and in the route’s config', async (t) => {
  const root = {}
  const scope = Object.create(root)
  const child = Object.create(scope)
  const config = (scopes: unknown) => ({ config: { docsGate: { scopes } } })
  const cases: readonly (readonly [string, object, Partial<DeclaredRoute>, readonly string[] | null])[] = [
    ['none', root, {}, null],
    ['another hook', root, { onRequest: otherHook, preHandler: [otherHook] }, null],
    ['a single function', root, { onRequest: authenticate }, []],
    ['a list', root, { preHandler: [otherHook, authorize('a')] }, ['a']],
    ['each hook', root, { preParsing: authorize('a'), preValidation: [authorize('b', 'a')] }, ['a', 'b']],
    ['a bound one', root, { onRequest: authenticate.bind(null) }, []],
    ['one bound twice', root, { preHandler: authorize('a').bind(null).bind({}) }, ['a']],
    ['a hook that comes too late', root, { onSend: authenticate } as object, null],
    ['hooks that are none', root, { onRequest: undefined, preHandler: null }, null],
    ['the config', root, config(['x']), ['x']],
    ['the config, of no scope', root, { ...config([]), onRequest: otherHook }, []],
    ['the config besides a guard', root, { ...config(['x']), onRequest: authorize('a') }, ['a', 'x']],
    ['another config', root, { config: { docsGate: {} } }, null],
    ['a config that is absent', root, { config: { docsGate: undefined } }, null],
    ['scopes that are absent', root, config(undefined), null],
    ['a scope with a hook', scope, {}, ['s']],
    ['a scope with a hook, and one of the route', scope, { onRequest: authorize('a') }, ['s', 'a']],
    ['a scope in it', child, {}, ['s']],
  ]
  for (const [name, at, options, scopes] of cases) {
    const registry = routeRegistry()
    registry.add(at, { method: 'GET', url: '/x', ...options })
    registry.hook(scope, 'onRequest', authorize('s'))
    registry.hook(root, 'onSend', authenticate)
    registry.hook(root, 'onRequest', otherHook)
    t.strictSame(registry.list(), [{ id: '1', method: 'GET', url: '/x', scopes, isHidden: false }], name)
  }
})

t.test('an invalid config.docsGate is an error: it would show the operation to everybody', async (t) => {
  const table: [unknown, RegExp][] = [
    [{ scopes: 'admin' }, /^config\.docsGate\.scopes of \/x: write a list .*, not "admin"$/],
    [{ scopes: ['a', 1] }, /^config\.docsGate\.scopes of \/x: write a list .*, not 1$/],
    [{ scopes: null }, /^config\.docsGate\.scopes of \/x: write a list .*, not null$/],
    [{ scopes: ['a b'] }, /^config\.docsGate\.scopes of \/x: write a list .*, not "a b"$/],
    [
      { scope: ['admin'] },
      /^config\.docsGate\.scope of \/x is not an option; write \{ scopes: \[\.\.\.\] \}/,
    ],
    [{ scopes: ['a'], redirectTo: '/' }, /^config\.docsGate\.redirectTo of \/x is not an option/],
    [true, /^config\.docsGate of \/x: write \{ scopes: \[\.\.\.\] \}, not true$/],
    [null, /^config\.docsGate of \/x: write .*, not null$/],
    ['admin', /^config\.docsGate of \/x: write .*, not "admin"$/],
    [['admin'], /^config\.docsGate of \/x: write .*, not a list of 1$/],
  ]
  for (const [docsGate, message] of table) {
    const registry = routeRegistry()
    registry.add({}, { method: 'GET', url: '/x', config: { docsGate } })
    t.throws(() => registry.list(), { code: 'DOCS_GATE_OPTIONS', message }, JSON.stringify(docsGate))
  }
})

t.test(
  'a route is listed once for each method, as it was declared, and its schema is marked on a copy',
  async (t) => {
    const registry = routeRegistry()
    const schema = { summary: 'x' }
    const route: DeclaredRoute & { url: string } = { method: ['GET', 'HEAD'], url: '/x', schema }
    registry.add({}, route)
    registry.add({}, route)
    // As Fastify does for `/` in a scope with a prefix.
    route.url = '/x/'
    const bare: DeclaredRoute = { method: 'POST', url: '/y' }
    registry.add({}, bare)
    registry.add({}, { method: 'PUT', url: '/z', schema: { hide: true } })
    t.strictSame(registry.list(), [
      { id: '1', method: 'GET', url: '/x', scopes: null, isHidden: false },
      { id: '1', method: 'HEAD', url: '/x', scopes: null, isHidden: false },
      { id: '2', method: 'POST', url: '/y', scopes: null, isHidden: false },
      { id: '3', method: 'PUT', url: '/z', scopes: null, isHidden: true },
    ])
    t.strictSame(schema, { summary: 'x' })
    t.strictSame(route.schema, { summary: 'x', [ROUTE_MARK]: '1' })
    t.strictSame(bare.schema, { [ROUTE_MARK]: '2' })
  },
)

t.test('unseen routes are those in the printed tree that no declaration was seen for', async (t) => {
  const seen = [guarded('/docs'), guarded('/a/'), guarded('/')]
  const lines = ['GET /docs', 'GET /docs/', 'POST /docs', 'GET /a', 'GET /a/', 'GET /b c', 'GET /', 'GET /b/']
  t.strictSame(unseenRoutes(lines, seen), [open('/docs', 'POST'), open('/b c'), open('/b/')])
  const small = (url: string): string => url.toLowerCase()
  t.strictSame(
    unseenRoutes(['GET /docs', 'GET /:Id', 'GET /B'], [guarded('/Docs'), guarded('/:Id')], small),
    [open('/B')],
  )
})

t.test('marks are removed from a document, and tell the route of each operation', async (t) => {
  const get = { summary: 'x', [ROUTE_MARK]: '1' }
  const link = { [ROUTE_MARK]: '2' }
  const document = {
    openapi: '3.2.0',
    paths: {
      '/x': { get, parameters: [], additionalOperations: { LINK: link } },
      '/y': { post: { [ROUTE_MARK]: 3 } },
    },
  }
  takeRouteMarks(document)
  takeRouteMarks(document)
  t.strictSame(document.paths['/x'], {
    get: { summary: 'x' },
    parameters: [],
    additionalOperations: { LINK: {} },
  })
  t.equal(routeIdOf(get), '1')
  t.equal(routeIdOf(link), '2')
  t.equal(routeIdOf({ ...get }), undefined)
  t.strictSame(document.paths['/y'], { post: { [ROUTE_MARK]: 3 } }, 'a mark of somebody else')
  for (const odd of [{}, { paths: null }, { paths: { '/x': null } }, { paths: 'x' }]) takeRouteMarks(odd)
  t.equal(
    withoutMarkLines(
      'paths:\n  /x:\n    get:\n      x-docs-gate-route: "12"\n      summary: x-docs-gate-route: "1"\n',
    ),
    'paths:\n  /x:\n    get:\n      summary: x-docs-gate-route: "1"\n',
  )
})

t.test('documentation is detected in responses by their content', async (t) => {
  const table: readonly (readonly [string, string, string | undefined, string?])[] = [
    ['JSON', '{"openapi":"3.0.3","info":{"title":"x"},"paths":{}}', 'document'],
    ['JSON, of Swagger 2', '{ "swagger" : "2.0", "paths": {} }', 'document'],
    ['JSON, another order', '{"paths":{},"openapi":"3.1.0"}', 'document'],
    ['the first bytes', '{"openapi":"3.0.3","info":{', 'document'],
    ['YAML', 'openapi: 3.1.0\ninfo:\n  title: x\n', 'document'],
    ['YAML, quoted', "---\nswagger: '2.0'\npaths: {}\n", 'document'],
    ['JSON in a script', 'const spec = "{\\"openapi\\":\\"3.0.0\\",\\"paths\\":{}}"', 'document'],
    ['JSON in a page', '<script>x = {"openapi":"3.0.0","paths":{}}</script>', 'document'],
    ['the media type', '', 'document', 'application/vnd.oai.openapi+json;version=3.1'],
    ['a page', '<!doctype html><div id="swagger-ui"></div>', 'page'],
    ['a page with a script', '<html><script>SwaggerUIBundle({})</script>', 'page'],
    ['a page that loads it', '<html><script src="./static/swagger-ui-bundle.js"></script>', 'page'],
    ['redoc', '<redoc spec-url="x"></redoc>', 'page'],
    ['redoc by script', 'Redoc.init("x")', 'page'],
    ['scalar', '<html><script id="api-reference" data-url="x"></script>', 'page'],
    ['scalar by script', "Scalar.createApiReference('#app', {})", 'page'],
    ['rapidoc', '<rapi-doc spec-url="x">', 'page'],
    ['the bundle', 'window.SwaggerUIBundle=function(){}', 'file'],
    ['the preset', 'SwaggerUIStandalonePreset', 'file'],
    ['the style', '.swagger-ui .info{}', 'file'],
    ['the redirect of OAuth', 'swaggerUIRedirectOauth2 = {}', 'file'],
    ['AsyncAPI', 'asyncapi: 2.6.0\ninfo:\n  title: x\nchannels: {}\n', 'document'],
    ['AsyncAPI, in JSON', '{"asyncapi":"3.0.0","info":{},"channels":{}}', 'document'],
    ['Swagger 1.2', '{"apiVersion":"1","swaggerVersion":"1.2","apis":[]}', 'document'],
    ['RAML', '#%RAML 1.0\ntitle: x\n', 'document'],
    ['API Blueprint', 'FORMAT: 1A\n# x\n', 'document'],
    ['WSDL', '<definitions name="x" xmlns="http://schemas.xmlsoap.org/wsdl/">', 'document'],
    ['WADL', '<application xmlns="http://wadl.dev.java.net/2009/02">', 'document'],
    ['OData', '<edmx:Edmx xmlns:edmx="x" Version="4.0">', 'document'],
    ['Postman', '{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/x"}}', 'document'],
    ['Hydra', '{"@id":"/docs","@type":"hydra:ApiDocumentation"}', 'document'],
    ['a discovery document', '{"kind": "discovery#restDescription"}', 'document'],
    ['redoc in a file', '<script>const __redoc_state = {}; Redoc.hydrate(x)</script>', 'page'],
    ['an old page', '<div id="swagger-ui-container">', 'page'],
    ['scalar of ASP.NET Core', '<script src="scalar.aspnetcore.js"></script>', 'page'],
    ['scalar as a module', "<script>import '@scalar/api-reference'</script>", 'page'],
    ['settings of springdoc', '{"configUrl":"/v3/api-docs/swagger-config","url":"/x"}', 'file'],
    ['other settings', '{"configUrl":"/settings","url":"/x"}', undefined],
    ['resources of springfox', '[{"url":"/x","swaggerVersion":"2.0"}]', 'file'],
    ['a link to a page', '<html><a href="/swagger-ui/index.html">Swagger UI, redoc</a>', undefined],
    ['a style of its own', '<html><link href="/login.css" rel="stylesheet">', undefined],
    ['an echo', '{"message":"Route GET:/docs/static/swagger-ui-bundle.js not found"}', undefined],
    ['an echo of a header', 'X-Original-URL: /openapi.json', undefined],
    ['a version alone', '{"openapi":"3.0.3"}', undefined],
    ['parts alone', '{"info":{"a":1},"paths":{}}', undefined],
    ['other versions', '{"openapi":"tools","paths":{}}', undefined],
    ['another page', '<html><a href="/docs">documentation</a>', undefined],
    ['nothing', '', undefined],
  ]
  for (const [name, text, sign, type = 'text/plain'] of table)
    t.equal(detectDocumentation(type, text), sign, name)
})

t.test('content is decoded as far as it came', async (t) => {
  const text = `openapi: 3.1.0\n${randomBytes(20_000).toString('hex')}`
  const encoders = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const
  for (const [name, encode] of Object.entries(encoders)) {
    t.equal(contentText(encode(text), ` ${name.toUpperCase()}`), text, name)
    t.match(contentText(encode(text).subarray(0, -1000), name), /^openapi: 3/, `${name}, cut off`)
  }
  t.equal(contentText(Buffer.from('plain'), 'gzip'), 'plain', 'a lie')
  t.equal(contentText(Buffer.from('plain'), 'zstd'), 'plain')
  t.equal(contentText(Buffer.from('plain'), ''), 'plain')
})

t.test(
  'the source of a function tells whether it may call a guard; one without a readable source may',
  async (t) => {
    const guard = (..._all: unknown[]): unknown => undefined
    const methods = {
      async wraps(request: unknown, reply: unknown) {
        await guard(request, reply)
      },
      answers(_request: unknown, reply: FakeReply) {
        reply.code(404).send()
      },
      one(request: unknown) {
        return request
      },
    }
    const may: Readonly<Record<string, (...args: never[]) => unknown>> = {
      'an argument': async (request: unknown, reply: unknown) => {
        await guard(request, reply)
      },
      'a function declared': function wraps(request: unknown, reply: unknown) {
        return guard(request, reply)
      },
      'a method': methods.wraps,
      'in a list': (request: unknown, reply: unknown) => [request, reply],
      'in an object': (_request: unknown, reply: unknown) => ({ reply }),
      'under another name': (_request: unknown, $: unknown) => {
        const other = $
        return guard(other)
      },
      'all arguments': (...all: unknown[]) => guard(...all),
      arguments: function any() {
        // biome-ignore lint/complexity/noArguments: as older code does
        return guard.apply(null, arguments as unknown as unknown[])
      },
      bound: guard.bind(null),
      'of the language': Math.max,
      'a default': (_request: unknown, reply = guard) => reply(),
      'taken apart': (_request: unknown, { send }: FakeReply) => send(),
      'done besides': (request: unknown, reply: unknown, done: unknown) => guard(request, reply, done),
    }
    const not: Readonly<Record<string, (...args: never[]) => unknown>> = {
      'no parameters': () => 1,
      'no parameters, async': async () => 1,
      'a function without': function none() {
        return 1
      },
      'one parameter': (request: unknown) => guard(request),
      'a method of one': methods.one,
      'the first taken apart': ({ send }: FakeReply) => send(),
      'a reply that answers': (_request: unknown, reply: FakeReply) => reply.code(404).send(),
      'a method that answers': methods.answers,
      'a reply that may be none': (_request: unknown, reply?: FakeReply) => reply?.send(),
      'a reply that is given back': async (_request: unknown, reply: FakeReply) => {
        reply.send()
        return reply
      },
      'a reply that is waited for': async (_request: unknown, reply: FakeReply) => {
        await reply
      },
      'a callback': (_request: unknown, reply: FakeReply, done: () => void) => {
        reply.code(200)
        done()
      },
      'a property of the name': (request: { reply: unknown }, reply: FakeReply) => reply.send(request.reply),
    }
    for (const [name, hook] of Object.entries(may)) t.equal(mayForward(hook), true, name)
    for (const [name, hook] of Object.entries(not)) t.equal(mayForward(hook), false, name)
    // As a compiler or a bundler writes it.
    const single = new Function('return async request => request')()
    t.equal(mayForward(single), false)
  },
)

interface FakeReply {
  code(status: number): FakeReply
  send(body?: unknown): unknown
}

t.test('guards that are made for one request do not stay in memory', async (t) => {
  const owner = {}
  for (let i = 0; i < 5000; i++) markGuard(async () => {}, ['a'], { owner })
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  const kept = markGuard(async () => {}, ['b'], { owner })
  // Up to the next power of two, where what is gone is let go.
  for (let i = 0; i < 3300; i++) markGuard(async () => {}, ['a'], { owner })
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  t.strictSame(
    registeredGuards(owner)
      .map(({ scopes }) => scopes[0])
      .filter((scope) => scope === 'b'),
    ['b'],
  )
  t.type(kept, 'function')
  t.ok(registeredGuards(owner).length < 100, 'what nobody has any more is gone')
})

t.test('a guard that reports where it runs is listed, once', async (t) => {
  const registry = routeRegistry()
  registry.add({}, { method: ['GET', 'POST'], url: '/x', onRequest: authorize('a') })
  registry.add({}, { method: 'GET', url: '/y' })
  const scopes = () => registry.list().map(({ method, url, scopes }) => [`${method} ${url}`, scopes])
  t.equal(registry.learn('GET', '/x', ['a']), false, 'known')
  t.equal(registry.version, 0)
  t.equal(registry.learn(['GET', 'POST'], '/x', ['b']), true)
  t.equal(registry.learn('POST', '/x', ['b']), false)
  t.equal(registry.learn('GET', '/elsewhere', ['c']), true, 'a route that nobody saw')
  t.equal(registry.learn('GET', '/elsewhere', ['c']), false)
  t.equal(registry.version, 2)
  t.strictSame(scopes(), [
    ['GET /x', ['a', 'b']],
    ['POST /x', ['a', 'b']],
    ['GET /y', null],
  ])
  t.match(registry.unknown(open('/elsewhere')), { scopes: ['c'] })
})

t.test('a route whose declaration was not seen may require any scope that the app knows', async (t) => {
  const registry = routeRegistry()
  registry.add(
    {},
    { method: 'GET', url: '/x', onRequest: markGuard(async () => {}, ['mine'], { owner: {} }) },
  )
  registry.add({}, { method: 'GET', url: '/said', config: { docsGate: { scopes: ['said'] } } })
  registry.list()
  const { possibleScopes = [] } = registry.unknown(open('/early'))
  t.ok(possibleScopes.includes('said'))
  const early = [guarded('/a'), { ...guarded('/b', 'POST'), scopes: ['s'] }]
  const unknown = (route: RouteGuard) => ({ ...route, possibleScopes: ['x'] })
  t.strictSame(earlyGuards([open('/a/'), open('/c')], early, unknown), [
    { ...guarded('/b', 'POST'), scopes: ['s'] },
    { ...guarded('/a'), url: '/a/' },
    { ...open('/c'), possibleScopes: ['x'] },
  ])
})
