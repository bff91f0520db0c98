import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import docsGate, { type DocsGateOptions } from '../../plugins/index.ts'
import { SECRET, testApp, USERS } from '../helper.ts'

type Gate = Partial<DocsGateOptions>

const INFO = { title: 'Items', version: '1' }
const openapi = (more: object = {}) => ({ openapi: { openapi: '3.0.3', info: INFO, ...more } })
const SWAGGER_2 = { swagger: { info: INFO } }

// Where a proxy puts the app: everything but the last is taken off before the app sees it.
const OUTSIDE = 'https://host.example/internal'

interface Read {
  readonly servers?: readonly { readonly url: string }[]
  readonly host?: string
  readonly basePath?: string
  readonly schemes?: readonly string[]
  readonly paths: Readonly<Record<string, unknown>>
}

function tokenUrlsIn(document: object): readonly string[] {
  return [...JSON.stringify(document).matchAll(/"tokenUrl":"([^"]*)"/g)].map(([, url = '']) => url)
}

const bearer = async (app: FastifyInstance): Promise<string> =>
  `Bearer ${(await app.docsGate.signIn('johndoe')).access_token}`

async function read(app: FastifyInstance, url: string, headers: Record<string, string> = {}) {
  const authorization = await bearer(app)
  const response = await app.inject({ url, headers: { authorization, ...headers } })
  t.equal(response.statusCode, 200, url)
  return { document: response.json<Read>(), body: response.body }
}

/** Where a client calls an operation and posts a password that resolves URLs as OpenAPI 3 says. */
function called(document: Read, url: string, path = '/open') {
  const server = new URL(document.servers?.[0]?.url ?? '/', OUTSIDE + url).href
  const [tokenUrl = ''] = tokenUrlsIn(document)
  return { operation: server.replace(/\/$/, '') + path, token: new URL(tokenUrl, server).href }
}

t.test('the URLs in the app’s own document are right behind a proxy’s prefix and at the root', async (t) => {
  const cases: readonly (readonly [string, Gate, string])[] = [
    ['as it comes', {}, '/openapi.json'],
    ['OpenAPI 3.0', { swagger: openapi() }, '/openapi.json'],
    ['an empty list of servers', { swagger: openapi({ servers: [] }) }, '/openapi.json'],
    ['below its page', { docs: [{ path: '/docs' }] }, '/docs/openapi.json'],
    ['deep down', { docs: { spec: '/a/b/c' } }, '/a/b/c.json'],
    ['an empty server of the host’s', { swagger: openapi({ servers: [{ url: '' }] }) }, '/openapi.json'],
    [
      'an empty server, deep down',
      { docs: { spec: '/a/b/c' }, swagger: openapi({ servers: [{ url: '' }] }) },
      '/a/b/c.json',
    ],
    ['the gate’s routes elsewhere', { routePrefix: '/a/gate' }, '/openapi.json'],
  ]
  for (const [what, gate, url] of cases) {
    const app = await testApp(t, { gate })
    const { document } = await read(app, url)
    const mount = gate.routePrefix ?? '/auth'
    t.same(called(document, url), { operation: `${OUTSIDE}/open`, token: `${OUTSIDE}${mount}/token` }, what)
    const [tokenUrl = ''] = tokenUrlsIn(document)
    t.ok(
      new URL(tokenUrl, OUTSIDE + url).href.startsWith(`${OUTSIDE}/`),
      'resolved against the document, it stays inside',
    )
    const yaml = await app.inject({
      url: url.replace('.json', '.yaml'),
      headers: { authorization: await bearer(app) },
    })
    t.match(yaml.body, `tokenUrl: ${tokenUrl}\n`, 'YAML says the same')
  }
})

t.test('the server of a gate in a prefixed scope is the app’s root: the paths have the prefix', async (t) => {
  let inner: FastifyInstance | undefined
  const app = await testApp(t, {
    gate: { docs: false },
    before: (root) =>
      root.register(
        async (scope) => {
          inner = scope
          await scope.register(docsGate, { users: USERS, secret: SECRET })
          scope.get('/items', { onRequest: scope.authenticate }, async () => [])
        },
        { prefix: '/v1' },
      ),
  })
  const authorization = await bearer(inner as FastifyInstance)
  const response = await app.inject({ url: '/v1/openapi.json', headers: { authorization } })
  const document = response.json<Read>()
  t.ok(document.paths['/v1/items'])
  t.same(called(document, '/v1/openapi.json', '/v1/items'), {
    operation: `${OUTSIDE}/v1/items`,
    token: `${OUTSIDE}/v1/auth/token`,
  })
})

