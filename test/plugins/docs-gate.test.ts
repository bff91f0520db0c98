import cluster from 'node:cluster'
import fastifyCookie from '@fastify/cookie'
import fastifyCors from '@fastify/cors'
import fastifyFormbody from '@fastify/formbody'
import fastifyHelmet from '@fastify/helmet'
import fastifyJwt from '@fastify/jwt'
import fastifySwagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import t, { type Test } from 'tap'
import bareGate from '../../plugins/bare.ts'
import defaultGate, { type DocsGateOptions, docsGate } from '../../plugins/index.ts'
import {
  basic,
  cookieHeader,
  decodeToken,
  FORM,
  HASHES,
  logIn,
  NAVIGATION,
  SECRET,
  setCookies,
  type TestAppOptions,
  testApp,
  USERS,
} from '../helper.ts'

type Headers = Record<string, string>

const HOST_SECRET = "the host's own secret of more than 32 bytes"
const OUR_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/** What a host brings: how it registers it, the routes that use it, and what shows that it works. */
interface Feature {
  register(app: FastifyInstance): unknown
  routes?(app: FastifyInstance): unknown
  check(t: Test, app: FastifyInstance, cookie: string): Promise<void>
}

const FEATURES: Record<string, Feature> = {
  '@fastify/jwt': {
    register: (app) => app.register(fastifyJwt, { secret: HOST_SECRET }),
    routes: (app) => app.get('/jwt', async (request) => request.jwtVerify()),
    async check(t, app, cookie) {
      const token = app.jwt.sign({ hello: 'host' } as never)
      const own = await app.inject({ url: '/jwt', headers: { authorization: `Bearer ${token}` } })
      t.match(own.json(), { hello: 'host' })
      const ours = await app.inject({
        url: '/jwt',
        headers: { authorization: `Bearer ${cookie.replace('docs-gate=', '')}` },
      })
      t.equal(ours.statusCode, 401, 'our token is none of the host')
      const theirs = await app.inject({ url: '/users/me', headers: { authorization: `Bearer ${token}` } })
      t.equal(theirs.statusCode, 401, "nor the host's one of ours")
    },
  },
  '@fastify/cookie': {
    register: (app) => app.register(fastifyCookie, { secret: 'a cookie secret of the host' }),
    routes(app) {
      app.get('/cookie', async (request, reply) => {
        reply.setCookie('host', 'a b', { signed: true, path: '/' }).setCookie('plain', '1')
        return { cookies: request.cookies, back: request.unsignCookie(request.cookies['host'] ?? '') }
      })
    },
    async check(t, app, cookie) {
      const first = await app.inject({ url: '/cookie', headers: { cookie: `${cookie}; x=y%20z` } })
      t.equal(first.json().cookies.x, 'y z')
      t.equal(setCookies(first).length, 2)
      const second = await app.inject({
        url: '/cookie',
        headers: { cookie: cookieHeader(setCookies(first)) },
      })
      t.match(second.json().back, { valid: true, value: 'a b' })
    },
  },
  '@fastify/formbody': {
    register: (app) => app.register(fastifyFormbody),
    routes: (app) => app.post('/form', async (request) => request.body),
    async check(t, app) {
      const response = await app.inject({
        method: 'POST',
        url: '/form',
        headers: FORM,
        payload: 'a=1&a=2&b=%20',
      })
      t.same(response.json(), { a: ['1', '2'], b: ' ' })
    },
  },
  '@fastify/swagger': {
    register: (app) =>
      app.register(fastifySwagger, {
        openapi: { openapi: '3.0.3', info: { title: "The host's", version: '7' } },
      }),
    async check(t, app, cookie) {
      const document = app.swagger() as { openapi: string; info: object; paths: object }
      t.match(document.info, { title: "The host's", version: '7' })
      t.ok('/host' in document.paths)
      const ours = await app.inject({ url: '/openapi.json', headers: { cookie } })
      t.match(ours.json(), { openapi: '3.0.3', info: { title: "The host's", version: '7' } })
    },
  },
  '@fastify/helmet': {
    register: (app) => app.register(fastifyHelmet),
    async check(t, app) {
      const host = await app.inject('/host')
      t.equal(host.headers['x-frame-options'], 'SAMEORIGIN')
      t.match(host.headers['content-security-policy'], "default-src 'self'")
      const login = await app.inject({ url: '/auth/login', headers: NAVIGATION })
      t.equal(login.headers['x-frame-options'], 'SAMEORIGIN')
      t.equal(login.headers['content-security-policy'], OUR_CSP, 'our pages keep their own policy')
      t.equal(login.headers['referrer-policy'], 'same-origin')
    },
  },
  '@fastify/cors': {
    register: (app) => app.register(fastifyCors, { origin: 'https://app.example.com', credentials: true }),
    async check(t, app, cookie) {
      const headers = { origin: 'https://app.example.com', cookie }
      const allowed = 'access-control-allow-origin'
      for (const url of ['/host', '/users/me']) {
        const response = await app.inject({ url, headers })
        t.equal(response.statusCode, 200)
        t.equal(response.headers[allowed], 'https://app.example.com', url)
      }
      for (const url of [
        '/auth/login',
        '/auth/me',
        '/auth/logout',
        '/docs',
        '/openapi.json',
        '/openapi.yaml',
      ]) {
        const response = await app.inject({ url, headers })
        t.equal(response.headers[allowed], undefined, `${url} is opened to no other site`)
      }
      const preflight = await app.inject({
        method: 'OPTIONS',
        url: '/users/me',
        headers: { origin: 'https://app.example.com', 'access-control-request-method': 'GET' },
      })
      t.equal(preflight.statusCode, 204)
      t.equal(preflight.headers[allowed], 'https://app.example.com')
    },
  },
}

