import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import type { EventDetails, GateEvent } from '../../lib/events.ts'
import { basic, FORM, listen, logIn, NAVIGATION, rawRequest, testApp } from '../helper.ts'

type Headers = { readonly [name: string]: string }
type Record = EventDetails & { readonly event: GateEvent; readonly level: number }

/** A log of the gate's events alone. */
function eventLog() {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  return {
    logger: { level: 'info', stream },
    text: () => lines.join(''),
    take(): Record[] {
      const records = lines.splice(0).map((line) => JSON.parse(line) as Record)
      return records.filter(({ event }) => event !== undefined)
    },
  }
}

const INFO = 30
const WARN = 40
const request = { ip: '127.0.0.1', reqId: /^req-/ }

t.test(
  'every login, failure, denial, logout and ended session is one line with who, whence and why',
  async (t) => {
    const log = eventLog()
    const app = await testApp(t, {
      server: { logger: log.logger },
      after(app) {
        const guard = app.authorize({ scopes: ['admin'], redirectTo: '/open' })
        app.get('/elsewhere', { onRequest: guard }, async () => 'in')
      },
    })
    const { cookie, bearer } = await logIn(app)
    t.match(log.take(), [{ event: 'login', level: INFO, username: 'johndoe', reason: 'basic', ...request }])

    await app.inject({
      method: 'POST',
      url: '/auth/login',
      headers: FORM,
      payload: 'username=jane&password=secret2',
    })
    t.match(log.take(), [{ event: 'login', username: 'jane', reason: 'form', ...request }])

    const grant = 'grant_type=password&username=jane&password=secret2'
    const granted = await app.inject({ method: 'POST', url: '/auth/token', headers: FORM, payload: grant })
    t.match(log.take(), [{ event: 'login', username: 'jane', reason: 'password_grant', ...request }])

    await logIn(app, 'johndoe', 'wrong').catch(() => {})
    t.match(log.take(), [
      { event: 'login_failed', level: WARN, username: 'johndoe', reason: 'wrong_credentials', ...request },
    ])
    await app.inject({ url: '/auth/login', headers: { authorization: 'Basic !' } })
    t.match(log.take(), [
      { event: 'login_failed', username: undefined, reason: 'malformed_credentials', ...request },
    ])
    const half = 'grant_type=password&username=jane&password='
    await app.inject({ method: 'POST', url: '/auth/token', headers: FORM, payload: half })
    t.match(log.take(), [
      { event: 'login_failed', username: undefined, reason: 'malformed_credentials', ...request },
    ])

    await app.inject('/users/me')
    t.match(log.take(), [
      { event: 'denied', level: INFO, username: undefined, reason: 'unauthenticated', ...request },
    ])
    await app.inject({ url: '/users/me', headers: { authorization: 'Bearer x' } })
    t.match(log.take(), [{ event: 'denied', reason: 'invalid_token', ...request }])
    const { access_token: janes } = granted.json<{ access_token: string }>()
    await app.inject({ url: '/admin', headers: { authorization: `Bearer ${janes}` } })
    t.match(log.take(), [{ event: 'denied', username: 'jane', reason: 'insufficient_scope', ...request }])
    const foreign = { 'sec-fetch-site': 'cross-site' }
    await app.inject({ method: 'POST', url: '/users/me', headers: { cookie, ...foreign } })
    t.match(log.take(), [{ event: 'denied', reason: 'cross_origin', ...request }])
    for (const [method, url] of [
      ['POST', '/auth/login'],
      ['POST', '/auth/logout'],
      ['GET', '/auth/login'],
    ] as const) {
      await app.inject({ method, url, headers: { ...foreign, 'sec-fetch-mode': 'cors' } })
      t.match(log.take(), [{ event: 'denied', reason: 'cross_origin', ...request }], `${method} ${url}`)
    }
    await app.inject('/auth/me')
    t.match(log.take(), [{ event: 'denied', reason: 'unauthenticated', ...request }])
    for (const url of ['/users/me', '/elsewhere']) {
      await app.inject({ url, headers: NAVIGATION })
      t.strictSame(log.take(), [], `${url}: who is sent to the login is not denied`)
    }
    await app.inject({ url: '/elsewhere', headers: { ...NAVIGATION, authorization: `Bearer ${janes}` } })
    t.match(log.take(), [{ event: 'denied', username: 'jane', reason: 'insufficient_scope', ...request }])

    await app.inject({ method: 'POST', url: '/auth/revoke', headers: FORM, payload: `token=${janes}` })
    t.match(log.take(), [{ event: 'session_ended', username: 'jane', reason: 'revoked', ...request }])
    await app.inject({ url: '/auth/login', headers: { authorization: basic('johndoe', 'secret'), cookie } })
    t.match(log.take(), [
      { event: 'session_ended', username: 'johndoe', reason: 'new_login', ...request },
      { event: 'login', username: 'johndoe', reason: 'basic', ...request },
    ])
    const again = await logIn(app)
    log.take()
    await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie: again.cookie } })
    t.match(log.take(), [
      { event: 'session_ended', username: 'johndoe', reason: 'logout', ...request },
      { event: 'logout', username: 'johndoe', reason: 'asked', ...request },
    ])
    await app.inject({ method: 'POST', url: '/auth/logout', headers: { authorization: bearer } })
    t.match(
      log.take(),
      [{ event: 'logout', username: 'johndoe', ...request }],
      'of a session that had ended already',
    )

    await app.docsGate.signIn('johndoe')
    const [session] = await app.docsGate.sessionsOf('johndoe')
    log.take()
    await app.docsGate.endSession(session?.id as string)
    await app.docsGate.endSessionsOf('johndoe')
    const ended = log.take()
    t.ok(ended.length >= 1)
    for (const record of ended)
      t.match(record, { event: 'session_ended', username: 'johndoe', reason: 'ended' })
  },
)

