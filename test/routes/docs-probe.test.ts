import type { FastifyInstance, FastifyPluginAsync, FastifyServerOptions } from 'fastify'
import Fastify from 'fastify'
import t from 'tap'
import docsGate from '../../plugins/index.ts'
import { listen, NAVIGATION, rawRequest, SECRET, USERS } from '../helper.ts'

// In the document, and nowhere else.
const MARKER = 'PLANTED-IN-THE-DOCUMENT'
// What only the document, Swagger UI's files, its page and its initializer have in them, and no request.
const SECRETS = [
  MARKER,
  'openapi: ',
  '"openapi"',
  'SwaggerUIBundle',
  '.swagger-ui .',
  'id="swagger-ui"',
  '\x89PNG',
]

interface Setup {
  readonly server: FastifyServerOptions
  /** Asked with every method, not only with one of each kind. */
  readonly isThorough?: boolean
  readonly prefix?: string
  readonly host?: FastifyPluginAsync
}

const constrainedRoutes: FastifyPluginAsync = async (app) => {
  const handler = async () => 'the host'
  app.get('/docs/own', { constraints: { host: 'own.example' } }, handler)
  app.get('/docs', { constraints: { host: 'own.example' } }, handler)
  // It is no documentation, whatever it is called.
  const config = { docsGate: { scopes: [] } } as object
  app.get('/openapi.json', { constraints: { version: '1.2.0' }, config }, handler)
  app.get('/docs/:id/edit', { constraints: { host: 'own.example' } }, handler)
}

const SETUPS: Readonly<Record<string, Setup>> = {
  'the defaults': { server: {}, isThorough: true },
  ignoreTrailingSlash: { server: { routerOptions: { ignoreTrailingSlash: true } } },
  ignoreDuplicateSlashes: { server: { routerOptions: { ignoreDuplicateSlashes: true } } },
  'caseSensitive: false': { server: { routerOptions: { caseSensitive: false } } },
  useSemicolonDelimiter: {
    server: { routerOptions: { useSemicolonDelimiter: true } } as FastifyServerOptions,
  },
  'exposeHeadRoutes: false': { server: { exposeHeadRoutes: false } },
  'all of them': {
    isThorough: true,
    server: {
      exposeHeadRoutes: false,
      routerOptions: {
        ignoreTrailingSlash: true,
        ignoreDuplicateSlashes: true,
        caseSensitive: false,
        useSemicolonDelimiter: true,
      },
    } as FastifyServerOptions,
  },
  rewriteUrl: {
    server: {
      rewriteUrl: ({ url = '/' }) => url.replace(/^\/rewritten/, '').replace(/^\/manual/, '/docs') || '/',
    },
  },
  'a prefix of the parent': { server: {}, prefix: '/v1/api' },
  'constraints on routes of the host': { server: {}, host: constrainedRoutes },
}

// Fastify takes its router's options at the top as well, until its next major version.
const AT_THE_TOP: Setup = { server: { ignoreTrailingSlash: true } as FastifyServerOptions }

const PATHS = [
  '/docs',
  '/docs/',
  '/docs//',
  '//docs',
  '/docs/nope',
  '/docs/a/b/c',
  '/docs/own',
  '/docs/1/edit',
  '/docs/json',
  '/docs/static',
  '/docs/static/',
  '/docs/static/swagger-ui.css',
  '/docs/static/favicon-32x32.png',
  '/docs/static/swagger-ui-bundle.js?v=1',
  '/docs/static/swagger-initializer.js',
  '/docs/static/index.html',
  '/docs/static/nope.js',
  '/docs/static/../static/swagger-ui.css',
  '/docs/static/%2e%2e/%2e%2e/%2e%2e/package.json',
  '/docs/static//swagger-ui.css',
  '/docs//static/swagger-initializer.js',
  '/%64ocs',
  '/d%6Fcs/',
  '/%64%6f%63%73/static/swagger-initializer.js',
  '/docs%2f',
  '/docs%2fnope',
  '/docs%2Fstatic%2Fswagger-ui.css',
  '/docs/%zz',
  '/docs/%',
  '/docs/%00',
  '/docs/%c0%ae',
  '/docs%3fx',
  '/docs%23x',
  '/./docs',
  '/x/../docs',
  '/docs/.',
  '/docs/..',
  '/docs/../openapi.json',
  '/docs;x',
  '/docs;x=/y',
  '/docs;/../openapi.json',
  '/docs/;x',
  '/DOCS',
  '/Docs/Static/Swagger-Initializer.js',
  '/docs?',
  '/docs?a=b',
  '/docs?a=/docs&returnTo=//evil.example',
  '/docs/?a',
  '/docs#x',
  '/docs\\nope',
  '/rewritten/docs',
  '/manual',
  '/manual/static/swagger-initializer.js',
  `/docs/${'x'.repeat(500)}`,
  '/openapi.json',
  '/openapi.json/',
  '/openapi.json?a=b',
  '/openapi.json;x',
  '/openapi.json//',
  '//openapi.json',
  '/OPENAPI.JSON',
  '/openapi%2ejson',
  '/%6fpenapi.json',
  '/openapi.yaml',
  '/openapi.YAML',
  '/openapi.yml',
  '/openapi.xml',
  '/openapi.',
  '/openapi.json.gz',
  '/openapi.json/x',
  '/openapi',
]