async function works(t: Test, app: FastifyInstance): Promise<string> {
  for (const url of ['/users/me', '/docs', '/docs/', '/openapi.json', '/openapi.yaml', '/auth/me']) {
    t.equal((await app.inject(url)).statusCode, 401, `${url}, anonymous`)
  }
  const page = await app.inject({ url: '/auth/login', headers: NAVIGATION })
  t.equal(page.statusCode, 401)
  t.match(page.body, '<h1>Sign in to')
  const payload = 'username=jane&password=secret2&returnTo=/users/me'
  const form = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { ...NAVIGATION, ...FORM },
    payload,
  })
  t.equal(form.statusCode, 303)
  t.equal(form.headers.location, '../users/me')
  const jane = cookieHeader(setCookies(form))
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: jane } })).json().username, 'jane')
  const logout = await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie: jane } })
  t.equal(logout.statusCode, 303)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: jane } })).statusCode, 401)
  const granted = await app.inject({
    method: 'POST',
    url: '/auth/token',
    headers: FORM,
    payload: 'grant_type=password&username=johndoe&password=secret',
  })
  t.equal(granted.statusCode, 200)

  const { bearer, cookie } = await logIn(app)
  t.equal(
    (await app.inject({ url: '/users/me', headers: { authorization: bearer } })).json().username,
    'johndoe',
  )
  t.equal((await app.inject({ url: '/host', headers: { cookie } })).body, 'null', 'an open route has no user')
  const docs = await app.inject({ url: '/docs', headers: { ...NAVIGATION, cookie } })
  t.equal(docs.statusCode, 200)
  t.match(docs.body, 'John Doe')
  const document = await app.inject({ url: '/openapi.json', headers: { cookie } })
  const paths = Object.keys(document.json().paths)
  t.ok(paths.includes('/host') && paths.includes('/users/me'), 'what the host declares is documented')
  t.strictSame(
    paths.filter((path) => /^\/(?:auth|docs|openapi)/.test(path)),
    [],
    'and no route of ours',
  )
  return cookie
}

type Order = 'before' | 'after'

