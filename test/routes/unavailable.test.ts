import type { FastifyInstance, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { basic, cookieHeader, FORM, NAVIGATION, setCookies, testApp, USERS } from '../helper.ts'

const TITLE = '<h1>This does not work right now</h1>'
const NOT_NOW = '<p id="problem" role="alert">Signing in does not work right now. Try again in a moment.</p>'
const CAUSE = 'nobody at 10.0.0.1'
const STORE = 'DOCS_GATE_STORE_UNAVAILABLE'
const USERS_DOWN = 'DOCS_GATE_USERS_UNAVAILABLE'
const SAME_SITE = { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }
const CREDENTIALS = 'username=johndoe&password=secret'

interface Failing {
  readonly app: FastifyInstance
  readonly lines: { level: number; msg: string; err?: { code: string; stack: string }; req?: object }[]
  readonly seen: string[]
  readonly cookie: string
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
  return { app, lines, seen, cookie: cookieHeader(cookie) }
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
        const { app, lines, seen, cookie } = await failing(t, what, { login: { mode } })
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
        const [told, ...more] = lines.filter(({ level }) => level >= 50)
        t.match(told, { level: 50, err: { code, stack: CAUSE }, req: { method: response.raw.req.method } })
        t.same(more, [], 'once')
        t.same(seen, [code], 'a hook of the host’s is told too')
      }
    }
  }
})

t.test('a browser on its way to the documentation gets a page and 503, that asks once more', async (t) => {
  const docs = [{ spec: '/openapi' }, { path: '/more', scopes: ['read'] as const }]
  for (const what of ['store', 'users'] as const) {
    const { app, lines, seen, cookie } = await failing(t, what, { docs })
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
    const told = lines.filter(({ level }) => level >= 50)
    t.equal(told.length, urls.length)
    for (const line of told) t.match(line, { level: 50, err: { code, stack: CAUSE }, req: { method: 'GET' } })
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