/** Other spellings of a target than the path alone. */
const TARGETS = (prefix: string): readonly string[] => [
  ...PATHS.map((path) => prefix + path),
  ...['/docs', '/docs/', '/docs/nope', '/openapi.json', '/docs/static/swagger-initializer.js'].flatMap(
    (path) => [
      `http://127.0.0.1${prefix}${path}`,
      `HTTP://own.example${prefix}${path}`,
      `https://user:pass@127.0.0.1:1${prefix}${path}?x`,
    ],
  ),
  `*${prefix}/docs`,
  `*${prefix}/openapi.json`,
  '*docs',
  '*',
]

/** Headers that go with every method and target of a short list. */
const EXTRAS = (etag: string): readonly string[] => [
  'If-None-Match: *\r\n',
  `If-None-Match: ${etag}\r\n`,
  `If-Match: ${etag}\r\n`,
  'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n',
  'Range: bytes=0-99\r\n',
  'Accept-Version: 1.2.0\r\n',
  'Accept-Encoding: gzip, br\r\n',
  'X-HTTP-Method-Override: GET\r\n',
  'Expect: 100-continue\r\n',
  'Origin: https://other.example\r\n',
  'Access-Control-Request-Method: GET\r\n',
  'Authorization: Basic am9obmRvZTp3cm9uZw==\r\n',
  'Authorization: Bearer wrong\r\n',
  'Cookie: docs-gate=wrong\r\n',
  Object.entries(NAVIGATION).reduce((all, [name, value]) => `${all}${name}: ${value}\r\n`, ''),
]

const SHORT = [
  '/docs',
  '/docs/',
  '/docs/nope',
  '/docs/static/swagger-ui.css',
  '/docs/static/nope.js',
  '/docs/static/swagger-initializer.js',
  '/openapi.json',
  '/openapi.yaml',
  '/openapi.xml',
]

const BODIES = [
  'Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
  'Content-Type: application/json\r\nContent-Length: 0\r\n\r\n',
  'Content-Type: text/html\r\nContent-Length: 3\r\n\r\nabc',
  'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b',
  'Content-Type: nonsense\r\nContent-Length: 3\r\n\r\nabc',
  'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n',
  'Content-Length: 9999999\r\nContent-Type: application/json\r\n\r\n',
]

interface Probe {
  readonly method: string
  readonly target: string
  readonly extra?: string
  /** Headers of content, the empty line, and the content. */
  readonly content?: string
}

interface Answer {
  readonly status: number
  readonly head: string
  readonly text: string
}

const requestText = ({ method, target, extra = '', content = '\r\n' }: Probe, credential: string): string =>
  `${method} ${target} HTTP/1.1\r\nHost: own.example\r\nConnection: close\r\n${credential}${extra}${content}`

function parseAnswer(text: string): Answer {
  const [head = ''] = text.split('\r\n\r\n', 1)
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head: head.toLowerCase(), text }
}

async function ask(port: number, probe: Probe, credential = ''): Promise<Answer> {
  return parseAnswer(await rawRequest(port, requestText(probe, credential)))
}

// Only the docs scope, among all that this app has, makes every answer of its own uncacheable or private.
const isFromScope = ({ head }: Answer): boolean => /\r\ncache-control: (?:no-store|private)/.test(head)

function* probesOf(methods: readonly string[], prefix: string, etag: string): Generator<Probe> {
  for (const method of methods) {
    for (const target of TARGETS(prefix)) yield { method, target }
    for (const path of SHORT) {
      for (const extra of EXTRAS(etag)) yield { method, target: prefix + path, extra }
    }
  }
  for (const method of methods.filter((name) => !['GET', 'HEAD', 'TRACE'].includes(name))) {
    for (const path of SHORT) {
      for (const content of BODIES) yield { method, target: prefix + path, content }
    }
  }
}

/** Every fault of an anonymous answer, against what a user's same request is answered. */
function faultsOf(anonymous: Answer, user: Answer, isNavigation: boolean): string[] {
  const found = SECRETS.filter((secret) => anonymous.text.includes(secret)).map((secret) => `says ${secret}`)
  const { status } = anonymous
  if (!Number.isInteger(status)) found.push(`no answer: ${anonymous.text.slice(0, 80)}`)
  if (status >= 500 || status === 304 || status === 206) found.push(`status ${status}`)
  if (/\r\n(?:etag|last-modified|content-encoding|content-range):/.test(anonymous.head))
    found.push('tells of content')
  if (!isFromScope(user)) return found
  const isRefused = status === 401 || (isNavigation && status === 303)
  if (!isRefused) found.push(`status ${status} where a user gets ${user.status}`)
  if (
    status === 303 &&
    !/\r\nlocation: [./]*(?:\/v1\/api)?\/auth\/login(?:\?returnto=|\r\n|$)/.test(anonymous.head)
  )
    found.push('a strange location')
  return found
}