async function host(t: Test, order: Order, features: readonly Feature[]): Promise<FastifyInstance> {
  const app = Fastify() as unknown as FastifyInstance
  t.teardown(() => app.close())
  const registerFeatures = async () => {
    for (const feature of features) await feature.register(app)
  }
  if (order === 'before') await registerFeatures()
  await app.register(docsGate, { users: USERS, secret: SECRET })
  if (order === 'after') await registerFeatures()
  app.get('/host', async (request) => JSON.stringify(request.user))
  app.get('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
  for (const feature of features) feature.routes?.(app)
  await app.ready()
  return app
}

t.test('the gate lives beside what the host brings, registered before it or after', async (t) => {
  for (const order of ['before', 'after'] as const) {
    for (const [name, feature] of Object.entries(FEATURES)) {
      await t.test(`${name} ${order} the gate`, async (t) => {
        const app = await host(t, order, [feature])
        await feature.check(t, app, await works(t, app))
      })
    }
    const all = Object.values(FEATURES)
    for (const features of [all, all.toReversed()]) {
      await t.test(`all of them ${order} the gate`, async (t) => {
        const app = await host(t, order, features)
        const cookie = await works(t, app)
        for (const { check } of features) await check(t, app, cookie)
      })
    }
  }
  await t.test('with no plugin of the host', async (t) => {
    const app = await host(t, 'before', [])
    await works(t, app)
    t.match(app.swagger(), { openapi: '3.1.0', info: { title: 'API documentation' } })
  })
})

t.test(
  'an open route has no user, in scopes that were made before the host’s @fastify/jwt too',
  async (t) => {
    const app = Fastify() as unknown as FastifyInstance
    t.teardown(() => app.close())
    const isNull = async (request: object) => ({ isNull: (request as { user: unknown }).user === null })
    const scopeWith = (url: string, more?: (scope: FastifyInstance) => unknown): FastifyPluginAsync => {
      return async (scope) => {
        await more?.(scope)
        scope.get(url, isNull)
      }
    }
    const nested = scopeWith('/nested')
    await app.register(scopeWith('/early'))
    await app.register(docsGate, { users: USERS, secret: SECRET })
    await app.register(scopeWith('/between', (scope) => scope.register(nested)))
    await app.register(scopeWith('/own-jwt', (scope) => scope.register(fastifyJwt, { secret: SECRET })))
    await app.register(fastifyJwt, { secret: SECRET })
    await app.register(scopeWith('/after'))
    app.get('/', isNull)
    for (const url of ['/', '/between', '/nested', '/own-jwt', '/after']) {
      t.same((await app.inject(url)).json(), { isNull: true }, url)
    }
  },
)

t.test('the entries are one function', async (t) => {
  t.equal(defaultGate, docsGate)
  t.equal(bareGate, docsGate)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(bareGate, { users: USERS, secret: SECRET })
  t.match(app.printPlugins(), 'fastify-docs-gate')
})

t.test('what a request of Fastify has itself is no decoratorName', async (t) => {
  const names = new Set<string>()
  const app = Fastify()
  t.teardown(() => app.close())
  app.get('/', async (request) => {
    for (let one: object = request; one !== Object.prototype; one = Object.getPrototypeOf(one))
      for (const name of Object.getOwnPropertyNames(one)) names.add(name)
    return ''
  })
  await app.inject('/')
  t.ok(names.size > 20 && names.has('headers'))
  for (const decoratorName of names) {
    const other = Fastify() as unknown as FastifyInstance
    await t.rejects(
      async () => other.register(docsGate, { users: USERS, secret: SECRET, decoratorName }),
      { code: 'DOCS_GATE_OPTIONS', message: /^decoratorName: / },
      decoratorName,
    )
  }
})

t.test('a gate under a prefix with parameters is refused', async (t) => {
  for (const prefix of ['/:tenant', '/api/:version/x', '/a*', '/:id(^\\d+)']) {
    const app = Fastify() as unknown as FastifyInstance
    t.teardown(() => app.close())
    const scoped: FastifyPluginAsync = async (scope) => {
      await scope.register(docsGate, { users: USERS, secret: SECRET })
    }
    await t.rejects(
      async () => app.register(scoped, { prefix }),
      {
        name: 'OptionsError',
        code: 'DOCS_GATE_OPTIONS',
        message: /^prefix: .*has parameters; register it below/,
      },
      prefix,
    )
  }
})

t.test('a gate under a prefix of its parent is there and nowhere else', async (t) => {
  const app = Fastify() as unknown as FastifyInstance
  t.teardown(() => app.close())
  const api: FastifyPluginAsync = async (scope) => {
    await scope.register(docsGate, { users: USERS, secret: SECRET })
    scope.get('/users/me', { onRequest: scope.authenticate }, async (request) => request.user)
  }
  await app.register(api, { prefix: '/api/v1' })
  const login = await app.inject({
    url: '/api/v1/auth/login',
    headers: { ...NAVIGATION, authorization: basic('johndoe', 'secret') },
  })
  t.equal(login.headers.location, '../../../api/v1/docs')
  const cookie = cookieHeader(setCookies(login))
  for (const url of ['/api/v1/users/me', '/api/v1/docs', '/api/v1/openapi.json', '/api/v1/auth/me']) {
    t.equal((await app.inject({ url, headers: { cookie } })).statusCode, 200, url)
    t.equal((await app.inject({ url })).statusCode, 401, url)
  }
  for (const url of ['/auth/login', '/docs', '/openapi.json'])
    t.equal((await app.inject(url)).statusCode, 404, url)
  const page = await app.inject({ url: '/api/v1/auth/login', headers: NAVIGATION })
  t.match(page.body, 'href="../../../api/v1/auth/style.css"')
  const loop = await app.inject({
    url: '/api/v1/auth/login?returnTo=/api/v1/auth/logout',
    headers: { ...NAVIGATION, cookie },
  })
  t.equal(loop.headers.location, '../../../api/v1/docs')
})

t.test('the cookie is the one for the scheme, and no other name is read', async (t) => {
  const https = { 'x-forwarded-proto': 'https' }
  const rest = 'Path=/; HttpOnly; SameSite=Lax'
  type Cookie = NonNullable<NonNullable<DocsGateOptions['session']>['cookie']>
  const table: [cookie: Cookie, trustProxy: boolean, headers: Headers, name: string, attributes: string][] = [
    [{}, false, {}, 'docs-gate', rest],
    [{}, false, https, 'docs-gate', rest],
    [{}, true, {}, 'docs-gate', rest],
    [{}, true, https, '__Host-docs-gate', 'Path=/; HttpOnly; Secure; SameSite=Lax'],
    [{ name: 'mine' }, true, https, '__Host-mine', 'Path=/; HttpOnly; Secure; SameSite=Lax'],
    [{ name: 'mine' }, true, {}, 'mine', rest],
    [{ secure: true }, false, {}, '__Host-docs-gate', 'Path=/; HttpOnly; Secure; SameSite=Lax'],
    [{ secure: false }, true, https, 'docs-gate', rest],
    [{ sameSite: 'strict' }, false, {}, 'docs-gate', 'Path=/; HttpOnly; SameSite=Strict'],
    [
      { domain: 'example.com' },
      true,
      https,
      '__Secure-docs-gate',
      'Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax',
    ],
    [{ domain: 'example.com' }, false, {}, 'docs-gate', `Domain=example.com; ${rest}`],
  ]
  for (const [cookie, trustProxy, headers, name, attributes] of table) {
    const app = await testApp(t, { server: { trustProxy }, gate: { session: { cookie } } })
    const title = `${JSON.stringify(cookie)} ${trustProxy} ${JSON.stringify(headers)}`
    const login = await app.inject({
      url: '/auth/login',
      headers: { ...headers, authorization: basic('johndoe', 'secret') },
    })
    const [line = '', ...more] = setCookies(login)
    t.strictSame(more, [])
    const { access_token: token } = login.json()
    t.equal(line, `${name}=${token}; ${attributes}`, title)
    const base = cookie.name ?? 'docs-gate'
    for (const other of [base, `__Host-${base}`, `__Secure-${base}`, base.toUpperCase()]) {
      const me = await app.inject({ url: '/users/me', headers: { ...headers, cookie: `${other}=${token}` } })
      t.equal(me.statusCode, other === name ? 200 : 401, `${title}: ${other}`)
    }
    const logout = await app.inject({
      method: 'POST',
      url: '/auth/logout',
      headers: { ...headers, cookie: `${name}=${token}` },
    })
    t.strictSame(
      setCookies(logout).map((value) => value.split('=', 1)[0]),
      [name, `${name}-logged-out`],
    )
    t.equal(
      setCookies(logout)[1],
      `${name}-logged-out=1; ${attributes}`,
      'what is cleared and marked has the attributes of what was set',
    )
    const forced = await app.inject({
      url: '/auth/login',
      headers: { ...headers, ...NAVIGATION, cookie: `${name}-logged-out=1` },
    })
    t.equal(setCookies(forced).length, 2)
    for (const value of setCookies(forced)) t.match(value, /=; (?:.*; )?Max-Age=0;/)
  }
})

/** An app whose warnings are kept. */
function logging() {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) }
  return { lines, logger: { level: 'warn', stream } }
}

