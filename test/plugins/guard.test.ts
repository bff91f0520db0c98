import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { type AddressInfo, createConnection } from 'node:net'
import { mock } from 'node:test'
import { setImmediate as immediate, setTimeout as wait } from 'node:timers/promises'
import fastifyCookie from '@fastify/cookie'
import fastifyHelmet from '@fastify/helmet'
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import t from 'tap'
import docsGate, {
  type DocsGateOptions,
  type Guard,
  type Session,
  type SessionStore,
} from '../../plugins/index.ts'
import {
  basic,
  cookieHeader,
  decodeToken,
  FORM,
  forgeToken,
  HASHES,
  listen,
  logIn,
  NAVIGATION,
  rawRequest,
  SECRET,
  setCookies,
  testApp,
  USERS,
} from '../helper.ts'

const MISSING = 'Bearer realm="API documentation"'
const INVALID = `${MISSING}, error="invalid_token"`
const FORBIDDEN = `${MISSING}, error="insufficient_scope", scope="admin"`

const UNAUTHENTICATED = {
  statusCode: 401,
  code: 'DOCS_GATE_UNAUTHENTICATED',
  error: 'Unauthorized',
  message: 'You have to log in first.',
}
const INVALID_TOKEN = {
  statusCode: 401,
  code: 'DOCS_GATE_INVALID_TOKEN',
  error: 'Unauthorized',
  message: 'The token is not valid, or no longer valid.',
}
const CROSS_ORIGIN = {
  statusCode: 403,
  code: 'DOCS_GATE_CROSS_ORIGIN',
  error: 'Forbidden',
  message: 'This request came from another origin and is not allowed to.',
}
const SCOPE_MISSING = {
  statusCode: 403,
  code: 'DOCS_GATE_FORBIDDEN',
  error: 'Forbidden',
  message: 'Your account does not have the scope that this needs.',
}

type Headers = Record<string, string>

const START = Date.UTC(2030, 0, 1)

/** The clock of a test, held still; before the app is made, so that the app reads it. */
function stopClock(t: { teardown(run: () => unknown): unknown }): void {
  mock.timers.enable({ apis: ['Date'], now: START })
  t.teardown(() => mock.timers.reset())
}
const passSeconds = (seconds: number): void => mock.timers.tick(seconds * 1000)

const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

/** Sessions that take a turn to look up, as those of another process do. */
function slowStore(): SessionStore {
  const sessions = new Map<string, Session>()
  return {
    get: async (id) => sessions.get(id),
    set: async (session) => void sessions.set(session.id, session),
    delete: async (id) => void sessions.delete(id),
    list: async () => [...sessions.values()],
  }
}

type AnyHook = (...arguments_: never[]) => unknown

// How hosts put a guard into a hook.
const CALLS: Record<string, (guard: Guard) => AnyHook> = {
  itself: (guard) => guard,
  awaited: (guard) => async (request: FastifyRequest, reply: FastifyReply) => {
    await guard(request, reply)
  },
  'handed on': (guard) => (request: FastifyRequest, reply: FastifyReply) => guard(request, reply),
  // Fastify refuses an async hook that takes `done`, and does not see that this one does.
  'awaited with all arguments': (guard) =>
    async function any(...all: never[]) {
      await (guard as AnyHook)(...all)
    },
  'handed on with all arguments': (guard) =>
    function any(...all: never[]) {
      return (guard as AnyHook)(...all)
    },
}

/** Asks, and goes away when it is being held. */
async function leaveSocket(
  app: FastifyInstance,
  port: number,
  url: string,
  headers: Headers,
  isHeld: () => boolean,
): Promise<void> {
  const closed = new Promise((resolve) =>
    app.server.once('connection', (socket) => socket.once('close', resolve)),
  )
  const socket = createConnection(port, '127.0.0.1').on('error', () => {})
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`GET ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  while (!isHeld()) await wait(1)
  socket.resetAndDestroy()
  await closed
}

async function leaveStream(
  app: FastifyInstance,
  port: number,
  url: string,
  headers: Headers,
  isHeld: () => boolean,
): Promise<void> {
  const closed = new Promise((resolve) =>
    app.server.once('stream', (stream) => stream.once('close', resolve)),
  )
  const client = connect(`http://127.0.0.1:${port}`)
  const stream = client.request({ ':path': url, ...headers }).on('error', () => {})
  stream.end()
  while (!isHeld()) await wait(1)
  stream.close(constants.NGHTTP2_CANCEL)
  await closed
  client.destroy()
}

for (const [kind, gate] of Object.entries({ memory: {}, slow: { session: { store: slowStore() } } })) {
  t.test(`a guard is any request hook, of a route or of a scope; ${kind} sessions`, async (t) => {
    let handled = 0
    const handler = async (request: FastifyRequest) => {
      handled++
      return { user: request.user?.username ?? null, body: request.body ?? null }
    }
    const app = await testApp(t, {
      gate,
      after(app) {
        // Until it is over an answer is not sent, and Fastify would go on where a hook says so.
        app.addHook('onSend', async () => {
          await wait(1)
        })
        const guards = {
          authenticate: app.authenticate,
          authorize: app.authorize('admin'),
          identify: app.identify,
        }
        for (const hook of HOOKS) {
          for (const [name, guard] of Object.entries(guards)) {
            for (const [call, put] of Object.entries(CALLS)) {
              const url = `/route/${call}/${name}/${hook}`
              app.route({ method: ['GET', 'POST'], url, [hook]: put(guard), handler })
            }
            const scoped: FastifyPluginAsync = async (scope) => {
              scope.addHook(hook as 'onRequest', guard)
              scope.route({ method: ['GET', 'POST'], url: `/scope/${name}/${hook}`, handler })
            }
            void app.register(scoped)
          }
        }
      },
    })
    const john = await logIn(app)
    const jane = await logIn(app, 'jane', 'secret2')
    const payload = { a: 1 }

    for (const where of ['scope', ...Object.keys(CALLS).map((call) => `route/${encodeURIComponent(call)}`)]) {
      for (const hook of HOOKS) {
        for (const method of ['GET', 'POST'] as const) {
          const ask = (name: string, headers: Headers) =>
            app.inject({
              method,
              url: `/${where}/${name}/${hook}`,
              headers,
              ...(method === 'POST' && { payload }),
            })
          const body = method === 'POST' ? payload : null
          const title = `${where} ${hook} ${method}`
          handled = 0

          for (const guard of ['authenticate', 'authorize']) {
            const anonymous = await ask(guard, {})
            t.equal(anonymous.statusCode, 401, `${title} ${guard}`)
            t.same(anonymous.json(), UNAUTHENTICATED)
            t.equal(anonymous.headers['www-authenticate'], MISSING)
            t.equal(anonymous.headers['cache-control'], 'no-store')
            const bad = await ask(guard, { authorization: 'Bearer bad' })
            t.same(bad.json(), INVALID_TOKEN)
            t.equal(bad.headers['www-authenticate'], INVALID)
          }
          const lacking = await ask('authorize', { cookie: jane.cookie })
          t.equal(lacking.statusCode, 403)
          t.same(lacking.json(), SCOPE_MISSING)
          t.equal(lacking.headers['www-authenticate'], FORBIDDEN)
          t.equal(lacking.headers['cache-control'], 'no-store')
          t.equal(handled, 0, 'no handler has run')

          for (const guard of ['authenticate', 'authorize', 'identify']) {
            for (const headers of [{ authorization: john.bearer }, { cookie: john.cookie }]) {
              handled = 0
              const response = await ask(guard, headers)
              t.equal(response.statusCode, 200)
              t.equal(handled, 1, 'the handler has run once')
              t.same(response.json(), { user: 'johndoe', body })
            }
          }
          for (const headers of [{}, { authorization: 'Bearer bad' }, { cookie: 'docs-gate=bad' }]) {
            const response = await ask('identify', headers)
            t.equal(response.statusCode, 200)
            t.same(response.json(), { user: null, body })
            t.equal(response.headers['www-authenticate'], undefined)
          }
        }
      }
    }
    handled = 0
    for (const hook of HOOKS) {
      const url = `/scope/authenticate/${hook}`
      const navigation = await app.inject({ url, headers: NAVIGATION })
      t.equal(navigation.statusCode, 303)
      t.equal(navigation.headers.location, `../../auth/login?returnTo=${encodeURIComponent(url)}`)
      t.equal(navigation.body, '')
      for (const call of Object.keys(CALLS)) {
        const called = `/route/${encodeURIComponent(call)}/authorize/${hook}`
        t.equal((await app.inject({ url: called, headers: NAVIGATION })).statusCode, 303, called)
      }
    }
    t.equal(handled, 0, 'no handler has run')
  })
}