t.test('publicUrl makes server and token URL absolute, whatever the request says', async (t) => {
  for (const publicUrl of ['https://api.example.com/internal', 'https://api.example.com/internal/']) {
    const app = await testApp(t, { gate: { publicUrl, docs: [{ path: '/docs' }] } })
    const { document } = await read(app, '/docs/openapi.json')
    t.same(document.servers, [{ url: 'https://api.example.com/internal' }])
    t.same(tokenUrlsIn(document), ['https://api.example.com/internal/auth/token'])
  }
  const root = await testApp(t, { gate: { publicUrl: 'http://localhost:8080/' } })
  const { document } = await read(root, '/openapi.json')
  t.same(document.servers, [{ url: 'http://localhost:8080' }])
  t.same(tokenUrlsIn(document), ['http://localhost:8080/auth/token'])

  const swagger2 = await testApp(t, {
    gate: { publicUrl: 'https://api.example.com:8443/internal', swagger: SWAGGER_2 },
  })
  const old = await read(swagger2, '/openapi.json')
  t.match(old.document, { host: 'api.example.com:8443', basePath: '/internal', schemes: ['https'] })
  t.same(tokenUrlsIn(old.document), ['https://api.example.com:8443/internal/auth/token'])

  const publicUrl = 'https://api.example.com'
  const atRoot = await testApp(t, { gate: { publicUrl, swagger: SWAGGER_2 } })
  const { document: rooted } = await read(atRoot, '/openapi.json')
  t.match(rooted, { host: 'api.example.com', basePath: undefined, schemes: ['https'] })
  for (const [swagger, kept] of [
    [{ swagger: { info: INFO, host: 'other.example' } }, { host: 'other.example', schemes: undefined }],
    [{ swagger: { info: INFO, basePath: '/x' } }, { host: undefined, basePath: '/x' }],
    [openapi({ servers: [{ url: '/x' }] }), { servers: [{ url: '/x' }] }],
  ] as const) {
    const named = await read(await testApp(t, { gate: { publicUrl, swagger } }), '/openapi.json')
    t.match(named.document, kept, 'what the host names stays')
    t.same(tokenUrlsIn(named.document), [`${publicUrl}/auth/token`])
  }
})

t.test('no header of a request changes the document that all readers share', async (t) => {
  const app = await testApp(t, { server: { trustProxy: true } })
  const evil = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-prefix': '/evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example',
  }
  const first = await read(app, '/openapi.json', evil)
  t.notMatch(first.body, /evil/)
  t.equal((await read(app, '/openapi.json')).body, first.body)
  const { cookie } = await app.docsGate.signIn('johndoe')
  for (const url of ['/docs', '/docs/']) {
    const page = await app.inject({
      url,
      headers: { ...evil, 'x-forwarded-proto': 'http', cookie: cookie.split(';', 1)[0] as string },
    })
    t.equal(page.statusCode, 200)
    t.notMatch(page.body + JSON.stringify(page.headers), /evil/)
  }
})

t.test('servers that the host sets stay, and the token URL follows them', async (t) => {
  const hosts = (swagger: object, expected: string): readonly [object, string] => [swagger, expected]
  const servers = (...urls: string[]) => openapi({ servers: urls.map((url) => ({ url })) })
  const cases = [
    hosts(servers('/'), '/auth/token'),
    hosts(servers('/internal'), '/internal/auth/token'),
    hosts(servers('https://api.example.com'), 'https://api.example.com/auth/token'),
    hosts(servers('https://api.example.com/internal/'), 'https://api.example.com/internal/auth/token'),
    // @fastify/swagger has taken it off the paths: it is the app's own.
    hosts(servers('https://api.example.com/users'), 'https://api.example.com/auth/token'),
    hosts(servers('//api.example.com/internal'), '/internal/auth/token'),
    hosts(servers('./', 'https://api.example.com'), 'auth/token'),
    hosts(servers('sub/'), 'auth/token'),
    hosts(servers('../api'), 'api/auth/token'),
    hosts(servers('./users/'), 'auth/token'),
    hosts(servers('wss://api.example.com/x'), '/auth/token'),
    hosts(
      openapi({
        servers: [
          {
            url: 'https://{env}.example.com/{base}',
            variables: { env: { default: 'dev' }, base: { default: 2 } },
          },
        ],
      }),
      'https://dev.example.com/2/auth/token',
    ),
    hosts({ swagger: { info: INFO, basePath: '/internal' } }, '/internal/auth/token'),
    hosts({ swagger: { info: INFO, host: 'api.example.com' } }, 'https://api.example.com/auth/token'),
    hosts(
      { swagger: { info: INFO, host: 'api.example.com', basePath: '/x', schemes: ['http'] } },
      'http://api.example.com/x/auth/token',
    ),
    hosts(SWAGGER_2, 'auth/token'),
  ]
  for (const [swagger, expected] of cases) {
    const what = JSON.stringify(swagger)
    const { document } = await read(await testApp(t, { gate: { swagger } }), '/openapi.json')
    t.same(tokenUrlsIn(document), [expected], what)
    const { openapi: given } = swagger as { openapi?: { servers?: unknown } }
    t.same(document.servers, given?.servers, what)
  }
  const below = await testApp(t, { gate: { swagger: SWAGGER_2, docs: [{ path: '/docs' }] } })
  t.same(tokenUrlsIn((await read(below, '/docs/openapi.json')).document), ['../auth/token'])
})