const handler = async () => 'x'

t.test('a random secret and routes that come too early are logged, once', async (t) => {
  const { lines, logger } = logging()
  const app = await testApp(t, {
    server: { logger },
    gate: { secret: undefined },
    before(app) {
      app.get('/early', handler)
      app.post('/early/:id', handler)
    },
  })
  t.equal(lines.length, 2)
  t.match(lines[0], { level: 40, msg: /no secret is given/ })
  t.match(lines[1], {
    level: 40,
    msg: /declared before the gate, which does not guard them and does not list them in its document; /,
    routes: ['GET /early', 'POST /early/:id'],
  })
  t.notOk('more' in (lines[1] ?? {}))
  const { cookie } = await logIn(app)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  const document = await app.inject({ url: '/openapi.json', headers: { cookie } })
  t.notOk('/early' in document.json().paths)

  const quiet = logging()
  await testApp(t, { server: { logger: quiet.logger } })
  t.strictSame(quiet.lines, [], 'a gate in order has nothing to warn of')
})

t.test('of early routes those of the scope of the gate are named, twenty of them', async (t) => {
  const { lines, logger } = logging()
  const app = Fastify({ logger }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  app.get('/', handler)
  app.get('/apis', handler)
  await app.register(async (scope) => void scope.get('/sibling', handler), { prefix: '/other' })
  const inOrder: FastifyPluginAsync = async (scope) => {
    await scope.register(docsGate, { users: USERS, secret: SECRET })
    scope.get('/', handler)
  }
  await app.register(inOrder, { prefix: '/api' })
  t.strictSame(lines, [], 'strangers to the scope are none of its routes')

  const late: FastifyPluginAsync = async (scope) => {
    for (let i = 1; i <= 23; i++) scope.get(`/${i}`, handler)
    await scope.register(docsGate, { users: USERS, secret: SECRET, allowEarlyRoutes: true })
  }
  await app.register(late, { prefix: '/late' })
  await app.ready()
  t.match(lines, [{ msg: /declared before the gate/, more: 3 }])
  const { routes } = lines[0] as { routes: readonly string[] }
  t.equal(routes.length, 20)
  for (const route of routes) t.match(route, /^GET \/late\/\d+$/)
})

t.test('what is said of early routes is true of the document too', async (t) => {
  const source = { openapi: '3.1.0', info: { title: 'x', version: '1' }, paths: {} }
  const table: [string, TestAppOptions][] = [
    ["the host's @fastify/swagger saw them", { before: (app) => app.register(fastifySwagger) }],
    ['there is no document', { gate: { docs: false } }],
    ['the document is of another service', { gate: { docs: { source } } }],
  ]
  for (const [name, { before, gate }] of table) {
    const { lines, logger } = logging()
    await testApp(t, {
      server: { logger },
      ...(gate && { gate }),
      async before(app) {
        await before?.(app)
        app.get('/early', handler)
      },
    })
    t.match(lines, [{ msg: /, which does not guard them; register the gate first, with await$/ }], name)
  }
})

t.test('users who are all disabled are warned of, in a record and in a file', async (t) => {
  const alice = { password: HASHES.secret, disabled: true }
  const folder = t.testdir({
    'all.htpasswd': `alice:!${HASHES.secret}\n`,
    'one.htpasswd': `alice:!${HASHES.secret}\njane:${HASHES.secret}\n`,
  })
  const table: [DocsGateOptions['users'], number][] = [
    [{}, 1],
    [{ alice }, 1],
    [{ alice, jane: HASHES.secret }, 0],
    [`${folder}/all.htpasswd`, 1],
    [`${folder}/one.htpasswd`, 0],
    [{ verify: () => null }, 0],
  ]
  for (const [users, count] of table) {
    const { lines, logger } = logging()
    await testApp(t, { server: { logger }, gate: { users } })
    t.equal(lines.length, count)
    if (count === 1)
      t.match(lines, [{ level: 40, msg: /no users, or all of them are disabled, so nobody can log in/ }])
  }
})

t.test('settings of Swagger UI that the gate sets itself are warned of', async (t) => {
  const { lines, logger } = logging()
  const docs = [
    { path: '/docs', uiConfig: { url: '/x.json', dom_id: '#x', deepLinking: false } },
    { path: '/other', uiConfig: { urls: [], spec: {} } },
  ]
  await testApp(t, { server: { logger }, gate: { docs } })
  const names = [
    'docs[0].uiConfig.url',
    'docs[0].uiConfig.dom_id',
    'docs[1].uiConfig.urls',
    'docs[1].uiConfig.spec',
  ]
  t.match(lines, [{ level: 40, options: names, msg: /these options have no effect/ }])
  t.equal(lines.length, 1)
})

t.test('options of @fastify/swagger that nobody reads are warned of', async (t) => {
  const swagger = { openapi: { info: { title: 'Unread', version: '1' } } }
  const ofHost = (app: FastifyInstance) => app.register(fastifySwagger, { openapi: {} })
  for (const order of ['before', 'after'] as const) {
    const { lines, logger } = logging()
    await testApp(t, { server: { logger }, gate: { swagger }, [order]: ofHost })
    t.match(lines, [{ level: 40, msg: /the options in swagger are not used/ }], order)
    lines.length = 0
    await testApp(t, { server: { logger }, [order]: ofHost })
    t.strictSame(lines, [], `${order}, without such options`)
  }
  const { lines, logger } = logging()
  const app = await testApp(t, { server: { logger }, gate: { swagger } })
  t.strictSame(lines, [])
  t.match(app.swagger(), { info: { title: 'Unread' } })
})

/** Runs, and gives the warnings of the process that came of it. */
async function processWarnings(run: () => Promise<unknown>): Promise<readonly Error[]> {
  const warnings: Error[] = []
  const keep = (warning: Error) => void warnings.push(warning)
  process.on('warning', keep)
  await run()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', keep)
  return warnings
}

t.test('in an app without a logger, warnings are those of the process', async (t) => {
  const start = (server: object) => async () => {
    const app = Fastify(server) as unknown as FastifyInstance
    t.teardown(() => app.close())
    app.get('/early', handler)
    await app.register(docsGate, { users: USERS, allowEarlyRoutes: true })
    const logInAs = (authorization: string) =>
      app.inject({ url: '/auth/login', headers: { authorization, host: 'a.example' } })
    t.equal((await logInAs(basic('jane', 'secret2'))).statusCode, 200)
    t.equal((await logInAs(basic('jane', 'x'))).statusCode, 401)
  }
  const warnings = await processWarnings(start({}))
  const known = { name: 'DocsGateWarning', code: 'DOCS_GATE_WARNING' }
  t.match(warnings, [
    { ...known, message: /no secret is given/, detail: undefined },
    { ...known, message: /declared before the gate/, detail: '{"routes":["GET /early"]}' },
    { ...known, message: /plain http/, detail: '{"host":"a.example"}' },
  ])
  t.equal(warnings.length, 3, 'and what happens is none: the login that failed')
  for (const server of [{ logger: { level: 'silent' } }, { logger: logging().logger }])
    t.strictSame(await processWarnings(start(server)), [], 'a logger is told, or silent on purpose')
})

t.test('sessions in the memory of one process of several are warned of', async (t) => {
  const [{ isWorker }, instance] = [cluster, process.env['NODE_APP_INSTANCE']]
  t.teardown(() => {
    Object.assign(cluster, { isWorker })
    if (instance === undefined) delete process.env['NODE_APP_INSTANCE']
    else process.env['NODE_APP_INSTANCE'] = instance
  })
  const warned = async (isWorker: boolean, instance: string | undefined, store: 'memory' | 'stateless') => {
    Object.assign(cluster, { isWorker })
    if (instance === undefined) delete process.env['NODE_APP_INSTANCE']
    else process.env['NODE_APP_INSTANCE'] = instance
    const { lines, logger } = logging()
    await testApp(t, { server: { logger }, gate: { session: { store } } })
    t.equal(
      lines.filter(({ msg }) => /one of several, .*give session\.store a Redis client/.test(String(msg)))
        .length,
      lines.length,
    )
    return lines.length
  }
  t.equal(await warned(true, undefined, 'memory'), 1, 'a worker of node:cluster')
  t.equal(await warned(true, '0', 'memory'), 1, "of PM2's cluster mode")
  t.equal(await warned(false, '1', 'memory'), 1, "the second instance of PM2's fork mode")
  t.equal(await warned(false, '0', 'memory'), 0, 'a first instance may be the only one')
  t.equal(await warned(false, undefined, 'memory'), 0)
  t.equal(await warned(true, '1', 'stateless'), 0, 'nothing is kept')
})

t.test('a wrong option rejects register()', async (t) => {
  const users = USERS
  const wrong: Record<string, unknown> = {
    'users:': {},
    'users.johndoe': { users: { johndoe: 'secret' } },
    'secret:': { users, secret: 'short' },
    'routePrefix:': { users, routePrefix: '/' },
    'login.mode:': { users, login: { mode: 'dialog' } },
    'login.realm:': { users, login: { realm: 'é' } },
    'session.cookie.name:': { users, session: { cookie: { name: '__Host-x' } } },
    'session.store:': { users, session: { store: {} } },
    'docs:': { users, docs: { path: '/auth' } },
    'decoratorName:': { users, decoratorName: 'a b' },
    'prefix:': { users, prefix: '/x' },
    'options.user ': { users, user: users },
    'trustedOrigins[0]:': { users, trustedOrigins: ['https://app.example.com/'] },
  }
  for (const [name, options] of Object.entries(wrong)) {
    const app = Fastify()
    const error = await app.register(docsGate, { secret: SECRET, ...(options as DocsGateOptions) }).then(
      () => undefined,
      (error: unknown) => error,
    )
    t.ok(error instanceof TypeError, name)
    t.match(error, { code: 'DOCS_GATE_OPTIONS' })
    t.ok((error as Error).message.startsWith(name), `${name} ${(error as Error).message}`)
  }
})

t.test(
  'a name that the gate needs and the host has taken is refused by name, in one scope only',
  async (t) => {
    const gate = { users: USERS, secret: SECRET }
    for (const name of ['authenticate', 'authorize', 'identify', 'docsGate']) {
      const app = Fastify()
      t.teardown(() => app.close())
      app.decorate(name, async () => 'of the host')
      const refusal = {
        code: 'DOCS_GATE_OPTIONS',
        message: new RegExp(`^decorator ${name}: .*write another name for yours, or .*a scope of its own`),
      }
      await t.rejects(async () => app.register(docsGate, gate), refusal, name)
    }
    const twice = Fastify()
    t.teardown(() => twice.close())
    await twice.register(docsGate, gate)
    const again = { code: 'DOCS_GATE_OPTIONS', message: /as a second gate has to be/ }
    await t.rejects(async () => twice.register(docsGate, gate), again, 'a gate twice in one scope')

    const app = Fastify() as unknown as FastifyInstance
    t.teardown(() => app.close())
    const ofHost = async () => {}
    app.decorate('authenticate', ofHost)
    const gated: FastifyPluginAsync = async (scope) => {
      await scope.register(docsGate, gate)
      scope.get('/me', { onRequest: scope.authenticate }, async (request) => request.user)
    }
    await app.register(gated)
    t.equal(app.authenticate, ofHost)
    const { bearer: authorization } = await logIn(app)
    t.equal((await app.inject('/me')).statusCode, 401)
    t.equal((await app.inject({ url: '/me', headers: { authorization } })).json().username, 'johndoe')
  },
)

t.test('a restart ends sessions that were in memory, and keeps stateless ones', async (t) => {
  for (const [store, status] of [
    ['memory', 401],
    ['stateless', 200],
  ] as const) {
    const gate = { session: { store } }
    const { bearer, cookie } = await logIn(await testApp(t, { gate }))
    const restarted = await testApp(t, { gate })
    for (const headers of [{ authorization: bearer }, { cookie }] as Headers[]) {
      const response = await restarted.inject({ url: '/users/me', headers })
      t.equal(response.statusCode, status, store)
      if (status === 401) t.equal(response.json().code, 'DOCS_GATE_INVALID_TOKEN')
    }
    const other = await testApp(t, { gate: { session: { store, issuer: 'other' } } })
    t.equal((await other.inject({ url: '/users/me', headers: { cookie } })).statusCode, 401, 'another issuer')
  }
})

t.test('stateless sessions need no store, and end by themselves alone', async (t) => {
  const app = await testApp(t, { gate: { session: { store: 'stateless' } } })
  const { token, cookie } = await logIn(app)
  const { claims } = decodeToken(token)
  t.strictSame(await app.docsGate.sessionsOf('johndoe'), [])
  await app.docsGate.endSession(claims['sid'] as string)
  await app.docsGate.endSessionsOf('johndoe')
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  t.equal((await app.inject({ url: '/docs', headers: { cookie } })).statusCode, 200)
})

t.test('app.docsGate begins sessions without a password, and ends them', async (t) => {
  const app = await testApp(t, {
    server: { trustProxy: true },
    gate: { users: { ...USERS, Zoë: HASHES.secret } },
  })
  app.docsGate satisfies object
  const { access_token: token, expires_in, cookie } = await app.docsGate.signIn('johndoe')
  t.equal(expires_in, 1800)
  t.equal(cookie, `docs-gate=${token}; Path=/; HttpOnly; SameSite=Lax`)
  for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }] as Headers[]) {
    const me = await app.inject({ url: '/users/me', headers })
    t.match(me.json(), { username: 'johndoe', scopes: ['admin', 'read'], name: 'John Doe' })
  }
  t.equal((await app.inject({ url: '/admin', headers: { cookie } })).statusCode, 200)

  for (const username of ['nobody', 'alice', '', '__proto__', 'JOHNDOE']) {
    await t.rejects(
      app.docsGate.signIn(username),
      { code: 'DOCS_GATE_INVALID_CREDENTIALS', statusCode: 401 },
      `${username} has no session to begin`,
    )
  }

  const second = await app.docsGate.signIn('johndoe')
  const sessions = await app.docsGate.sessionsOf('johndoe')
  t.equal(sessions.length, 2)
  for (const session of sessions) {
    t.match(session, {
      id: /^[\w.-]{1,64}$/,
      issuer: 'docs-gate',
      subject: 'johndoe',
      createdAt: Number,
      expiresAt: Number,
    })
    t.equal(session.expiresAt - session.createdAt, 43_200_000)
  }
  t.same(await app.docsGate.sessionsOf({ issuer: 'docs-gate', subject: 'johndoe' }), sessions)
  t.strictSame(await app.docsGate.sessionsOf({ issuer: 'other', subject: 'johndoe' }), [])
  t.strictSame(await app.docsGate.sessionsOf('nobody'), [])

  await app.docsGate.endSession(decodeToken(token).claims['sid'] as string)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 401)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: second.cookie } })).statusCode, 200)
  await app.docsGate.endSession('unknown')
  await app.docsGate.endSessionsOf({ issuer: 'other', subject: 'johndoe' })
  await app.docsGate.endSessionsOf('jane')
  t.equal((await app.docsGate.sessionsOf('johndoe')).length, 1)
  await app.docsGate.endSessionsOf('johndoe')
  t.strictSame(await app.docsGate.sessionsOf('johndoe'), [])
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: second.cookie } })).statusCode, 401)

  await app.docsGate.signIn('Zoe\u0308')
  t.equal((await app.docsGate.sessionsOf('Zoë')).length, 1, 'a name is one name in every normalization form')
  t.equal((await app.docsGate.sessionsOf('Zoe\u0308')).length, 1)
  await app.docsGate.endSessionsOf('Zoe\u0308')
  t.strictSame(await app.docsGate.sessionsOf('Zoë'), [])
})

