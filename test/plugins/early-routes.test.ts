import fastifyCors from '@fastify/cors'
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import { DocsGateError, EarlyRoutesError } from '../../lib/errors.ts'
import * as bare from '../../plugins/bare.ts'
import type { Guard } from '../../plugins/index.ts'
import docsGate, * as face from '../../plugins/index.ts'
import { basic, listen, logIn, NAVIGATION, rawRequest, SECRET, USERS } from '../helper.ts'

const GATE = { users: USERS, secret: SECRET }
const handler = async () => 'x'
const source = { openapi: '3.1.0', info: { title: 'x', version: '1' }, paths: {} }

/** An app whose warnings are kept, closed in teardown. */
function warningApp(t: Test): { app: FastifyInstance; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'warn', stream } }) as unknown as FastifyInstance
  t.teardown(() => app.close().catch(() => {}))
  return { app, lines }
}

const newApp = (t: Test): FastifyInstance => warningApp(t).app

/** What an app does before it is ready. */
type Build = (app: FastifyInstance) => unknown

const REFUSED: Readonly<Record<string, [build: Build, routes: readonly string[]]>> = {
  'the obvious code of a CommonJS project': [
    (app) => {
      app.register(docsGate, GATE)
      app.get('/users/me', { onRequest: app.authenticate }, handler)
    },
    ['GET /users/me'],
  ],
  'with a CORS plugin, whose preflight route comes after the gate': [
    (app) => {
      app.register(docsGate, GATE)
      app.register(fastifyCors)
      app.post('/orders', { onRequest: app.authenticate }, handler)
    },
    ['POST /orders'],
  ],
  'with @fastify/swagger, which has no route': [
    (app) => {
      app.register(fastifySwagger)
      app.register(docsGate, GATE)
      app.get('/a', { onRequest: app.authenticate }, handler)
    },
    ['GET /a'],
  ],
  'in a scope of its own': [
    (app) =>
      app.register(async function api(scope: FastifyInstance) {
        scope.register(docsGate, GATE)
        scope.get('/a', { onRequest: scope.authenticate }, handler)
      }),
    ['GET /a'],
  ],
  'in a scope with a prefix': [
    (app) =>
      app.register(
        async function api(scope: FastifyInstance) {
          scope.register(docsGate, GATE)
          scope.get('/a', { onRequest: scope.authenticate }, handler)
        },
        { prefix: '/api' },
      ),
    ['GET /api/a'],
  ],
  'without documentation of its own': [
    (app) => {
      app.register(docsGate, { ...GATE, docs: false })
      app.get('/a', { preHandler: app.identify }, handler)
    },
    ['GET /a'],
  ],
  'with a decorator of the host’s that is no guard': [
    (app) => {
      app.register(docsGate, GATE)
      app.after(() => {
        app.authenticate = async () => {}
      })
      app.get('/a', handler)
    },
    ['GET /a'],
  ],
}

t.test('an app does not start if an await seems to be missing before its guards', async (t) => {
  for (const [name, [build, routes]] of Object.entries(REFUSED)) {
    const app = newApp(t)
    await build(app)
    const error = await app.ready().then(
      () => undefined,
      (error: unknown) => error,
    )
    t.ok(error instanceof EarlyRoutesError && error instanceof DocsGateError, name)
    t.match(error, { code: 'DOCS_GATE_EARLY_ROUTES', statusCode: undefined, routes }, name)
    const { message } = error as Error
    for (const told of [
      ...routes,
      'await app.register',
      'app.after',
      'docsGate.authenticate',
      'allowEarlyRoutes: true',
    ])
      t.ok(message.includes(told), `${name}: ${told}`)
  }
})

t.test('listen() rejects as well, and the error names at most ten routes', async (t) => {
  const app = newApp(t)
  app.register(docsGate, GATE)
  for (let i = 1; i <= 23; i++) app.get(`/route-${i}`, handler)
  await t.rejects(app.listen({ host: '127.0.0.1', port: 0 }), { message: /GET \/route-1, .* and 13 more/ })
})

const OPEN_ROUTES: Build = (app) => {
  app.get('/metrics', handler)
  app.get('/status', handler)
}

