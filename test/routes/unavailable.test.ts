import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import docsGate, { type DocsGateOptions } from '../../plugins/index.ts'
import { basic, cookieHeader, FORM, NAVIGATION, SECRET, setCookies, testApp, USERS } from '../helper.ts'

const TITLE = '<h1>This does not work right now</h1>'
const NOT_NOW = '<p id="problem" role="alert">Signing in does not work right now. Try again in a moment.</p>'
const CAUSE = 'nobody at 10.0.0.1'
const STORE = 'DOCS_GATE_STORE_UNAVAILABLE'
const USERS_DOWN = 'DOCS_GATE_USERS_UNAVAILABLE'
const SAME_SITE = { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }
const CREDENTIALS = 'username=johndoe&password=secret'

interface Failing {
  readonly app: FastifyInstance
  readonly lines: {
    level: number
    msg: string
    code?: string
    refused?: number
    err?: { message: string; code?: string }
    req?: object
  }[]
  readonly seen: string[]
  readonly cookie: string
  /** What failed works again. */
  mend(): void
  /** What the log was told of the outage, and nothing of single requests. */
  outageLines(): Failing['lines']
}

/** An app whose store, or users, fail from now on; a cookie of before; what the log and an `onError` hook are told. */
async function failing(
  t: Test,
  what: 'store' | 'users',
  gate: Partial<DocsGateOptions> = {},
  after = (_app: FastifyInstance): void => {},
) {
  const [lines, seen]: [Failing['lines'], string[]] = [[], []]
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  let isDown = false
  const orFail = <T>(value: T): T => {
    if (isDown) throw new Error(CAUSE)
    return value
  }
  const sessions = new Map()
  const store = {
    get: (id: string) => orFail(sessions.get(id)),
    set: (session: { id: string }) => orFail(void sessions.set(session.id, session)),
    delete: (id: string) => orFail(void sessions.delete(id)),
    list: () => orFail([...sessions.values()]),
  }
  const known = (username: string) => orFail(username in USERS ? { username, scopes: ['read'] } : null)
  const users = { verify: known, find: known, recheckSeconds: 0 }
  const app = await testApp(t, {
    gate: { ...(what === 'store' ? { session: { store } } : { users }), ...gate },
    server: { logger: { level: 'info', stream } },
    before: (app) => app.addHook('onError', async (_request, _reply, { code }) => void seen.push(code)),
    after,
  })
  const { cookie } = await app.docsGate.signIn('johndoe')
  isDown = true
  return {
    app,
    lines,
    seen,
    cookie: cookieHeader(cookie),
    mend() {
      isDown = false
    },
    outageLines: () => lines.filter(({ level }) => level >= 40),
  }
}

const LOGIN_URL = '/auth/login?returnTo=/docs%3Fa'

t.test('a browser that cannot be signed in gets the sign-in page and 503', async (t) => {
  const navigations: [how: string, request: InjectOptions, what: ('store' | 'users')[], username: string][] =
    [
      ['it arrives', { headers: NAVIGATION }, ['store', 'users'], ''],
      [
        'by Basic',
        { headers: { ...NAVIGATION, authorization: basic('johndoe', 'secret') } },
        ['store', 'users'],
        '',
      ],
      [
        'by form',
        {
          method: 'POST',
          headers: { ...SAME_SITE, ...FORM },
          payload: `${CREDENTIALS}&returnTo=${encodeURIComponent('/docs?a')}`,
        },
        ['store', 'users'],
        'johndoe',
      ],
    ]
  for (const mode of ['basic', 'form'] as const) {
    for (const [how, request, causes, username] of navigations) {
      for (const what of causes) {
        const { app, outageLines, seen, cookie } = await failing(t, what, { login: { mode } })
        const headers = { cookie, ...request.headers }
        const response = await app.inject({ url: LOGIN_URL, ...request, headers })
        const label = `${what} down, ${mode} mode, ${how}`
        t.equal(response.statusCode, 503, label)
        t.equal(response.headers['cache-control'], 'no-store')
        t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
        t.match(response.headers['content-security-policy'], "default-src 'none'; script-src 'self'")
        t.equal(response.headers['www-authenticate'], undefined, 'no dialog')
        t.strictSame(setCookies(response), [])
        t.match(response.body, NOT_NOW)
        t.match(response.body, `<input id="username" name="username" value="${username}" autocomplete`)
        t.match(response.body, '<input type="hidden" name="returnTo" value="/docs?a">')
        t.notMatch(response.body, 'aria-invalid', 'nothing is wrong with what was typed')
        t.notMatch(response.body, CAUSE)
        const code = what === 'store' ? STORE : USERS_DOWN
        t.equal(response.headers['retry-after'], '5')
        const [told, ...more] = outageLines()
        t.match(told, { level: 50, code, err: { message: CAUSE }, msg: 'does not answer as it should' })
        t.same(more, [], 'once')
        t.same(seen, [code], 'a hook of the host’s is told too')
      }
    }
  }
})