t.test('a login flow of the host signs in with the cookie of its request', async (t) => {
  const app = await testApp(t, {
    server: { trustProxy: true },
    gate: { users: { verify: () => null } },
    after(app) {
      app.get('/magic/:name', async (request, reply) => {
        const { name } = request.params as { name: string }
        const { cookie } = await app.docsGate.signIn(name, request)
        return reply.header('set-cookie', cookie).send({})
      })
    },
  })
  const headers = { 'x-forwarded-proto': 'https' }
  const response = await app.inject({ url: '/magic/anyone', headers })
  const [cookie = ''] = setCookies(response)
  t.match(cookie, /^__Host-docs-gate=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const me = await app.inject({ url: '/users/me', headers: { ...headers, cookie } })
  t.match(me.json(), { username: 'anyone', scopes: [] }, 'where nobody can be asked, the host is believed')
})

t.test('what the host does to replies does not reach our bodies', async (t) => {
  for (const order of ['before', 'after'] as const) {
    const app = await testApp(t, {
      [order](app: FastifyInstance) {
        app.setReplySerializer((payload) => `wrapped:${JSON.stringify(payload)}`)
        app.setNotFoundHandler({ preHandler: async () => {} }, async (request, reply) => {
          return reply.code(404).send({ lost: request.url })
        })
      },
    })
    const login = await app.inject({
      url: '/auth/login',
      headers: { authorization: basic('johndoe', 'secret') },
    })
    t.equal(login.json().token_type, 'Bearer')
    const { cookie } = await logIn(app)
    t.equal((await app.inject({ url: '/auth/me', headers: { cookie } })).json().username, 'johndoe')
    const oauth = await app.inject({ method: 'POST', url: '/auth/token', headers: FORM, payload: '' })
    t.equal(oauth.json().error, 'invalid_request')
    t.match((await app.inject({ url: '/openapi.json', headers: { cookie } })).json(), { openapi: '3.1.0' })
    t.match((await app.inject({ url: '/auth/login', headers: NAVIGATION })).body, /^<!doctype html>/)
    t.match((await app.inject('/open')).body, /^wrapped:/)
    const lost = await app.inject({ url: '/docs/nothing', headers: { cookie } })
    t.equal(lost.statusCode, 404)
    t.match(lost.body, 'lost')
    t.equal((await app.inject('/docs/nothing')).statusCode, 401, 'and strangers learn nothing from it')
  }
})

t.test('docs: false is a gate without docs', async (t) => {
  const app = await testApp(t, { gate: { docs: false } })
  const { cookie } = await logIn(app)
  for (const url of ['/docs', '/openapi.json']) {
    t.equal((await app.inject({ url, headers: { cookie } })).statusCode, 404)
  }
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  t.notOk(app.hasDecorator('swagger'))
})

t.test('a list of docs has a page, a document and an audience each', async (t) => {
  const document = (title: string) => ({ openapi: '3.1.0', info: { title, version: '1' }, paths: {} })
  const app = await testApp(t, {
    gate: {
      docs: [
        { path: '/open-docs', source: document('First') },
        { path: '/admin-docs', source: document('Second'), scopes: ['admin'] },
        { path: '/own-docs' },
      ],
    },
  })
  const jane = await logIn(app, 'jane', 'secret2')
  const login = await app.inject({
    url: '/auth/login',
    headers: { ...NAVIGATION, authorization: basic('johndoe', 'secret') },
  })
  t.equal(login.headers.location, '../open-docs', 'the first path is where a login lands')
  const john = cookieHeader(setCookies(login))
  const table: [path: string, title: string, forJane: number][] = [
    ['/open-docs', 'First', 200],
    ['/admin-docs', 'Second', 403],
    ['/own-docs', 'API documentation', 200],
  ]
  for (const [path, title, forJane] of table) {
    for (const url of [path, `${path}/openapi.json`, `${path}/openapi.yaml`]) {
      t.equal((await app.inject(url)).statusCode, 401, url)
      t.equal((await app.inject({ url, headers: { cookie: jane.cookie } })).statusCode, forJane, url)
      t.equal((await app.inject({ url, headers: { cookie: john } })).statusCode, 200, url)
    }
    const { info } = (await app.inject({ url: `${path}/openapi.json`, headers: { cookie: john } })).json()
    t.equal(info.title, title)
  }
  await t.rejects(testApp(t, { gate: { docs: [{ path: '/a', source: {} }, { path: '/b' }] } }), {
    code: 'DOCS_GATE_OPTIONS',
    message: /^docs\[0\]\.source/,
  })
})

t.test('closing the app closes the store', async (t) => {
  let closed = 0
  const store = {
    get: () => null,
    set: () => {},
    delete: () => {},
    list: () => [],
    close: async () => {
      closed++
    },
  }
  const app = Fastify()
  await app.register(docsGate, { users: USERS, secret: SECRET, session: { store } })
  await app.ready()
  t.equal(closed, 0)
  await app.close()
  t.equal(closed, 1)
})