const LATE_OR_EARLY = ['onRequest', 'preHandler'] as const

for (const http2 of [false, true]) {
  t.test(`who goes away before the answer does not get in; HTTP/${http2 ? 2 : 1}`, async (t) => {
    let handled = 0
    let held = 0
    const handler = async () => ++handled
    const holding: (() => void)[] = []
    const hold = () => new Promise<void>((resolve) => holding.push(resolve))
    const released = async () => {
      for (const release of holding.splice(0)) release()
      // What a request that went on would do: hooks, and the handler.
      for (let turn = 0; turn < 10; turn++) await immediate()
    }
    const app = await testApp(t, {
      server: (http2 ? { http2 } : {}) as object,
      after(app) {
        app.addHook('onRequest', async ({ headers }) => {
          if (headers['x-hold'] === 'request') await hold()
        })
        app.addHook('onSend', async ({ headers }) => {
          if (headers['x-hold'] !== 'answer') return
          held++
          await hold()
        })
        const guards = [
          app.authenticate,
          app.authorize('admin'),
          app.authorize({ scopes: ['admin'], redirectTo: '/open' }),
        ]
        for (const [call, put] of Object.entries(CALLS)) {
          for (const [index, guard] of guards.entries()) {
            for (const hook of LATE_OR_EARLY)
              app.get(`/${call}/${index}/${hook}`, { [hook]: put(guard) }, handler)
          }
        }
      },
    })
    const port = await listen(app)
    const urls = Object.keys(CALLS).flatMap((call) =>
      [0, 1, 2].flatMap((index) =>
        LATE_OR_EARLY.map((hook) => `/${encodeURIComponent(call)}/${index}/${hook}`),
      ),
    )
    for (const where of ['request', 'answer']) {
      for (const accept of ['text/html', 'application/json']) {
        for (const url of urls) {
          const headers = { accept, 'x-hold': where }
          await (http2 ? leaveStream : leaveSocket)(app, port, url, headers, () => holding.length > 0)
          await released()
          // Its own onSend, where the request was held before the guard.
          await released()
          t.equal(handled, 0, `${where} ${accept} ${url}`)
        }
      }
    }
    t.ok(held >= 2 * urls.length)
    t.equal((await app.inject({ url: '/open' })).statusCode, 200, 'the app lives')
  })
}

t.test('a guard that fails lets nobody in, whatever is thrown', async (t) => {
  for (const thrown of [undefined, null, 0, '', 'admitted', 'answered', {}, new Error('mine')]) {
    let handled = 0
    const app = Fastify({
      trustProxy() {
        throw thrown
      },
    })
    t.teardown(() => app.close())
    await app.register(docsGate, { users: USERS, secret: SECRET })
    const handler = async () => ++handled
    app.get('/guarded', { onRequest: app.authenticate }, handler)
    app.get('/awaited', { onRequest: async (request, reply) => app.authenticate(request, reply) }, handler)
    app.get('/identified', { onRequest: app.identify }, handler)
    const headers = { authorization: 'Bearer bad', 'x-forwarded-for': '192.0.2.1' }
    for (const url of ['/guarded', '/awaited', '/docs', '/openapi.json']) {
      t.equal((await app.inject({ url, headers })).statusCode, 500, `${String(thrown)} ${url}`)
    }
    t.equal(handled, 0)
    t.equal((await app.inject({ url: '/identified', headers })).statusCode, 200)
  }
})

t.test('a guard on the root scope lets those pass on the ways out whom it would refuse', async (t) => {
  const app = await testApp(t, { after: (app) => void app.addHook('onRequest', app.authorize('admin')) })
  const { access_token: token } = await app.docsGate.signIn('jane')
  const authorization = `Bearer ${token}`
  t.equal((await app.inject({ url: '/open', headers: { authorization } })).statusCode, 403)
  const out = await app.inject({ method: 'POST', url: '/auth/logout', headers: { authorization } })
  t.equal(out.statusCode, 303, 'a scope is missing')

  const get = () => Promise.reject(new Error('down'))
  const store = { get, set: async () => {}, delete: async () => {}, list: async () => [] }
  const down = await testApp(t, {
    gate: { session: { store } },
    after: (app) => void app.addHook('onRequest', app.authenticate),
  })
  const { cookie } = await down.docsGate.signIn('johndoe')
  t.equal((await down.inject({ url: '/open', headers: { cookie } })).statusCode, 503)
  t.equal(
    (await down.inject({ url: '/auth/logged-out', headers: { cookie } })).statusCode,
    200,
    'a store is down',
  )
})

t.test('a guard on the root scope guards everything but the ways in and out', async (t) => {
  for (const scopes of [undefined, 'admin'] as const) {
    for (const hook of ['onRequest', 'preHandler'] as const) {
      const app = await testApp(t, {
        after(app) {
          app.addHook(hook, scopes === undefined ? app.authenticate : app.authorize(scopes))
          app.get('/late', async () => 'late')
        },
      })
      const title = `${hook} ${scopes ?? 'authenticate'}`
      const page = await app.inject({ url: '/auth/login', headers: NAVIGATION })
      t.equal(page.statusCode, 401, title)
      t.equal(page.headers['www-authenticate'], 'Basic realm="API documentation", charset="UTF-8"')
      t.match(page.body, '<h1>Sign in to API documentation</h1>')
      const john = await logIn(app)
      t.type(john.token, 'string')
      const form = await app.inject({
        method: 'POST',
        url: '/auth/login',
        headers: FORM,
        payload: 'username=johndoe&password=secret',
      })
      t.equal(form.statusCode, 200)
      const token = await app.inject({
        method: 'POST',
        url: '/auth/token',
        headers: FORM,
        payload: 'grant_type=password&username=johndoe&password=secret',
      })
      t.equal(token.statusCode, 200)
      const revoke = await app.inject({
        method: 'POST',
        url: '/auth/revoke',
        headers: FORM,
        payload: `token=${token.json<{ access_token: string }>().access_token}`,
      })
      t.equal(revoke.statusCode, 200)
      for (const url of ['/auth/logout', '/auth/logged-out']) {
        const response = await app.inject({ url, headers: { accept: 'text/html' } })
        t.equal(response.statusCode, 200, url)
      }
      const me = await app.inject({ url: '/auth/me', headers: NAVIGATION })
      t.equal(me.statusCode, 401)
      t.equal(me.json().code, 'DOCS_GATE_UNAUTHENTICATED')
      for (const url of [
        '/late',
        '/open',
        '/users/me',
        '/docs',
        '/openapi.json',
        '/nowhere',
        '/auth/nowhere',
      ]) {
        const anonymous = await app.inject(url)
        t.equal(anonymous.statusCode, 401, `${title} ${url}`)
        t.equal(anonymous.json().code, 'DOCS_GATE_UNAUTHENTICATED')
      }
      for (const [url, status] of [
        ['/late', 200],
        ['/docs', 200],
        ['/openapi.json', 200],
        ['/nowhere', 404],
      ] as const) {
        const response = await app.inject({ url, headers: { cookie: john.cookie } })
        t.equal(response.statusCode, status, `${title} ${url}`)
      }
    }
  }
})