/** An app as a setup wants it, on a port. Registered without awaiting, as most services do it. */
async function serve({ server, prefix = '', host }: Setup): Promise<[FastifyInstance, number, string]> {
  const app = Fastify(server) as unknown as FastifyInstance
  const mounted: FastifyPluginAsync = async (scope) => {
    await scope.register(docsGate, { users: USERS, secret: SECRET })
    scope.get('/things', { schema: { summary: MARKER } }, async () => 'things')
    if (host) await scope.register(host)
    token = (await scope.docsGate.signIn('johndoe')).access_token
  }
  let token = ''
  await app.register(mounted, { prefix })
  return [app, await listen(app), `Authorization: Bearer ${token}\r\n`]
}

const BATCH = 24
// Those that read, one that writes, and the one that CORS asks with.
const FEW_METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS']

for (const [name, setup] of Object.entries(SETUPS)) {
  t.test(`anonymous clients get no documentation: ${name}`, async (t) => {
    const [app, port, credential] = await serve(setup)
    t.teardown(() => app.close())
    const { prefix = '', isThorough = false } = setup
    const document = await ask(port, { method: 'GET', target: `${prefix}/openapi.json` }, credential)
    t.equal(document.status, 200)
    t.match(document.text, MARKER, 'the user reads the document')
    const etag = /\r\netag: ("[^"]+")/i.exec(document.text)?.[1] as string
    t.match(etag, /^"[\w-]{43}"$/)

    const methods = app.supportedMethods.filter((method) => isThorough || FEW_METHODS.includes(method))
    const probes = [...probesOf(methods, prefix, etag)]
    const reached = { read: 0, known: 0, absent: 0 }
    const faults: string[] = []

    async function probe(one: Probe): Promise<void> {
      // A user's credential takes the place of the bad one that an anonymous client sends.
      const withCredential = /^(?:authorization|cookie):/i.test(one.extra ?? '') ? { ...one, extra: '' } : one
      const [anonymous, user] = await Promise.all([ask(port, one), ask(port, withCredential, credential)])
      if (isFromScope(user)) {
        if (user.status === 200) reached.read++
        if (user.status === 304) reached.known++
        if (user.status === 404) reached.absent++
      }
      const isNavigation = (one.extra ?? '').includes('sec-fetch-mode: navigate')
      for (const fault of faultsOf(anonymous, user, isNavigation)) {
        faults.push(`${JSON.stringify(requestText(one, '')).slice(0, 240)}: ${fault}`)
      }
    }

    for (let at = 0; at < probes.length; at += BATCH) {
      await Promise.all(probes.slice(at, at + BATCH).map(probe))
    }
    t.same(faults.slice(0, 20), [], `${faults.length} of ${probes.length}`)
    t.ok(
      reached.read > 50 && reached.known >= 8 && reached.absent > 100 * methods.length,
      `reached: ${JSON.stringify(reached)}`,
    )
  })
}

t.test(
  'a logged-in user gets the page at spellings that the router’s options make equal: the probes do reach it',
  async (t) => {
    const cases: [Setup | undefined, string][] = [
      [SETUPS['the defaults'], '/%64ocs'],
      [SETUPS['the defaults'], 'http://127.0.0.1/docs'],
      [SETUPS['the defaults'], '/docs/'],
      [SETUPS['ignoreTrailingSlash'], '/docs/'],
      [AT_THE_TOP, '/docs/'],
      [SETUPS['ignoreTrailingSlash'], '/openapi.json/'],
      [SETUPS['ignoreDuplicateSlashes'], '//docs'],
      [SETUPS['ignoreDuplicateSlashes'], '//openapi.json'],
      [SETUPS['caseSensitive: false'], '/DOCS'],
      [SETUPS['caseSensitive: false'], '/OPENAPI.JSON'],
      [SETUPS['useSemicolonDelimiter'], '/docs;x'],
      [SETUPS['useSemicolonDelimiter'], '/openapi.json;x'],
      [SETUPS['rewriteUrl'], '/rewritten/docs'],
      [SETUPS['rewriteUrl'], '/manual'],
      [SETUPS['a prefix of the parent'], '/v1/api/docs'],
    ]
    for (const [setup, target] of cases) {
      const [app, port, credential] = await serve(setup as Setup)
      t.equal((await ask(port, { method: 'GET', target }, credential)).status, 200, target)
      t.equal((await ask(port, { method: 'GET', target })).status, 401, `${target}, anonymous`)
      const head = await ask(port, { method: 'HEAD', target }, credential)
      t.equal(head.status, 200, `HEAD ${target}`)
      await app.close()
    }
  },
)