const STARTS: Readonly<Record<string, Build>> = {
  'a route of the host’s comes after the gate': async (app) => {
    OPEN_ROUTES(app)
    await app.register(docsGate, GATE)
    app.get('/a', handler)
  },
  'a route of the host’s comes after the gate, in a scope beside it': async (app) => {
    OPEN_ROUTES(app)
    await app.register(async (scope) => void (await scope.register(docsGate, GATE)))
    await app.register(async (scope) => void scope.get('/a', handler))
  },
  'a plugin that takes a guard comes after the gate': async (app) => {
    OPEN_ROUTES(app)
    app.register(docsGate, GATE)
    app.register(fp(async (inner: FastifyInstance) => void inner.addHook('onRequest', inner.identify)))
  },
  'a guard is taken in app.after()': async (app) => {
    OPEN_ROUTES(app)
    app.register(docsGate, GATE)
    app.after(() => void app.authorize('admin'))
  },
  'the routes have guards by import': async (app) => {
    app.register(docsGate, GATE)
    app.get('/a', { onRequest: docsGate.authenticate }, handler)
    app.get('/b', { preHandler: [docsGate.authorize('admin')] }, handler)
  },
  'the scope has a guard by import': async (app) => {
    app.addHook('onRequest', docsGate.identify)
    app.register(docsGate, GATE)
    app.get('/a', handler)
  },
  'there are no routes but the gate’s': async (app) => {
    app.register(docsGate, { ...GATE, docs: { source } })
  },
  'it is allowed': async (app) => {
    OPEN_ROUTES(app)
    app.register(docsGate, { ...GATE, allowEarlyRoutes: true })
  },
}

t.test('an app starts if its early routes do not suggest a missing await', async (t) => {
  for (const [name, build] of Object.entries(STARTS)) {
    const { app, lines } = warningApp(t)
    await build(app)
    await t.resolves(Promise.resolve(app.ready()), name)
    const early = lines.filter(({ msg }) => /were declared before the gate/.test(String(msg)))
    t.equal(early.length, name.startsWith('there are no routes') ? 0 : 1, `${name}: told of as a warning`)
    t.equal((await app.inject('/auth/me')).statusCode, 401, name)
  }
})

t.test('a guard that was not read yet can be replaced; in a child scope, only for that scope', async (t) => {
  const app = newApp(t)
  app.get('/early', handler)
  await app.register(docsGate, { ...GATE, allowEarlyRoutes: true })
  const own = async () => {}
  await app.register(async function child(scope: FastifyInstance) {
    scope.authenticate = own
    t.equal(scope.authenticate, own)
  })
  t.not(app.authenticate, own)
  t.equal(app.authenticate, app.authenticate)
  t.strictSame(
    Object.keys(app).filter((name) => ['authenticate', 'authorize', 'identify'].includes(name)).length,
    3,
  )
})

t.test('imported guards are the same under every name and exist before anything is registered', (t) => {
  for (const { authenticate, authorize, identify } of [face, face.docsGate, bare, bare.docsGate]) {
    t.equal(authenticate, docsGate.authenticate)
    t.equal(authorize, docsGate.authorize)
    t.equal(identify, docsGate.identify)
  }
  for (const guard of [docsGate.authenticate, docsGate.authorize('a'), docsGate.identify])
    t.type(guard, 'function')
  // @ts-expect-error no scope at all
  t.throws(() => docsGate.authorize(), { code: 'DOCS_GATE_OPTIONS' })
  const guard = docsGate.authenticate.bind(null)
  t.type(guard, 'function')
  t.end()
})

const NO_GATE = {
  statusCode: 503,
  error: 'Service Unavailable',
  code: 'DOCS_GATE_NO_GATE',
  message: 'Access to this route cannot be checked.',
}

/** Routes behind each guard by import. Whoever reaches a handler is counted. */
function guardedRoutes(app: FastifyInstance, reached: string[] = []): void {
  const reach = async (request: { url: string; user?: { username: string } | null }) => {
    reached.push(request.url)
    return { username: request.user?.username ?? null }
  }
  app.get('/me', { onRequest: docsGate.authenticate }, reach)
  app.get('/admin', { preHandler: [docsGate.authorize('admin')] }, reach)
  app.get('/either', { onRequest: docsGate.identify }, reach)
  app.get('/wrapped', { onRequest: async (request, reply) => docsGate.authenticate(request, reply) }, reach)
}

const PATHS = ['/me', '/admin', '/either', '/wrapped']

t.test('an imported guard refuses every request if no gate is registered for the route', async (t) => {
  const reached: string[] = []
  const { app, lines } = warningApp(t)
  guardedRoutes(app, reached)
  app.setNotFoundHandler({ preHandler: docsGate.authenticate }, async () => 'lost')
  await app.register(async function beside(scope: FastifyInstance) {
    await scope.register(docsGate, GATE)
    scope.get('/in', { onRequest: docsGate.authenticate }, handler)
  })
  await app.ready()
  const { bearer: authorization } = await logIn(app)
  t.equal((await app.inject({ url: '/in', headers: { authorization } })).statusCode, 200)
  for (const url of [...PATHS, '/nothing']) {
    for (const headers of [{}, { authorization }, { authorization, ...NAVIGATION }]) {
      const response = await app.inject({ url, headers })
      t.equal(response.statusCode, 503, url)
      t.strictSame(response.json(), NO_GATE, url)
    }
  }
  t.strictSame(reached, [])
  const [line] = lines.filter(({ err }) => err) as { err: { stack: string } }[]
  t.match(line?.err.stack, /register docsGate in the scope of this route/, 'the log says the remedy')

  for (const request of [undefined, null, {}, { server: null }, { server: {} }, 'text'])
    await t.rejects(docsGate.authenticate(request as object, {}), { code: 'DOCS_GATE_NO_GATE' })
})