t.test('request.user says who it is and how they came', async (t) => {
  stopClock(t)
  const app = await testApp(t)
  const { token, bearer, cookie } = await logIn(app)
  const { claims } = decodeToken(token)
  const user = {
    username: 'johndoe',
    issuer: 'docs-gate',
    subject: 'johndoe',
    scopes: ['admin', 'read'],
    name: 'John Doe',
    email: 'john@example.com',
    sessionId: claims['sid'],
    expiresAt: START + 1800 * 1000,
  }
  const byBearer = await app.inject({ url: '/users/me', headers: { authorization: bearer } })
  t.same(byBearer.json(), { ...user, authenticatedBy: 'bearer' })
  const byCookie = await app.inject({ url: '/users/me', headers: { cookie } })
  t.same(byCookie.json(), { ...user, authenticatedBy: 'cookie' })
  const jane = await logIn(app, 'jane', 'secret2')
  const plain = await app.inject({ url: '/users/me', headers: { authorization: jane.bearer } })
  t.strictSame(Object.keys(plain.json()).sort(), [
    'authenticatedBy',
    'expiresAt',
    'issuer',
    'scopes',
    'sessionId',
    'subject',
    'username',
  ])
  const open = await app.inject({ url: '/open', headers: { authorization: bearer } })
  t.same(open.json(), { user: null }, 'a route without a guard has no user')
})

t.test('a navigation is sent to the login with the way back, by a relative reference', async (t) => {
  const behindPrefix = (app: FastifyInstance) => {
    app.get('/', { onRequest: app.authenticate }, async () => 'root')
    app.get('/a/b/c', { onRequest: app.authenticate }, async () => 'deep')
    app.get('/auth/extra', { onRequest: app.authenticate }, async () => 'extra')
  }
  const app = await testApp(t, { after: behindPrefix })
  const table: [url: string, location: string][] = [
    ['/', './auth/login?returnTo=%2F'],
    ['/users/me', '../auth/login?returnTo=%2Fusers%2Fme'],
    ['/a/b/c', '../../auth/login?returnTo=%2Fa%2Fb%2Fc'],
    ['/users/me?a=1&b=%20x#', '../auth/login?returnTo=%2Fusers%2Fme%3Fa%3D1%26b%3D%2520x'],
    ['/users/me?q=<script>"', '../auth/login?returnTo=%2Fusers%2Fme%3Fq%3D%253Cscript%253E%2522'],
    // Under routePrefix: the way back is dropped.
    ['/auth/extra', '../auth/login'],
  ]
  for (const [url, location] of table) {
    for (const method of ['GET', 'HEAD'] as const) {
      for (const credential of [
        {},
        { authorization: 'Bearer bad' },
        { cookie: 'docs-gate=bad' },
      ] as Headers[]) {
        const response = await app.inject({ method, url, headers: { ...NAVIGATION, ...credential } })
        t.equal(response.statusCode, 303, `${method} ${url}`)
        t.equal(response.headers.location, location)
        t.equal(response.headers['cache-control'], 'no-store')
        t.equal(response.headers['www-authenticate'], undefined)
        t.strictSame(setCookies(response), [], 'a cookie that is over stays, for the login to see')
        t.equal(response.body, '')
      }
    }
  }
  // Nothing is built from the Host header, and the absolute form is no other site.
  const port = await listen(app)
  const raw = await rawRequest(
    port,
    'GET http://evil.example/users/me HTTP/1.1\r\nhost: evil.example\r\naccept: text/html\r\nconnection: close\r\n\r\n',
  )
  t.match(raw, /^HTTP\/1\.1 303 /)
  t.match(raw, /\r\nlocation: \.\.\/auth\/login\?returnTo=%2Fusers%2Fme\r\n/)
  t.notMatch(raw, 'evil')

  const outer = Fastify()
  t.teardown(() => outer.close())
  const api: FastifyPluginAsync = async (scope) => {
    await scope.register(docsGate, { users: USERS, secret: SECRET })
    behindPrefix(scope)
  }
  await outer.register(api, { prefix: '/api/v1' })
  const prefixed = await outer.inject({ url: '/api/v1/a/b/c', headers: NAVIGATION })
  t.equal(prefixed.headers.location, '../../../../api/v1/auth/login?returnTo=%2Fapi%2Fv1%2Fa%2Fb%2Fc')
})

t.test(
  'a navigation is GET or HEAD, ranks text/html above JSON, and says navigate if it says anything',
  async (t) => {
    const app = await testApp(t)
    const table: [headers: Headers, isNavigation: boolean][] = [
      [{}, false],
      [{ accept: '*/*' }, false],
      [{ accept: 'application/json' }, false],
      [{ accept: 'text/html' }, true],
      [{ accept: 'text/*' }, true],
      [{ accept: 'text/html, */*' }, true],
      [{ accept: 'text/html;q=0.8, */*' }, false],
      [{ accept: 'text/html, application/json' }, true],
      [{ accept: 'application/json, text/html' }, false],
      [{ accept: 'text/html;q=0.9, application/json' }, false],
      [{ accept: 'application/json;q=0.9, text/html' }, true],
      [{ accept: 'text/html;q=0' }, false],
      [{ accept: ',,;q=' }, false],
      [{ accept: NAVIGATION.accept }, true],
      [{ accept: 'text/html', 'sec-fetch-mode': 'navigate' }, true],
      [{ accept: 'text/html', 'sec-fetch-mode': 'cors' }, false],
      [{ accept: 'text/html', 'sec-fetch-mode': 'no-cors' }, false],
      [{ accept: 'text/html', 'sec-fetch-mode': '' }, false],
      [{ accept: '*/*', 'sec-fetch-mode': 'navigate' }, false],
    ]
    for (const [headers, isNavigation] of table) {
      const response = await app.inject({ url: '/users/me', headers })
      t.equal(response.statusCode, isNavigation ? 303 : 401, JSON.stringify(headers))
    }
    const post = await app.inject({ method: 'POST', url: '/users/me', headers: NAVIGATION })
    t.equal(post.statusCode, 401, 'a post is none')
  },
)