t.test('a browser on its way to the documentation gets a page and 503, that asks once more', async (t) => {
  const docs = [{ spec: '/openapi' }, { path: '/more', scopes: ['read'] as const }]
  for (const what of ['store', 'users'] as const) {
    const { app, outageLines, seen, cookie, mend } = await failing(t, what, { docs })
    const urls = [
      '/docs?a=%22b',
      '/docs/',
      '/more',
      '/openapi.json',
      '/docs/static/swagger-ui.css',
      '/docs/x',
    ]
    for (const url of urls) {
      const response = await app.inject({ url, headers: { ...NAVIGATION, cookie } })
      t.equal(response.statusCode, 503, url)
      t.equal(response.headers['cache-control'], 'no-store')
      t.match(response.headers['content-security-policy'], "default-src 'none'; script-src 'self'")
      t.equal(response.headers['www-authenticate'], undefined)
      t.equal(response.headers['retry-after'], '5')
      t.match(response.body, TITLE)
      const [, again = ''] =
        /<a class="button" id="reload" href="([^"]+)">Try again/.exec(response.body) ?? []
      const { pathname, search } = new URL(again, `http://x${url}`)
      t.equal(pathname + search, url)
      t.notMatch(response.body, CAUSE)
    }
    const long = await app.inject({ url: `/more?${'a'.repeat(3000)}`, headers: { ...NAVIGATION, cookie } })
    t.match(long.body, 'href="./docs">Try again', 'where a login leads, when that is too long to lead to')
    urls.push(long.raw.req.url as string)
    const code = what === 'store' ? STORE : USERS_DOWN
    t.match(outageLines(), [{ level: 50, code, err: { message: CAUSE } }])
    t.equal(outageLines().length, 1, 'one line, however many requests')
    mend()
    t.equal((await app.inject({ url: '/more', headers: { cookie } })).statusCode, 200)
    t.match(outageLines()[1], { level: 40, code, refused: urls.length, msg: 'answers again' })
    t.equal(outageLines().length, 2)
    t.same(
      seen,
      urls.map(() => code),
    )
  }
})

t.test('a browser that cannot be logged out is told that it may still be signed in', async (t) => {
  const { app, cookie } = await failing(t, 'store')
  for (const [method, headers] of [
    ['POST', { ...SAME_SITE, ...FORM }],
    ['GET', NAVIGATION],
  ] as const) {
    const response = await app.inject({ method, url: '/auth/logout', headers: { ...headers, cookie } })
    t.equal(response.statusCode, 503, method)
    t.equal(response.headers['retry-after'], '5')
    t.equal(response.headers['cache-control'], 'no-store')
    t.match(response.body, TITLE)
    t.match(response.body, 'You may still be signed in. Try again in a moment.')
    t.match(response.body, '<a class="button" href="../auth/logout">Try again</a>')
    t.strictSame(setCookies(response), [], 'nobody is told that a session ended which did not')
  }
  const program = await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } })
  t.match(program.json(), { statusCode: 503, code: STORE })
})

t.test('programs, and routes that are not ours, get the error as the host shapes it', async (t) => {
  const requests: InjectOptions[] = [
    { url: '/docs', headers: { accept: 'application/json' } },
    { url: '/docs', headers: { accept: 'text/html', 'sec-fetch-mode': 'cors' } },
    { url: '/docs', method: 'POST', headers: { ...SAME_SITE, ...FORM }, payload: CREDENTIALS },
    { url: '/auth/me', headers: NAVIGATION },
    { url: '/users/me', headers: NAVIGATION },
    { url: '/auth/login', method: 'POST', headers: FORM, payload: CREDENTIALS },
    { url: '/auth/token', method: 'POST', headers: FORM, payload: `grant_type=password&${CREDENTIALS}` },
  ]
  const { app, cookie } = await failing(t, 'store')
  for (const { headers, ...request } of requests) {
    const response = await app.inject({ ...request, headers: { ...headers, cookie } })
    t.match(
      response.json(),
      { statusCode: 503, code: STORE, error: 'Service Unavailable' },
      String(request.url),
    )
    t.equal(response.headers['retry-after'], '5', String(request.url))
  }
  const host = await failing(t, 'store', {}, (app) => {
    app.setErrorHandler((error: { code: string }, _request, reply) =>
      reply.code(500).send(`shaped: ${error.code}`),
    )
  })
  const ask = (headers: Record<string, string>) =>
    host.app.inject({ url: '/docs', headers: { ...headers, cookie: host.cookie } })
  t.equal((await ask({})).body, `shaped: ${STORE}`)
  t.match((await ask(NAVIGATION)).body, TITLE, 'a browser gets our page')
})

t.test('another error on our own routes is thrown, to browsers too', async (t) => {
  const after = (app: FastifyInstance) =>
    void app.addHook('preHandler', async () => {
      throw Object.assign(new Error('of the host'), { statusCode: 503 })
    })
  const app = await testApp(t, { after })
  for (const [url, authorization] of [
    ['/auth/login', undefined],
    ['/auth/logout', undefined],
    ['/docs', `Bearer ${(await app.docsGate.signIn('johndoe')).access_token}`],
  ] as const) {
    const response = await app.inject({
      url,
      headers: { ...NAVIGATION, ...(authorization && { authorization }) },
    })
    t.match(response.json(), { statusCode: 503, message: 'of the host' }, url)
  }
})