t.test('a throttled login is one line, with the name of a user and of nobody else', async (t) => {
  const log = eventLog()
  const app = await testApp(t, { server: { logger: log.logger } })
  for (const [username, logged] of [
    ['johndoe', 'johndoe'],
    ['Passw0rd-typed-into-the-wrong-box', undefined],
  ] as const) {
    for (let i = 0; i < 6; i++) {
      await app.inject({ url: '/auth/login', headers: { authorization: basic(username, 'wrong') } })
    }
    t.notMatch(log.text(), /Passw0rd/)
    const records = log.take()
    t.strictSame(
      records.map(({ event }) => event),
      [...Array(5).fill('login_failed'), 'login_throttled'],
    )
    t.match(records.at(-1), { level: WARN, username: logged, reason: 'too_many_failures', ...request })
  }
})

t.test('sessions that give way, and those of users who are out, are told', async (t) => {
  const log = eventLog()
  let isIn = true
  const johndoe = { username: 'johndoe' }
  const users = { verify: async () => johndoe, find: async () => (isIn ? johndoe : null), recheckSeconds: 0 }
  const app = await testApp(t, {
    server: { logger: log.logger },
    gate: { users, session: { maxPerUser: 1 } },
  })
  await logIn(app)
  const { bearer } = await logIn(app)
  t.match(
    log.take().filter(({ event }) => event === 'session_ended'),
    [{ username: 'johndoe', reason: 'max_per_user' }],
  )
  isIn = false
  await app.inject({ url: '/users/me', headers: { authorization: bearer } })
  t.match(log.take(), [
    { event: 'session_ended', username: 'johndoe', reason: 'user_out' },
    { event: 'denied', reason: 'invalid_token' },
  ])
})

t.test('the same goes to diagnostics_channel', async (t) => {
  const seen: unknown[] = []
  const listen = (message: unknown) => void seen.push(message)
  subscribe('docs-gate:login', listen)
  t.teardown(() => unsubscribe('docs-gate:login', listen))
  const app = await testApp(t)
  await logIn(app)
  t.match(seen, [{ event: 'login', username: 'johndoe', reason: 'basic', ...request }])
  t.equal(seen.length, 1)
})

t.test('plain http outside localhost is warned of once', async (t) => {
  const log = eventLog()
  const app = await testApp(t, { server: { logger: log.logger, trustProxy: true } })
  const from = (host: string, protocol = 'http') =>
    app.inject({
      url: '/auth/login',
      headers: { authorization: basic('johndoe', 'secret'), host, 'x-forwarded-proto': protocol },
    })
  for (const host of ['localhost', 'localhost:3000', '127.0.0.1:80', '[::1]:3000']) await from(host)
  await from('docs.example.com', 'https')
  t.notMatch(log.text(), /plain http/)
  await from('docs.example.com')
  await from('docs.example.com')
  t.equal(log.text().match(/"host":"docs\.example\.com".*plain http/g)?.length, 1)
})