t.test('authorize asks for all scopes, and redirectTo is for browsers that may not enter', async (t) => {
  const app = await testApp(t, {
    after(app) {
      const routes: Record<string, Guard> = {
        '/both': app.authorize('admin', 'read'),
        '/list': app.authorize({ scopes: ['admin', 'other'] }),
        '/sent': app.authorize({ scopes: ['admin'], redirectTo: '/access/denied' }),
        '/query': app.authorize({ scopes: ['admin'], redirectTo: '/denied?why=scope' }),
        '/hash': app.authorize({ scopes: ['admin'], redirectTo: '/denied?why=scope#help' }),
        '/url': app.authorize({ scopes: ['admin'], redirectTo: 'https://www.example.com/denied' }),
      }
      for (const [url, onRequest] of Object.entries(routes)) app.get(url, { onRequest }, async () => 'in')
      app.get('/deep/sent', { preHandler: routes['/sent'] as Guard }, async () => 'in')
    },
  })
  const john = await logIn(app)
  const jane = await logIn(app, 'jane', 'secret2')
  const answers = async (url: string, headers: Headers) => {
    const { statusCode, headers: sent } = await app.inject({ url, headers })
    return [statusCode, sent.location ?? sent['www-authenticate']]
  }
  const asking = (scope: string) => `${MISSING}, error="insufficient_scope", scope="${scope}"`

  t.strictSame(await answers('/both', { cookie: john.cookie }), [200, undefined])
  t.strictSame(await answers('/both', { cookie: jane.cookie }), [403, asking('admin read')])
  t.strictSame(await answers('/list', { cookie: john.cookie }), [403, asking('admin other')])
  t.strictSame(await answers('/both', { ...NAVIGATION, cookie: jane.cookie }), [403, asking('admin read')])
  t.strictSame(await answers('/both', NAVIGATION), [303, './auth/login?returnTo=%2Fboth'])

  const table: [url: string, location: string][] = [
    ['/sent', './access/denied?returnTo=%2Fsent'],
    ['/sent?a=b', './access/denied?returnTo=%2Fsent%3Fa%3Db'],
    ['/deep/sent', '../access/denied?returnTo=%2Fdeep%2Fsent'],
    ['/query', './denied?why=scope&returnTo=%2Fquery'],
    ['/hash', './denied?why=scope&returnTo=%2Fhash#help'],
    ['/url', 'https://www.example.com/denied?returnTo=%2Furl'],
  ]
  for (const [url, location] of table) {
    t.strictSame(await answers(url, NAVIGATION), [303, location], `${url}, anonymous`)
    t.strictSame(await answers(url, { ...NAVIGATION, cookie: jane.cookie }), [303, location], `${url}, jane`)
    t.strictSame(await answers(url, { ...NAVIGATION, cookie: john.cookie }), [200, undefined], `${url}, john`)
    t.strictSame(await answers(url, {}), [401, MISSING], `${url}, a program`)
    t.strictSame(await answers(url, { cookie: jane.cookie }), [403, FORBIDDEN], `${url}, jane's program`)
  }

  const wrong: unknown[][] = [[], [''], ['a b'], [1], [{ scopes: [] }], [{}], [{ scopes: 'admin' }], [null]]
  const authorize = app.authorize as (...options: unknown[]) => Guard
  for (const options of wrong) {
    let error: unknown
    try {
      authorize(...options)
    } catch (thrown) {
      error = thrown
    }
    t.ok(error instanceof TypeError, JSON.stringify(options))
    t.equal((error as { code: unknown }).code, 'DOCS_GATE_OPTIONS')
  }
})

t.test('a Bearer header is judged alone, and every other scheme is ignored', async (t) => {
  const app = await testApp(t)
  const john = await logIn(app)
  const jane = await logIn(app, 'jane', 'secret2')
  const bad = [
    'Bearer',
    'Bearer bad',
    'bearer bad',
    'BEARER bad',
    `Bearer ${john.token} x`,
    `Bearer "${john.token}"`,
    `Bearer ${john.token},`,
    `Bearer token=${john.token}`,
  ]
  for (const authorization of bad) {
    const response = await app.inject({ url: '/users/me', headers: { authorization, cookie: john.cookie } })
    t.equal(response.statusCode, 401, authorization.slice(0, 20))
    t.same(response.json(), INVALID_TOKEN)
    t.equal(response.headers['www-authenticate'], INVALID)
  }
  for (const authorization of [`Bearer ${jane.token}`, `bearer ${jane.token}`, `BEARER   ${jane.token}`]) {
    const response = await app.inject({ url: '/users/me', headers: { authorization, cookie: john.cookie } })
    t.equal(response.json().username, 'jane', authorization.slice(0, 10))
  }
  const ignored = [
    basic('jane', 'secret2'),
    'Basic !!',
    'Digest username="x"',
    'Negotiate abc',
    `Bearers ${jane.token}`,
    `Token ${jane.token}`,
    jane.token,
    ' ',
  ]
  for (const authorization of ignored) {
    const response = await app.inject({ url: '/users/me', headers: { authorization, cookie: john.cookie } })
    t.equal(response.json().username, 'johndoe', authorization.slice(0, 10))
    const alone = await app.inject({ url: '/users/me', headers: { authorization } })
    t.same(alone.json(), UNAUTHENTICATED, 'and is no credential')
    t.equal(alone.headers['www-authenticate'], MISSING)
  }
  const port = await listen(app)
  const twice = await rawRequest(
    port,
    `GET /users/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${jane.bearer}\r\nAuthorization: ${john.bearer}\r\n\r\n`,
  )
  t.match(twice, /^HTTP\/1\.1 401 /, 'two Bearer headers are none that is good')
  t.match(twice, '"code":"DOCS_GATE_INVALID_TOKEN"')
})

t.test('the good one among the cookies of the name counts, wherever it stands', async (t) => {
  const app = await testApp(t)
  const john = await logIn(app)
  const jane = await logIn(app, 'jane', 'secret2')
  const { token } = john
  const table: [cookie: string, username: string | null][] = [
    [`docs-gate=${token}`, 'johndoe'],
    [`docs-gate=junk; docs-gate=${token}`, 'johndoe'],
    [`docs-gate=${token}; docs-gate=junk`, 'johndoe'],
    [`docs-gate=junk; docs-gate=; docs-gate=x.y.z; docs-gate=${token}`, 'johndoe'],
    [`docs-gate=${jane.token}; docs-gate=${token}`, 'jane'],
    [`other=1;docs-gate=${token};another=2`, 'johndoe'],
    [`;;docs-gate=${token};;`, 'johndoe'],
    [`docs-gate=${token}  `, 'johndoe'],
    ['docs-gate=junk; docs-gate=more', null],
    [`docs-gate="${token}"`, null],
    [`docs-gate=${token.replaceAll('.', '%2E')}`, null],
    [`docs-gate=%64${token.slice(1)}`, null],
    [`docs-gate=${token}x`, null],
    [`docs-gate=${'x'.repeat(8000)}`, null],
    ['docs-gate=%', null],
  ]
  for (const [cookie, username] of table) {
    const response = await app.inject({ url: '/users/me', headers: { cookie } })
    const title = cookie.length > 60 ? `${cookie.slice(0, 60)}…` : cookie
    if (username === null) {
      t.equal(response.statusCode, 401, title)
      t.same(response.json(), INVALID_TOKEN)
    } else {
      t.equal(response.statusCode, 200, title)
      t.equal(response.json().username, username)
    }
  }
  const none = ['', 'docs-gate', 'docs-gate=', 'docs-gate=;', `xdocs-gate=${token}`, `Docs-Gate=${token}`]
  for (const cookie of [...none, `__Host-docs-gate=${token}`, `x=docs-gate=${token}`]) {
    const response = await app.inject({ url: '/users/me', headers: { cookie } })
    t.same(response.json(), UNAUTHENTICATED, cookie.slice(0, 20))
  }
})