t.test('authorize itself as a hook, without scopes, refuses every request', async (t) => {
  const app = newApp(t)
  await app.register(docsGate, GATE)
  for (const [url, authorize] of [
    ['/a', app.authorize],
    ['/b', docsGate.authorize],
  ] as const)
    app.get(url, { onRequest: authorize as unknown as Guard }, async () => 'in')
  const port = await listen(app)
  for (const url of ['/a', '/b']) {
    const answer = await fetch(`http://127.0.0.1:${port}${url}`)
    t.equal(answer.status, 500, url)
    t.match(await answer.json(), { code: 'DOCS_GATE_OPTIONS' })
  }
})

const sends = (url: string, status: number) => ({ url, status })

t.test('an imported guard belongs to the gate of the route’s scope, before or after it', async (t) => {
  const scoped: FastifyPluginAsync = async (scope) => guardedRoutes(scope)
  const apps: Record<string, (app: FastifyInstance) => unknown> = {
    'the gate first': async (app) => {
      await app.register(docsGate, GATE)
      guardedRoutes(app)
    },
    'the routes first': async (app) => {
      guardedRoutes(app)
      await app.register(docsGate, GATE)
    },
    'nothing awaited': (app) => {
      app.register(docsGate, GATE)
      guardedRoutes(app)
    },
    'in a scope that was made before the gate': async (app) => {
      await app.register(scoped)
      await app.register(docsGate, GATE)
    },
    'in a scope that was made after it': async (app) => {
      await app.register(docsGate, GATE)
      await app.register(scoped)
    },
    'by the entry without types': async (app) => {
      await app.register(bare.default, { ...GATE })
      guardedRoutes(app)
    },
  }
  for (const [name, build] of Object.entries(apps)) {
    const app = newApp(t)
    await build(app)
    const [john, jane] = [await logIn(app), await logIn(app, 'jane', 'secret2')]
    const table = [
      [undefined, sends('/me', 401), sends('/admin', 401), sends('/either', 200), sends('/wrapped', 401)],
      [jane.bearer, sends('/me', 200), sends('/admin', 403), sends('/either', 200), sends('/wrapped', 200)],
      [john.bearer, sends('/me', 200), sends('/admin', 200), sends('/either', 200), sends('/wrapped', 200)],
    ] as const
    for (const [authorization, ...rows] of table) {
      for (const { url, status } of rows) {
        const response = await app.inject({ url, headers: authorization ? { authorization } : {} })
        t.equal(response.statusCode, status, `${name}: ${url}`)
        if (status === 200)
          t.equal(response.json().username === null, authorization === undefined, `${name}: ${url}`)
      }
    }
    const navigation = await app.inject({ url: '/me', headers: NAVIGATION })
    t.equal(navigation.headers.location, './auth/login?returnTo=%2Fme', name)
  }
})

t.test('two gates in one app each guard the routes of their scope', async (t) => {
  const app = newApp(t)
  const gated =
    (issuer: string): FastifyPluginAsync =>
    async (scope) => {
      guardedRoutes(scope)
      await scope.register(docsGate, { ...GATE, session: { issuer } })
    }
  await app.register(gated('one'), { prefix: '/one' })
  await app.register(gated('two'), { prefix: '/two' })
  const tokenOf = async (prefix: string): Promise<string> => {
    const headers = { authorization: basic('johndoe', 'secret') }
    const response = await app.inject({ url: `${prefix}/auth/login`, headers })
    return `Bearer ${response.json().access_token}`
  }
  const tokens = { '/one': await tokenOf('/one'), '/two': await tokenOf('/two') }
  for (const [prefix, authorization] of Object.entries(tokens)) {
    for (const other of Object.keys(tokens)) {
      for (const path of ['/me', '/admin', '/wrapped']) {
        const { statusCode } = await app.inject({ url: other + path, headers: { authorization } })
        t.equal(statusCode, prefix === other ? 200 : 401, `${prefix} at ${other}${path}`)
      }
    }
  }
})