t.test('a server that @fastify/swagger cannot parse is an error at the start', async (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    ['https://a.example', 'swagger.openapi.servers[0]: write an object with a url, not "https://a.example"'],
    [{}, 'swagger.openapi.servers[0].url: write a URL, or a path, not nothing'],
    [
      { url: 'https://{env}.example' },
      'swagger.openapi.servers[0].variables.env.default: write the value that a client begins with, not nothing',
    ],
    [
      { url: '/{a}', variables: { a: { default: null, enum: ['x'] } } },
      'swagger.openapi.servers[0].variables.a.default: write the value that a client begins with, not null',
    ],
  ]
  for (const [server, message] of cases) {
    for (const stripBasePath of [undefined, false]) {
      const swagger = { ...openapi({ servers: [server] }), ...(stripBasePath === false && { stripBasePath }) }
      await t.rejects(testApp(t, { gate: { swagger } }), { code: 'DOCS_GATE_OPTIONS', message })
    }
  }
  for (const url of ['./', '../api', '']) {
    const own = async (host: FastifyInstance) => {
      await host.register(fastifySwagger, openapi({ servers: [{ url }] }))
      host.get('/listed', async () => 'x')
    }
    for (const order of ['before', 'after'] as const)
      await t.rejects(
        testApp(t, { [order]: own }),
        { code: 'DOCS_GATE_OPTIONS', message: /^openapi\.servers of this app's own @fastify\/swagger: / },
        `${order}: "${url}"`,
      )
  }
  const transform = () => {
    throw new Error('the transform of the host')
  }
  const app = await testApp(t, {
    before: (host) => host.register(fastifySwagger, { ...openapi({}), transform }),
  })
  const headers = { authorization: await bearer(app) }
  t.equal((await app.inject({ url: '/openapi.json', headers })).statusCode, 500, 'other faults are as ever')
})

t.test('the host’s transformObject sees the relative servers too, and paths stay complete', async (t) => {
  const servers = [{ url: 'https://a.example/users' }, { url: './', description: 'here' }]
  const seen: unknown[] = []
  const swagger = {
    ...openapi({ servers }),
    transformObject: ({ openapiObject }: { openapiObject: { servers?: unknown } }) => {
      seen.push(openapiObject.servers)
      return { ...openapiObject, 'x-mine': true }
    },
  }
  const { document } = await read(await testApp(t, { gate: { swagger } }), '/openapi.json')
  t.same(seen, [servers])
  t.match(document, { servers, 'x-mine': true })
  t.ok(document.paths['/me'], 'of the first server, the path is taken off, as ever')

  const whole = { ...openapi({ servers: [{ url: '../api' }] }), stripBasePath: false }
  const kept = await read(await testApp(t, { gate: { swagger: whole } }), '/openapi.json')
  t.same(kept.document.servers, [{ url: '../api' }])
})

t.test('a scheme of the host’s with the path of the token endpoint counts as the gate’s', async (t) => {
  const mine = { type: 'oauth2', flows: { password: { tokenUrl: '/auth/token', scopes: { admin: '' } } } }
  const swagger = openapi({ components: { securitySchemes: { mine } } })
  const app = await testApp(t, { gate: { swagger } })
  const { document } = await read(app, '/openapi.json')
  t.same(tokenUrlsIn(document), ['/auth/token'])
  const { cookie } = await app.docsGate.signIn('johndoe')
  const { body } = await app.inject({ url: '/docs/', headers: { cookie: cookie.split(';', 1)[0] as string } })
  t.match(body, ' data-token-urls="auth/token /auth/token" data-token="../auth/token" data-root="../"')
})