t.test('a cookie on an unsafe method obeys the cross-origin rules', async (t) => {
  const app = await testApp(t, {
    gate: { trustedOrigins: ['https://app.example.com'] },
    after(app) {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
        app.route({ method, url: '/users/me', onRequest: app.authenticate, handler: async () => 'ok' })
      }
      app.post('/maybe', { onRequest: app.identify }, async ({ user }) => ({ user: user?.username ?? null }))
    },
  })
  const { bearer, cookie } = await logIn(app)
  const host = 'service.example:8080'
  const trusted = 'https://app.example.com'
  const table: [headers: Headers, passes: boolean][] = [
    [{}, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'SAME-ORIGIN' }, false],
    [{ 'sec-fetch-site': '' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://service.example:8080' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: trusted }, true],
    [{ 'sec-fetch-site': 'same-site', origin: trusted }, true],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com:444' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://app.example.com' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com.evil.example' }, false],
    [{ origin: 'http://service.example:8080' }, true],
    [{ origin: 'https://service.example:8080' }, true],
    [{ origin: 'http://SERVICE.example:8080' }, true],
    [{ origin: 'http://service.example' }, false],
    [{ origin: 'http://service.example:8081' }, false],
    [{ origin: 'http://evil.example' }, false],
    [{ origin: 'http://service.example:8080.evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ origin: 'service.example:8080' }, false],
    [{ origin: trusted }, true],
  ]
  for (const [headers, passes] of table) {
    const title = JSON.stringify(headers)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const response = await app.inject({ method, url: '/users/me', headers: { host, cookie, ...headers } })
      t.equal(response.statusCode, passes ? 200 : 403, `${method} ${title}`)
      if (passes) continue
      t.same(response.json(), CROSS_ORIGIN)
      t.equal(response.headers['www-authenticate'], undefined)
      t.equal(response.headers['cache-control'], 'no-store')
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
      const safe = await app.inject({ method, url: '/users/me', headers: { host, cookie, ...headers } })
      t.equal(safe.statusCode, 200, `${method} ${title}`)
    }
    const byBearer = await app.inject({
      method: 'POST',
      url: '/users/me',
      headers: { host, cookie, authorization: bearer, ...headers },
    })
    t.equal(byBearer.statusCode, 200, 'a Bearer token is nothing that a browser sends by itself')
    const anonymous = await app.inject({ method: 'POST', url: '/users/me', headers: { host, ...headers } })
    t.same(anonymous.json(), UNAUTHENTICATED, 'without a cookie there is nothing to spend')
    const maybe = await app.inject({ method: 'POST', url: '/maybe', headers: { host, cookie, ...headers } })
    t.same(maybe.json(), { user: passes ? 'johndoe' : null })
  }
})

t.test('a session in use is renewed after half of its idle time, by a cookie, once', async (t) => {
  stopClock(t)
  const app = await testApp(t, {
    gate: { session: { idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 250 } },
    async before(app) {
      await app.register(fastifyCookie)
    },
    after(app) {
      app.get('/maybe', { onRequest: app.identify }, async ({ user }) => ({ user: user?.username ?? null }))
      app.get(
        '/twice',
        { onRequest: [app.identify, app.authenticate], preHandler: app.authorize('admin') },
        async (_request, reply) => reply.setCookie('host', '1').send({}),
      )
    },
  })
  const { bearer, cookie } = await logIn(app)
  const ask = (url: string, headers: Headers) => app.inject({ url, headers })

  passSeconds(49)
  t.strictSame(setCookies(await ask('/users/me', { cookie })), [], 'before half of it there is no new one')
  passSeconds(1)
  for (const purpose of [{ 'sec-purpose': 'prefetch;prerender' }, { purpose: 'prefetch' }]) {
    const ahead = await ask('/users/me', { cookie, ...purpose })
    t.equal(ahead.statusCode, 200)
    t.strictSame(setCookies(ahead), [], 'what is fetched ahead renews nothing')
    t.strictSame(setCookies(await ask('/auth/me', { cookie, ...purpose })), [])
    t.strictSame(setCookies(await ask('/docs', { cookie, ...NAVIGATION, ...purpose })), [])
  }
  const responses = await Promise.all(['/users/me', '/maybe', '/users/me'].map((url) => ask(url, { cookie })))
  const renewals = responses.flatMap(setCookies)
  t.equal(renewals.length, 3)
  t.equal(new Set(renewals).size, 1, 'requests at the same time get the same new one')
  t.match(renewals[0], /^docs-gate=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/)
  const renewed = cookieHeader(renewals[0])
  t.not(renewed, cookie)
  const twice = setCookies(await ask('/twice', { cookie }))
  t.strictSame(twice.map((value) => value.split('=', 1)[0]).sort(), ['docs-gate', 'host'])
  t.strictSame(
    setCookies(await ask('/users/me', { authorization: bearer })),
    [],
    'a Bearer token is not renewed',
  )
  t.strictSame(setCookies(await ask('/users/me', { authorization: bearer, cookie })), [])
  const asset = await ask('/docs/static/swagger-ui.css', { cookie })
  t.equal(asset.statusCode, 200)
  t.strictSame(setCookies(asset), [], 'what a cache may keep sets no cookie')
  const lacking = await app.inject({ method: 'POST', url: '/users/me', headers: { cookie, origin: 'null' } })
  t.strictSame(setCookies(lacking), [], 'a refusal renews nothing')

  passSeconds(50)
  t.same((await ask('/users/me', { cookie })).json(), INVALID_TOKEN, 'the old token has expired')
  t.same((await ask('/users/me', { authorization: bearer })).json(), INVALID_TOKEN)
  const second = await ask('/users/me', { cookie: renewed })
  t.equal(second.json().username, 'johndoe')
  const last = cookieHeader(setCookies(second))
  passSeconds(99)
  t.equal((await ask('/users/me', { cookie: last })).statusCode, 200)
  const final = cookieHeader(setCookies(await ask('/users/me', { cookie: last })))
  t.equal((await ask('/users/me', { cookie: final })).json().expiresAt, START + 250_000)
  passSeconds(51)
  t.same((await ask('/users/me', { cookie: final })).json(), INVALID_TOKEN, 'however much it is used')
})

t.test('the host decides what a refusal looks like', async (t) => {
  const shape = (app: FastifyInstance) =>
    app.setErrorHandler<Error & { code?: string; statusCode?: number }>(async (error, _request, reply) => {
      reply.code(error.statusCode ?? 500)
      return { problem: error.code, title: error.message }
    })
  for (const options of [{ before: shape }, { after: shape }]) {
    const app = await testApp(t, options)
    const jane = await logIn(app, 'jane', 'secret2')
    const table: [
      url: string,
      headers: Headers,
      status: number,
      code: string,
      challenge: string | undefined,
    ][] = [
      ['/users/me', {}, 401, 'DOCS_GATE_UNAUTHENTICATED', MISSING],
      ['/auth/me', {}, 401, 'DOCS_GATE_UNAUTHENTICATED', MISSING],
      ['/openapi.json', {}, 401, 'DOCS_GATE_UNAUTHENTICATED', MISSING],
      ['/users/me', { authorization: 'Bearer x' }, 401, 'DOCS_GATE_INVALID_TOKEN', INVALID],
      ['/admin', { cookie: jane.cookie }, 403, 'DOCS_GATE_FORBIDDEN', FORBIDDEN],
      ['/auth/login', { 'sec-fetch-site': 'cross-site' }, 403, 'DOCS_GATE_CROSS_ORIGIN', undefined],
    ]
    for (const [url, headers, status, code, challenge] of table) {
      const response = await app.inject({ url, headers })
      t.equal(response.statusCode, status, url)
      t.match(response.json(), { problem: code, title: /\.$/ })
      t.equal(response.headers['www-authenticate'], challenge)
      t.equal(response.headers['cache-control'], 'no-store')
    }
  }
})

t.test('decoratorName names the property, and one that the host has decorated is shared', async (t) => {
  const named = await testApp(t, {
    gate: { decoratorName: 'reader' },
    after(app) {
      app.get('/who', { onRequest: app.authenticate }, async (request) => {
        const { reader } = request as unknown as { reader: { username: string } }
        return { reader: reader.username, hasUser: 'user' in request }
      })
      app.get('/nobody', async (request) => (request as unknown as { reader: unknown }).reader)
    },
  })
  const { cookie } = await logIn(named)
  t.same((await named.inject({ url: '/who', headers: { cookie } })).json(), {
    reader: 'johndoe',
    hasUser: false,
  })
  t.equal((await named.inject('/nobody')).body, 'null')
  t.equal((await named.inject({ url: '/docs', headers: { cookie } })).statusCode, 200)

  const shared = await testApp(t, {
    before(app) {
      app.decorateRequest('user', null)
      app.addHook('onRequest', async (request) => {
        request.user = { username: "the host's" } as unknown as FastifyRequest['user']
      })
    },
    after(app) {
      app.get('/maybe', { onRequest: app.identify }, async (request) => ({ user: request.user }))
    },
  })
  const john = await logIn(shared)
  t.same((await shared.inject('/open')).json(), { user: { username: "the host's" } })
  t.equal(
    (await shared.inject({ url: '/users/me', headers: { cookie: john.cookie } })).json().username,
    'johndoe',
  )
  t.equal((await shared.inject('/users/me')).statusCode, 401, 'what the host has set lets nobody in')
  t.same((await shared.inject('/maybe')).json(), { user: null })
})

t.test('guards in a row judge one request once', async (t) => {
  let asked = 0
  const app = await testApp(t, {
    gate: {
      users: {
        verify: (username) => ({ username, scopes: ['admin'] }),
        find: (username) => {
          asked++
          return { username, scopes: ['admin'] }
        },
        recheckSeconds: 0,
      },
    },
    after(app) {
      app.get(
        '/many',
        { onRequest: [app.identify, app.authenticate, app.authorize('admin')], preHandler: app.authenticate },
        async ({ user }) => ({ user: user?.username }),
      )
      app.get('/late', { onRequest: app.identify, preHandler: app.authenticate }, async () => 'in')
    },
  })
  const { cookie } = await logIn(app)
  asked = 0
  const response = await app.inject({ url: '/many', headers: { cookie } })
  t.same(response.json(), { user: 'johndoe' })
  t.equal(asked, 1)
  t.same((await app.inject('/late')).json(), UNAUTHENTICATED, 'identify before authenticate opens nothing')
})

t.test('the users of one gate are strangers to a gate in a scope below', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(docsGate, { users: USERS, secret: SECRET, docs: false })
  app.addHook('onRequest', app.identify)
  const below: FastifyPluginAsync = async (scope) => {
    const inner: DocsGateOptions = {
      users: { inside: HASHES.secret2 },
      secret: 'another-secret-for-tests-of-32-bytes-or-more',
      session: { issuer: 'inner', cookie: { name: 'inner' } },
      docs: { source: { openapi: '3.1.0', info: { title: 'Inner', version: '1' }, paths: {} } },
    }
    await scope.register(docsGate, inner)
    scope.get('/me', { onRequest: scope.authenticate }, async (request) => request.user)
  }
  await app.register(below, { prefix: '/inner' })
  const outer = await logIn(app as unknown as FastifyInstance)
  for (const headers of [{ cookie: outer.cookie }, { authorization: outer.bearer }] as Headers[]) {
    for (const url of ['/inner/me', '/inner/docs', '/inner/openapi.json']) {
      t.equal((await app.inject({ url, headers })).statusCode, 401, url)
    }
  }
  const login = await app.inject({
    url: '/inner/auth/login',
    headers: { authorization: basic('inside', 'secret2') },
  })
  const cookie = cookieHeader(setCookies(login))
  t.equal((await app.inject({ url: '/inner/me', headers: { cookie } })).json().username, 'inside')
})