// What nginx's bare `proxy_pass` and others hand on while `Host` says 127.0.0.1.
const SIGNS: readonly (readonly [string, Headers])[] = [
  ['x-forwarded-host', { 'x-forwarded-host': 'docs.example.com' }],
  ['x-forwarded-for', { 'x-forwarded-for': '127.0.0.1, 203.0.113.7' }],
  ['x-real-ip', { 'x-real-ip': '2001:db8::1' }],
  ['x-forwarded-proto', { 'x-forwarded-proto': 'https' }],
  ['forwarded', { forwarded: 'by=127.0.0.1;for="[2001:db8::1]:4711"' }],
  ['via', { via: '1.1 proxy' }],
  ['origin', { origin: 'https://docs.example.com' }],
  ['referer', { referer: 'http://docs.example.com/start' }],
  ['no Sec-Fetch-Mode', { 'user-agent': 'Mozilla/5.0' }],
]
const OF_THIS_MACHINE: readonly Headers[] = [
  {},
  {
    'x-forwarded-host': 'localhost:5173',
    'x-forwarded-for': '::1, ::ffff:127.0.0.1',
    'x-forwarded-proto': 'http',
  },
  { forwarded: 'for=unknown;host=localhost;by=203.0.113.7', 'x-real-ip': '127.0.0.1' },
  { origin: 'null', referer: 'about:blank' },
  { origin: 'http://localhost:3000', referer: 'http://127.0.0.1/x' },
  { 'user-agent': 'Mozilla/5.0', 'sec-fetch-mode': 'navigate' },
  { 'user-agent': 'curl/8' },
]

t.test('a proxy that hides the host is warned of once, by any sign, and believed in nothing', async (t) => {
  for (const [sign, headers] of SIGNS) {
    const log = eventLog()
    const app = await testApp(t, { server: { logger: log.logger } })
    const enter = (more: Headers) =>
      app.inject({
        url: '/auth/login',
        headers: { authorization: basic('johndoe', 'secret'), host: '127.0.0.1:3000', ...more },
      })
    for (const harmless of OF_THIS_MACHINE) await enter(harmless)
    t.notMatch(log.text(), /plain http/, sign)
    const answers = [await enter(headers), await enter(headers)]
    const [line, ...more] = log.text().match(/.*plain http.*/g) ?? []
    t.same(more, [], sign)
    t.match(JSON.parse(line ?? '{}'), { level: 40, sign, msg: /set trustProxy$/ })
    t.notMatch(line, /203\.0|2001:db8|docs\.example/, 'what a client writes is not repeated')
    for (const { headers: given } of answers) t.match(given['set-cookie'], /^docs-gate=(?!.*Secure)/, sign)
  }
})

t.test('HTTP/1.0 on localhost is a sign of a proxy', async (t) => {
  const log = eventLog()
  const app = await testApp(t, { server: { logger: log.logger } })
  const authorization = `Authorization: ${basic('johndoe', 'secret')}`
  const request = (version: string) =>
    [`GET /auth/login HTTP/${version}`, 'Host: 127.0.0.1', 'Connection: close', authorization, '', ''].join(
      '\r\n',
    )
  const port = await listen(app)
  t.match(await rawRequest(port, request('1.1')), /^HTTP\/1\.1 200 /)
  t.notMatch(log.text(), /plain http/)
  t.match(await rawRequest(port, request('1.0')), /^HTTP\/1\.1 200 /)
  t.match(log.text(), /"sign":"HTTP\/1\.0".*plain http/)
})

t.test('no password, token, cookie or key is ever in the log, whatever route they come by', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = await testApp(t, { server: { logger: { level: 'trace', stream } } })
  const password = 'correct-horse-battery-staple'
  const headers = { authorization: basic('johndoe', password) }
  const body = `grant_type=password&username=johndoe&password=${password}`
  const { token, cookie } = await logIn(app)
  await app.inject({ url: '/auth/login', headers })
  await app.inject({ url: '/auth/login', headers: { ...headers, ...NAVIGATION } })
  await app.inject({ method: 'POST', url: '/auth/login', headers: FORM, payload: body })
  await app.inject({ method: 'POST', url: '/auth/login', headers: { ...FORM, ...NAVIGATION }, payload: body })
  await app.inject({ method: 'POST', url: '/auth/token', headers: FORM, payload: body })
  await app.inject({ url: '/users/me', headers: { cookie } })
  await app.inject({ url: '/users/me', headers: { authorization: `Bearer ${token}x` } })
  await app.inject({ url: '/docs', headers: { cookie } })
  await app.inject({ method: 'POST', url: '/auth/revoke', headers: FORM, payload: `token=${token}` })
  await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } })
  const log = lines.join('')
  t.ok(lines.length > 20)
  for (const secret of [password, token, token.split('.')[2] as string, headers.authorization.slice(6)]) {
    t.notOk(log.includes(secret), secret)
  }
})