t.test('an imported guard on the root leaves the gate’s own login open, and nothing else', async (t) => {
  for (const isEarly of [true, false]) {
    const app = newApp(t)
    if (isEarly) app.addHook('onRequest', docsGate.authenticate)
    await app.register(docsGate, GATE)
    if (!isEarly) app.addHook('onRequest', docsGate.authenticate)
    app.get('/a', handler)
    const statusOf = async (url: string, headers = {}) => (await app.inject({ url, headers })).statusCode
    for (const url of ['/a', '/docs', '/openapi.json', '/docs/static/x', '/nothing'])
      t.equal(await statusOf(url), 401, url)
    t.equal(await statusOf('/auth/login', NAVIGATION), 401)
    t.equal(await statusOf('/auth/style.css'), 200)
    const { bearer: authorization } = await logIn(app)
    t.equal(await statusOf('/a', { authorization }), 200)
    t.equal(await statusOf('/openapi.json', { authorization }), 200)
  }
})

t.test('an imported guard refuses the anonymous handshake of a WebSocket', async (t) => {
  const app = newApp(t)
  app.get('/socket', { onRequest: docsGate.authenticate }, handler)
  await app.register(docsGate, GATE)
  const port = await listen(app)
  const { cookie } = await logIn(app)
  const shake = (more: string) =>
    rawRequest(
      port,
      `GET /socket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`,
    )
  t.match(await shake(''), /^HTTP\/1.1 401 /)
  const upgrade = 'Upgrade: websocket\r\nOrigin: https://evil.example\r\n'
  t.match(await shake(`${upgrade}Cookie: ${cookie}\r\n`), /^HTTP\/1.1 403 /)
})

/** The operations of the app's document that a user reads, each with the scopes that it asks for. */
async function readBy(app: FastifyInstance, username: string, password: string) {
  const { bearer: authorization } = await logIn(app, username, password)
  const { paths } = (await app.inject({ url: '/openapi.json', headers: { authorization } })).json()
  const operations = Object.entries(paths as Record<string, Record<string, { security?: object[] }>>).flatMap(
    ([path, item]) =>
      Object.entries(item).map(([method, { security }]) => [
        `${method} ${path}`,
        Object.values(security?.[0] ?? { none: null })[0],
      ]),
  )
  return Object.fromEntries(operations)
}

t.test('the document has the scopes of imported guards', async (t) => {
  const routes: Build = (app) => {
    app.get('/open', handler)
    app.get('/me', { onRequest: docsGate.authenticate }, handler)
    app.delete('/users', { preHandler: [docsGate.authorize('admin', 'read')] }, handler)
  }
  const builds: Record<string, Build> = {
    'declared after the gate': async (app) => {
      await app.register(docsGate, GATE)
      routes(app)
    },
    'declared before it, in the document of the host’s @fastify/swagger': async (app) => {
      await app.register(fastifySwagger, { openapi: { openapi: '3.1.0' } })
      routes(app)
      await app.register(docsGate, GATE)
    },
  }
  for (const [name, build] of Object.entries(builds)) {
    const app = newApp(t)
    await build(app)
    const john = await readBy(app, 'johndoe', 'secret')
    t.strictSame(Object.keys(john).sort(), ['delete /users', 'get /me', 'get /open'], name)
    t.strictSame(john['delete /users'], ['admin', 'read'], name)
    t.strictSame([john['get /me'], john['get /open']], [[], null], name)
    t.strictSame(Object.keys(await readBy(app, 'jane', 'secret2')).sort(), ['get /me', 'get /open'], name)
  }

  const app = newApp(t)
  app.addHook('onRequest', docsGate.authorize('admin'))
  await app.register(docsGate, GATE)
  app.get('/hooked', handler)
  t.strictSame(await readBy(app, 'johndoe', 'secret'), { 'get /hooked': ['admin'] })
  const jane = await app.docsGate.signIn('jane')
  const headers = { cookie: jane.cookie }
  t.equal((await app.inject({ url: '/hooked', headers })).statusCode, 403)
})

t.test('documentation of the host’s behind an imported guard is not open', async (t) => {
  const app = newApp(t)
  await app.register(fastifySwagger)
  await app.register(async function ownDocs(scope: FastifyInstance) {
    scope.addHook('onRequest', docsGate.authenticate)
    await scope.register(fastifySwaggerUi, { routePrefix: '/own-docs' })
  })
  app.get('/swagger.json', { onRequest: docsGate.authenticate }, async () => app.swagger())
  await app.register(docsGate, GATE)
  await app.ready()
  t.strictSame(await app.docsGate.audit(), [])
  for (const url of ['/own-docs', '/own-docs/json', '/own-docs/static/swagger-ui.css', '/swagger.json'])
    t.equal((await app.inject(url)).statusCode, 401, url)
})