t.test('http2 is guarded alike', async (t) => {
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(docsGate, { users: USERS, secret: SECRET })
  app.get('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
  app.post('/users/me', { preHandler: app.authorize('admin') }, async (request) => request.user)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  t.teardown(() => session.close())

  async function ask(path: string, headers: Record<string, string | string[]> = {}, method = 'GET') {
    const stream = session.request({ ':method': method, ':path': path, ...headers })
    let body = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    const [[head]] = await Promise.all([once(stream, 'response'), once(stream, 'end')])
    return { head: head as Record<string, string> & { 'set-cookie'?: string[] }, body }
  }

  const anonymous = await ask('/users/me')
  t.equal(anonymous.head[':status'], 401)
  t.equal(anonymous.head['www-authenticate'], MISSING)
  const navigation = await ask('/users/me', NAVIGATION)
  t.equal(navigation.head[':status'], 303)
  t.equal(navigation.head['location'], '../auth/login?returnTo=%2Fusers%2Fme')
  const login = await ask('/auth/login', { authorization: basic('johndoe', 'secret') })
  t.equal(login.head[':status'], 200)
  const { access_token: token } = JSON.parse(login.body)
  const cookie = cookieHeader(login.head['set-cookie'])
  t.equal(JSON.parse((await ask('/users/me', { authorization: `Bearer ${token}` })).body).username, 'johndoe')
  const split = await ask('/users/me', { cookie: ['docs-gate=junk', cookie] })
  t.equal(JSON.parse(split.body).username, 'johndoe', 'cookies may come in several headers')
  const authority = session.socket.remotePort
  const own = await ask('/users/me', { cookie, origin: `http://127.0.0.1:${authority}` }, 'POST')
  t.equal(own.head[':status'], 200, ':authority names this host')
  const other = await ask('/users/me', { cookie, origin: 'http://evil.example' }, 'POST')
  t.equal(other.head[':status'], 403)
  t.equal((await ask('/docs', { cookie })).head[':status'], 200)
})

t.test('every bad token gets one and the same answer, by header and by cookie', async (t) => {
  stopClock(t)
  const app = await testApp(t, {
    gate: { users: { ...USERS, gone: HASHES.secret }, session: { maxPerUser: 3 } },
  })
  const { token } = await logIn(app)
  const { header, claims } = decodeToken(token)
  const [head, payload, signature] = token.split('.') as [string, string, string]
  const sign = (changed: object, headers: object = {}) =>
    forgeToken({ ...header, ...headers }, { ...claims, ...changed })
  const without = (name: string): object => ({ [name]: undefined })
  const b64 = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

  const ended = await logIn(app)
  await app.docsGate.endSession(decodeToken(ended.token).claims['sid'] as string)
  const expired = sign({ exp: START / 1000 - 1, iat: START / 1000 - 10 })
  t.equal(
    (await app.inject({ url: '/users/me', headers: { authorization: `Bearer ${sign({})}` } })).statusCode,
    200,
    'the forger of this table makes good tokens where it changes nothing',
  )

  const hostile: Record<string, string> = {
    junk: 'junk',
    'two segments': `${head}.${payload}`,
    'four segments': `${token}.x`,
    'no signature': `${head}.${payload}.`,
    'empty segments': '..',
    'only dots': '....',
    'an encrypted one': `${token}.a.b`,
    'a signature of another': `${head}.${payload}.${b64('x'.repeat(32))}`,
    'a truncated signature': token.slice(0, -4),
    'a non-canonical signature': `${token.slice(0, -1)}${String.fromCharCode(token.charCodeAt(token.length - 1) + 1)}`,
    padding: `${token}=`,
    'the other base64 alphabet': `${head}.${payload}.${signature.slice(0, -2)}+/`,
    'another payload': `${head}.${b64({ ...claims, sub: 'jane' })}.${signature}`,
    'another secret': forgeToken(header, claims, 'another-secret-for-tests-of-32-bytes-or-more'),
    'alg none': `${b64({ ...header, alg: 'none' })}.${payload}.`,
    'alg none, signed': `${b64({ ...header, alg: 'none' })}.${payload}.${signature}`,
    'alg NoNe': `${b64({ ...header, alg: 'NoNe' })}.${payload}.x`,
    'alg HS512': forgeToken({ ...header, alg: 'HS512' }, claims, SECRET, 'sha512'),
    'alg HS384': forgeToken({ ...header, alg: 'HS384' }, claims, SECRET, 'sha384'),
    'alg RS256': sign({}, { alg: 'RS256' }),
    'alg of another type': sign({}, { alg: 1 }),
    'no alg': sign({}, { alg: undefined }),
    'typ JWT': sign({}, { typ: 'JWT' }),
    'no typ': sign({}, { typ: undefined }),
    'another kid': sign({}, { kid: 'other' }),
    'no kid': sign({}, { kid: undefined }),
    'kid of a path': sign({}, { kid: '../../dev/null' }),
    crit: sign({}, { crit: ['exp'] }),
    'b64 false': sign({}, { b64: false, crit: ['b64'] }),
    jku: sign({}, { jku: 'http://127.0.0.1:9/keys' }),
    jwk: sign({}, { jwk: { kty: 'oct', k: 'AAAA' } }),
    'a header of another order': forgeToken(
      { typ: header['typ'], alg: header['alg'], kid: header['kid'] },
      claims,
    ),
    'a header that is a list': forgeToken([header], claims),
    'a header that is no JSON': `${b64('{')}.${payload}.${signature}`,
    '__proto__ in the header': forgeToken(b64('{"__proto__":{"alg":"HS256"}}'), claims),
    'a payload that is no JSON': forgeToken(header, b64('{')),
    'a payload that is null': forgeToken(header, b64('null')),
    'a payload that is a list': forgeToken(header, b64('[]')),
    'a payload that is a text': forgeToken(header, b64('"text"')),
    'a payload that is a number': forgeToken(header, b64('1')),
    'a payload that is empty': forgeToken(header, b64('{}')),
    'a payload that is no UTF-8': forgeToken(header, Buffer.from([0xff, 0xfe]).toString('base64url')),
    'deep JSON': forgeToken(header, b64(`${'['.repeat(2500)}${']'.repeat(2500)}`)),
    'iss of another': sign({ iss: 'other' }),
    'aud of another': sign({ aud: 'other' }),
    'aud a list': sign({ aud: ['docs-gate'] }),
    'sub a number': sign({ sub: 1 }),
    'sub a list': sign({ sub: ['johndoe'] }),
    'sub empty': sign({ sub: '' }),
    'sub of another user': sign({ sub: 'jane' }),
    'sub unknown': sign({ sub: 'nobody' }),
    'sub of the prototype': sign({ sub: '__proto__' }),
    'sub disabled': sign({ sub: 'alice' }),
    'jti a number': sign({ jti: 1 }),
    'sid a number': sign({ sid: 1 }),
    'sid empty': sign({ sid: '' }),
    'sid unknown': sign({ sid: `${claims['sid']}x` }),
    'scope a list': sign({ scope: ['admin'] }),
    'scope null': sign({ scope: null }),
    'name a number': sign({ name: 1 }),
    'email a list': sign({ email: [] }),
    'exp a text': sign({ exp: '9999999999' }),
    'exp for ever': forgeToken(
      header,
      b64(JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e400')),
    ),
    'exp a fraction': sign({ exp: (claims['exp'] as number) + 0.5 }),
    'exp negative': sign({ exp: -1 }),
    'exp 0': sign({ exp: 0 }),
    'exp unsafe': sign({ exp: 2 ** 60 }),
    'exp past': expired,
    'exp now': sign({ exp: START / 1000 }),
    'iat a text': sign({ iat: 'now' }),
    'iat null': sign({ iat: null }),
    'nbf in the future': sign({ nbf: START / 1000 + 1000 }),
    'nbf a text': sign({ nbf: 'soon' }),
    'an ended session': ended.token,
    'over 8 KB': sign({ pad: 'x'.repeat(7000) }),
    'NULs, encoded': '%00%00',
    unicode: 'ÿþ',
  }
  for (const name of Object.keys(claims).filter((name) => name !== 'name' && name !== 'email')) {
    hostile[`no ${name}`] = sign(without(name))
  }

  const port = await listen(app)
  const ask = async (header: string): Promise<string> => {
    const answer = await rawRequest(
      port,
      `GET /users/me HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${header}\r\n\r\n`,
    )
    return answer.replace(/\r\ndate: [^\r]*/i, '')
  }
  const expected = await ask('authorization: Bearer bad')
  t.match(expected, /^HTTP\/1\.1 401 Unauthorized\r\n/)
  t.match(expected, `www-authenticate: ${INVALID}`)
  t.match(expected, JSON.stringify(INVALID_TOKEN.message))
  for (const [name, token] of Object.entries(hostile)) {
    t.equal(await ask(`authorization: Bearer ${token}`), expected, `${name}, by header`)
    t.equal(await ask(`cookie: docs-gate=${token}`), expected, `${name}, by cookie`)
  }
  t.match(await ask(`authorization: Bearer ${token}`), /^HTTP\/1\.1 200 /, 'and the good one is good still')
})

const failing = {
  rejects: () => Promise.reject(new Error('redis://user:password@10.0.0.1 is down')),
  throws: () => {
    throw new Error('redis://user:password@10.0.0.1 is down')
  },
}

t.test('a store that fails closes the gate', async (t) => {
  for (const [how, fail] of Object.entries(failing)) {
    let isDown = false
    const sessions = new Map<string, Session>()
    const orFail = <T>(value: () => T): T | Promise<never> => (isDown ? fail() : value())
    const store: SessionStore = {
      get: (id) => orFail(() => sessions.get(id)),
      set: (session) => orFail(() => sessions.set(session.id, session)),
      delete: (id) => orFail(() => sessions.delete(id)),
      list: () => orFail(() => [...sessions.values()]),
    }
    const app = await testApp(t, {
      gate: { session: { store } },
      after(app) {
        app.get('/maybe', { onRequest: app.identify }, async (request) => ({ user: request.user }))
      },
    })
    const { bearer, cookie } = await logIn(app)
    t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
    isDown = true
    const unavailable = {
      statusCode: 503,
      code: 'DOCS_GATE_STORE_UNAVAILABLE',
      error: 'Service Unavailable',
      message: 'The sessions cannot be checked right now. Try again later.',
    }
    const credentials: Headers[] = [{ cookie }, { authorization: bearer }, { ...NAVIGATION, cookie }]
    for (const headers of [...credentials, { cookie: `docs-gate=junk; ${cookie}` }]) {
      for (const url of ['/users/me', '/admin', '/docs', '/openapi.json', '/auth/me']) {
        const response = await app.inject({ url, headers })
        t.equal(response.statusCode, 503, `${how} ${url}`)
        t.equal(response.headers['www-authenticate'], undefined)
        // Pages for browsers: test/routes/unavailable.test.ts.
        if (!('accept' in headers && ['/docs', '/openapi.json'].includes(url)))
          t.same(response.json(), unavailable)
      }
      t.same((await app.inject({ url: '/maybe', headers })).json(), { user: null })
    }
    const form = { method: 'POST', headers: FORM } as const
    const payload = 'grant_type=password&username=johndoe&password=secret'
    const token = cookie.replace('docs-gate=', 'token=')
    const responses = await Promise.all([
      app.inject({ url: '/auth/login', headers: { authorization: basic('johndoe', 'secret') } }),
      app.inject({ ...form, url: '/auth/login', payload }),
      app.inject({ ...form, url: '/auth/token', payload }),
      app.inject({ ...form, url: '/auth/revoke', payload: token }),
      app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } }),
    ])
    for (const response of responses) {
      t.same(response.json(), unavailable)
      t.strictSame(setCookies(response), [], 'nobody is told that a session ended which did not')
    }
    t.equal((await app.inject('/users/me')).statusCode, 401, 'who brings nothing needs no store')
    isDown = false
    t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  }
})