t.test(
  'an outage is told of once when it begins and once when it ends, with the requests between',
  async (t) => {
    const guards = (app: FastifyInstance): void => {
      app.get('/wrapped', async (request, reply) => {
        await app.authenticate(request, reply)
        return 'in'
      })
      app.get('/anybody', { onRequest: app.identify }, async (request) => ({ user: request.user }))
      app.get('/broken', async () => {
        throw new Error('of the host')
      })
      app.get('/written', { onRequest: app.authenticate }, async () => 'in')
    }
    for (const what of ['store', 'users'] as const) {
      const { app, lines, outageLines, cookie, mend } = await failing(t, what, {}, guards)
      const code = what === 'store' ? STORE : USERS_DOWN
      for (const url of ['/written', '/users/me', '/wrapped', '/auth/me', '/docs']) {
        for (const headers of [{ cookie }, { cookie, ...NAVIGATION }]) {
          const response = await app.inject({ url, headers })
          t.match([response.statusCode, response.headers['retry-after']], [503, '5'], url)
          t.notMatch(response.body, CAUSE)
        }
      }
      t.equal((await app.inject({ url: '/anybody', headers: { cookie } })).statusCode, 200)
      t.match(outageLines(), [{ level: 50, code, err: { message: CAUSE } }])
      t.equal(outageLines().length, 1)
      const completed = lines.filter(({ msg }) => msg === 'request completed')
      t.equal(completed.length, 11, 'the lines of the requests themselves stay')

      await app.inject({ url: '/broken', headers: { cookie } })
      t.match(outageLines()[1], { level: 50, err: { message: 'of the host' }, req: { method: 'GET' } })
      mend()
      t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
      t.match(outageLines()[2], { level: 40, code, refused: 10, msg: 'answers again' })
      await app.inject({ url: '/users/me', headers: { cookie } })
      t.equal(outageLines().length, 3)
    }
  },
)

t.test(
  'an error handler of the host’s gets the error, with Retry-After, and logs what it likes',
  async (t) => {
    for (const what of ['store', 'users'] as const) {
      const { app, outageLines, cookie } = await failing(t, what, {}, (app) => {
        app.setErrorHandler((error: Error, request, reply) => {
          reply.log.error({ err: error }, 'by the host, of the reply')
          request.log.error(error, 'by the host, of the request')
          return reply.code(503).send(`shaped: ${error.message}`)
        })
        app.get('/guarded', { onRequest: app.authenticate }, async () => 'in')
      })
      const code = what === 'store' ? STORE : USERS_DOWN
      for (const url of ['/guarded', '/auth/me']) {
        const response = await app.inject({ url, headers: { cookie } })
        t.match(response.body, /^shaped: The (?:sessions|users) cannot be checked right now/)
        t.equal(response.headers['retry-after'], '5')
      }
      const [lost, ...written] = outageLines()
      t.match(lost, { code })
      t.same(
        written.map(({ msg, err }) => [msg, err?.code]),
        ['/guarded', '/auth/me'].flatMap(() => [
          ['by the host, of the reply', code],
          ['by the host, of the request', code],
        ]),
      )
    }
  },
)

t.test('a logger of the host’s whose methods need their own object goes on working', async (t) => {
  const written: unknown[][] = []
  class HostLogger {
    readonly #lines = written
    level = 'info'
    child(): HostLogger {
      return new HostLogger()
    }
    info(...line: unknown[]): void {
      this.#lines.push(['info', ...line])
    }
    error(...line: unknown[]): void {
      this.#lines.push(['error', ...line])
    }
    warn(): void {}
    debug(): void {}
    trace(): void {}
    fatal(): void {}
  }
  const down = (): never => {
    throw new Error(CAUSE)
  }
  let isDown = false
  const sessions = new Map()
  const store = {
    get: (id: string) => (isDown ? down() : sessions.get(id)),
    set: (session: { id: string }) => void sessions.set(session.id, session),
    delete: (id: string) => void sessions.delete(id),
    list: () => [...sessions.values()],
  }
  const app = Fastify({ loggerInstance: new HostLogger() as never }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(docsGate, { users: USERS, secret: SECRET, session: { store } })
  app.get('/guarded', { onRequest: app.authenticate }, async () => 'in')
  const { cookie } = await app.docsGate.signIn('johndoe')
  isDown = true
  written.length = 0
  t.equal((await app.inject({ url: '/guarded', headers: { cookie: cookieHeader(cookie) } })).statusCode, 503)
  const said = written.map(([level, , message]) => [level, String(message)] as const)
  t.equal(said.filter(([level]) => level === 'error').length, 1)
  t.ok(said.some(([, message]) => message === 'request completed'))
})