t.test('users that cannot be checked close the gate', async (t) => {
  const unavailable = {
    statusCode: 503,
    code: 'DOCS_GATE_USERS_UNAVAILABLE',
    error: 'Service Unavailable',
    message: 'The users cannot be checked right now. Try again later.',
  }
  const broken = { ...failing, 'answers nonsense': () => ({ user: 1 }) as unknown as Promise<never> }
  for (const [how, fail] of Object.entries(broken)) {
    let isDown = false
    const answer = (username: string) => (isDown ? fail() : { username })
    const app = await testApp(t, {
      gate: { users: { verify: answer, find: answer, recheckSeconds: 0 } },
      after(app) {
        app.get('/maybe', { onRequest: app.identify }, async (request) => ({ user: request.user }))
      },
    })
    const { bearer, cookie } = await logIn(app)
    isDown = true
    for (const headers of [{ cookie }, { authorization: bearer }, { ...NAVIGATION, cookie }] as Headers[]) {
      for (const url of ['/users/me', '/auth/me']) {
        t.same((await app.inject({ url, headers })).json(), unavailable, `${how} ${url}`)
      }
      t.same((await app.inject({ url: '/maybe', headers })).json(), { user: null })
    }
    const payload = 'grant_type=password&username=johndoe&password=secret'
    const responses = await Promise.all([
      app.inject({ url: '/auth/login', headers: { authorization: basic('johndoe', 'secret') } }),
      app.inject({ url: '/docs', headers: { cookie } }),
      app.inject({ method: 'POST', url: '/auth/login', headers: FORM, payload }),
      app.inject({ method: 'POST', url: '/auth/token', headers: FORM, payload }),
    ])
    for (const response of responses) t.same(response.json(), unavailable, how)
    await t.rejects(app.docsGate.signIn('johndoe'), { code: 'DOCS_GATE_USERS_UNAVAILABLE', statusCode: 503 })
  }
})

t.test('what a user may read is private, where the host says nothing else', async (t) => {
  const app = await testApp(t, {
    after(app) {
      const guards = {
        authenticate: app.authenticate,
        authorize: app.authorize('admin'),
        identify: app.identify,
      }
      for (const [name, guard] of Object.entries(guards)) {
        app.get(`/${name}`, { onRequest: guard }, async () => 'x')
        app.get(`/${name}/late`, { preHandler: guard }, async () => 'x')
        app.get(`/${name}/own`, { onRequest: guard }, async (_request, reply) => {
          reply.header('cache-control', 'public, max-age=60')
          return 'x'
        })
        const onSend = async (_request: FastifyRequest, reply: FastifyReply) =>
          void reply.header('Cache-Control', 'no-cache')
        app.get(`/${name}/on-send`, { onRequest: guard, onSend }, async () => 'x')
        const before = async (_request: FastifyRequest, reply: FastifyReply) =>
          void reply.header('cache-control', 'max-age=1')
        app.get(`/${name}/before`, { onRequest: [before, guard] }, async () => 'x')
        const raw = async (_request: FastifyRequest, reply: FastifyReply) =>
          void reply.raw.setHeader('cache-control', 'max-age=2')
        app.get(`/${name}/raw`, { onRequest: [raw, guard] }, async () => 'x')
      }
    },
  })
  const { cookie, bearer: authorization } = await logIn(app)
  const expected = {
    '': 'private',
    '/late': 'private',
    '/own': 'public, max-age=60',
    '/on-send': 'no-cache',
    '/before': 'max-age=1',
    '/raw': 'max-age=2',
  }
  for (const name of ['authenticate', 'authorize', 'identify']) {
    for (const [end, value] of Object.entries(expected)) {
      for (const headers of [{ cookie }, { authorization }] as Headers[]) {
        const response = await app.inject({ url: `/${name}${end}`, headers })
        t.equal(response.statusCode, 200)
        t.equal(response.headers['cache-control'], value, `${name}${end}`)
      }
    }
  }
  t.equal(
    (await app.inject('/identify')).headers['cache-control'],
    undefined,
    'nobody has nothing of their own',
  )
  t.equal((await app.inject({ url: '/open', headers: { cookie } })).headers['cache-control'], undefined)
  for (const url of ['/docs', '/openapi.json', '/auth/me'])
    t.equal((await app.inject({ url, headers: { cookie } })).headers['cache-control'], 'no-store', url)
})

t.test('documents and pages are for this site alone, whatever the host says of its own', async (t) => {
  const helmet = (app: FastifyInstance) =>
    app.register(fastifyHelmet, { crossOriginResourcePolicy: { policy: 'cross-origin' } })
  for (const host of [{}, { before: helmet }, { after: helmet }]) {
    const app = await testApp(t, host)
    const { cookie } = await logIn(app)
    for (const url of [
      '/docs',
      '/docs/static/swagger-ui.css',
      '/docs/static/session.json',
      '/openapi.json',
      '/openapi.yaml',
      '/auth/login',
      '/auth/logged-out',
      '/auth/me',
    ]) {
      for (const headers of [{}, { cookie }, NAVIGATION, { ...NAVIGATION, cookie }] as Headers[]) {
        const response = await app.inject({ url, headers })
        t.equal(
          response.headers['cross-origin-resource-policy'],
          'same-origin',
          `${response.statusCode} ${url}`,
        )
      }
    }
  }
})
