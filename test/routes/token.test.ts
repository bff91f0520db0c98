import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mock } from 'node:test'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import {
  basic,
  cookieHeader,
  decodeToken,
  FORM,
  forgeToken,
  logIn,
  NAVIGATION,
  SECRET,
  setCookies,
  testApp,
  USERS,
} from '../helper.ts'

type Headers = Record<string, string>

const GRANT = 'grant_type=password&username=johndoe&password=secret'
const NOT_A_FORM = {
  error: 'invalid_request',
  error_description: 'The body has to be a form, with each parameter once.',
}
const INVALID_GRANT = { error: 'invalid_grant', error_description: 'The user name or the password is wrong.' }
const INVALID_SCOPE = { error: 'invalid_scope', error_description: 'None of these scopes can be granted.' }

const send = (app: FastifyInstance, url: string, payload: string | Buffer, headers: Headers = FORM) =>
  app.inject({ method: 'POST', url, headers, payload })

t.test('POST /token grants a token for a password', async (t) => {
  const app = await testApp(t, { gate: { trustedOrigins: ['https://app.example.com'] } })
  const response = await send(app, '/auth/token', GRANT)
  t.equal(response.statusCode, 200)
  t.equal(response.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers['pragma'], 'no-cache')
  t.strictSame(setCookies(response), [], 'a program needs no cookie')
  const { access_token: token, ...rest } = response.json()
  t.same(rest, { token_type: 'Bearer', expires_in: 1800, scope: 'admin read' })
  const { header, claims } = decodeToken(token)
  t.strictSame(Object.keys(header).sort(), ['alg', 'kid', 'typ'])
  t.equal(header['typ'], 'docs-gate+jwt')
  t.equal(header['alg'], 'HS256')
  t.strictSame(Object.keys(claims).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'scope', 'sid', 'sub'])
  const me = await app.inject({ url: '/auth/me', headers: { authorization: `Bearer ${token}` } })
  t.equal(me.json().username, 'johndoe')

  const { cookie } = await logIn(app)
  for (const headers of [
    { authorization: basic('jane', 'wrong') },
    { authorization: 'Bearer junk' },
    { authorization: 'Nonsense' },
    { ...NAVIGATION },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' },
    { origin: 'https://app.example.com' },
    { cookie },
  ] as Headers[]) {
    const response = await send(app, '/auth/token', GRANT, { ...FORM, ...headers })
    t.equal(response.statusCode, 200, 'only the body counts')
    t.equal(decodeToken(response.json().access_token).claims['sub'], 'johndoe')
    t.strictSame(setCookies(response), [])
  }
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  const parameters = await send(app, '/auth/token', `${GRANT}&client_id=x&client_secret=y&other=z`)
  t.equal(parameters.statusCode, 200, 'parameters that it does not know are ignored')
  t.equal((await app.inject('/auth/token')).statusCode, 404, 'there is no GET')
})

t.test('a page of another origin neither gets a token nor spends the budget of its visitor', async (t) => {
  const app = await testApp(t)
  const denied: unknown[] = []
  const listener = (record: unknown) => void denied.push(record)
  subscribe('docs-gate:denied', listener)
  t.teardown(() => unsubscribe('docs-gate:denied', listener))
  const foreign: Headers[] = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ]
  for (const headers of foreign) {
    for (const password of ['secret', 'wrong', 'wrong']) {
      const form = `grant_type=password&username=johndoe&password=${password}`
      const response = await send(app, '/auth/token', form, { ...FORM, ...headers })
      t.equal(response.statusCode, 403)
      t.equal(response.json().code, 'DOCS_GATE_CROSS_ORIGIN')
      t.equal(response.headers['cache-control'], 'no-store')
    }
  }
  t.equal(denied.length, 12)
  t.match(denied[0], { event: 'denied', ip: '127.0.0.1', reason: 'cross_origin' })
  const granted = await send(app, '/auth/token', GRANT)
  t.equal(granted.statusCode, 200, 'the budget is whole')
  const token = granted.json().access_token
  const revoked = await send(app, '/auth/revoke', `token=${token}`, { ...FORM, ...foreign[0] })
  t.equal(revoked.statusCode, 200, 'who has a token may end it from anywhere')
})

t.test('scope asks for less, never for more', async (t) => {
  const app = await testApp(t)
  const table: [scope: string, granted: string | null][] = [
    ['', 'admin read'],
    ['   ', 'admin read'],
    ['admin', 'admin'],
    ['read admin', 'admin read'],
    ['read read', 'read'],
    ['read other', 'read'],
    ['other', null],
    ['ADMIN', null],
    ['admin,read', null],
    ['admin\tread', null],
    ['"admin"', null],
    ['é', null],
    ['admin \\', null],
  ]
  for (const [scope, granted] of table) {
    const response = await send(app, '/auth/token', `${GRANT}&scope=${encodeURIComponent(scope)}`)
    if (granted === null) {
      t.equal(response.statusCode, 400, scope)
      t.same(response.json(), INVALID_SCOPE)
      t.equal(response.headers['cache-control'], 'no-store')
      t.equal(response.headers['pragma'], 'no-cache')
      continue
    }
    t.equal(response.json().scope, granted, scope)
    const headers = { authorization: `Bearer ${response.json().access_token}` }
    const admin = await app.inject({ url: '/admin', headers })
    t.equal(admin.statusCode, granted.includes('admin') ? 200 : 403, 'and the token may do no more')
    t.strictSame((await app.inject({ url: '/auth/me', headers })).json().scopes, granted.split(' '))
  }
  const jane = 'grant_type=password&username=jane&password=secret2'
  const none = await send(app, '/auth/token', jane)
  t.equal(none.json().scope, '', 'who has no scopes gets a token of none')
  t.same((await send(app, '/auth/token', `${jane}&scope=admin`)).json(), INVALID_SCOPE)
})

t.test('every failure of /token is one of RFC 6749', async (t) => {
  const app = await testApp(t)
  const missing = (name: string) => ({ error: 'invalid_request', error_description: `${name} is missing.` })
  const unsupported = {
    error: 'unsupported_grant_type',
    error_description: 'grant_type has to be password.',
  }
  const table: [payload: string | Buffer, headers: Headers, body: object][] = [
    ['', FORM, missing('grant_type')],
    ['username=johndoe&password=secret', FORM, missing('grant_type')],
    ['grant_type=&username=johndoe&password=secret', FORM, unsupported],
    ['grant_type=client_credentials', FORM, unsupported],
    ['grant_type=Password&username=johndoe&password=secret', FORM, unsupported],
    ['grant_type=authorization_code&code=x', FORM, unsupported],
    ['grant_type=password&password=secret', FORM, missing('username')],
    ['grant_type=password&username=johndoe', FORM, missing('password')],
    ['grant_type=password', FORM, missing('username')],
    [`${GRANT}&username=jane`, FORM, NOT_A_FORM],
    [`${GRANT}&scope=a&scope=b`, FORM, NOT_A_FORM],
    [Buffer.from([0x67, 0xff]), FORM, NOT_A_FORM],
    ['grant_type=password&username=johndoe%FF&password=secret', FORM, NOT_A_FORM],
    ['grant_type=password&username=johndoe&password=wrong', FORM, INVALID_GRANT],
    ['grant_type=password&username=nobody&password=secret', FORM, INVALID_GRANT],
    ['grant_type=password&username=alice&password=wonderland', FORM, INVALID_GRANT],
    ['grant_type=password&username=&password=', FORM, INVALID_GRANT],
    ['grant_type=password&username=john%00doe&password=secret', FORM, INVALID_GRANT],
    [`grant_type=password&username=johndoe&password=${'x'.repeat(1025)}`, FORM, INVALID_GRANT],
    [`grant_type=password&username=${'x'.repeat(257)}&password=secret`, FORM, INVALID_GRANT],
    ['grant_type=password&username=nobody&password=secret&scope=%22', FORM, INVALID_GRANT],
    [GRANT, {}, NOT_A_FORM],
    [GRANT, { 'content-type': 'text/plain' }, NOT_A_FORM],
    [GRANT, { 'content-type': 'application/x-www-form-urlencodedx' }, NOT_A_FORM],
    [GRANT, { 'content-type': 'multipart/form-data; boundary=x' }, NOT_A_FORM],
    [
      JSON.stringify({ grant_type: 'password', username: 'johndoe', password: 'secret' }),
      { 'content-type': 'application/json' },
      NOT_A_FORM,
    ],
    ['{', { 'content-type': 'application/json' }, NOT_A_FORM],
  ]
  for (const [payload, headers, body] of table) {
    for (const more of [{}, NAVIGATION] as Headers[]) {
      const response = await send(app, '/auth/token', payload, { ...more, ...headers })
      t.equal(response.statusCode, 400, payload.toString().slice(0, 60))
      t.same(response.json(), body)
      t.equal(response.headers['content-type'], 'application/json; charset=utf-8')
      t.equal(response.headers['cache-control'], 'no-store')
      t.equal(response.headers['pragma'], 'no-cache')
      t.equal(response.headers['www-authenticate'], undefined)
      t.strictSame(setCookies(response), [])
    }
  }
  const without = await app.inject({ method: 'POST', url: '/auth/token' })
  t.same(without.json(), NOT_A_FORM)
  t.equal(without.statusCode, 400)
  const long = await send(app, '/auth/token', `${GRANT}&x=${'x'.repeat(16_384)}`)
  t.equal(long.statusCode, 413)
  const longer = await send(app, '/auth/token', 'x'.repeat(1_100_000), { 'content-type': 'text/plain' })
  t.equal(longer.statusCode, 413)
  t.strictSame(await app.docsGate.sessionsOf('johndoe'), [])
})

t.test('POST /revoke ends the session of a token, and says yes to anything else', async (t) => {
  const app = await testApp(t)
  const revoke = (token: string, headers: Headers = {}) =>
    send(app, '/auth/revoke', new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(), {
      ...FORM,
      ...headers,
    })
  const john = await logIn(app)
  const other = await logIn(app)
  const response = await revoke(john.token)
  t.equal(response.statusCode, 200)
  t.equal(response.body, '')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers['pragma'], 'no-cache')
  t.strictSame(setCookies(response), [])
  for (const headers of [{ authorization: john.bearer }, { cookie: john.cookie }] as Headers[]) {
    const me = await app.inject({ url: '/users/me', headers })
    t.equal(me.json().code, 'DOCS_GATE_INVALID_TOKEN', 'the whole session is over')
  }
  const { header, claims } = decodeToken(other.token)
  const powerless = {
    'revoked already': john.token,
    junk: 'junk',
    empty: '',
    'of another secret': forgeToken(header, claims, 'another-secret-for-tests-of-32-bytes-or-more'),
    unsigned: `${other.token.slice(0, other.token.lastIndexOf('.'))}.`,
    'a session id': claims['sid'] as string,
  }
  for (const [name, token] of Object.entries(powerless)) {
    const response = await revoke(token)
    t.equal(response.statusCode, 200, name)
    t.equal(response.body, '')
  }
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: other.cookie } })).statusCode, 200)
  const foreign = await revoke(other.token, {
    'sec-fetch-site': 'cross-site',
    authorization: basic('jane', 'wrong'),
  })
  t.equal(foreign.statusCode, 200, 'the token is its own authority')
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: other.cookie } })).statusCode, 401)

  const missing = { error: 'invalid_request', error_description: 'token is missing.' }
  const table: [payload: string, headers: Headers][] = [
    ['', FORM],
    ['token_type_hint=access_token', FORM],
    [`token=${other.token}&token=${other.token}`, FORM],
    [JSON.stringify({ token: other.token }), { 'content-type': 'application/json' }],
    [`token=${other.token}`, {}],
  ]
  for (const [payload, headers] of table) {
    const response = await send(app, '/auth/revoke', payload, headers)
    t.equal(response.statusCode, 400, payload.slice(0, 30))
    t.same(response.json(), missing)
    t.equal(response.headers['cache-control'], 'no-store')
  }
  t.same((await app.inject({ method: 'POST', url: '/auth/revoke' })).json(), missing)
})

t.test('an expired token still revokes its session', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2030, 0, 1) })
  t.teardown(() => mock.timers.reset())
  const app = await testApp(t)
  const { token, cookie } = await logIn(app)
  mock.timers.tick(1_000_000)
  const renewed = cookieHeader(setCookies(await app.inject({ url: '/users/me', headers: { cookie } })))
  mock.timers.tick(900_000)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: renewed } })).statusCode, 200)
  await send(app, '/auth/revoke', `token=${token}`)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: renewed } })).statusCode, 401)
})

t.test('stateless tokens cannot be revoked', async (t) => {
  const app = await testApp(t, { gate: { session: { store: 'stateless' } } })
  const granted = await send(app, '/auth/token', GRANT)
  const response = await send(app, '/auth/revoke', `token=${granted.json().access_token}`)
  t.equal(response.statusCode, 400)
  t.same(response.json(), {
    error: 'unsupported_token_type',
    error_description: 'Tokens of this service end when they expire.',
  })
})

t.test('GET /me says who one is, and never redirects', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2030, 0, 1) })
  t.teardown(() => mock.timers.reset())
  const app = await testApp(t, { gate: { users: { ...USERS, 'jö <b>': USERS.jane } } })
  const john = await logIn(app)
  const byCookie = await app.inject({ url: '/auth/me', headers: { ...NAVIGATION, cookie: john.cookie } })
  t.equal(byCookie.statusCode, 200)
  t.equal(byCookie.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(byCookie.headers['cache-control'], 'no-store')
  t.same(byCookie.json(), {
    username: 'johndoe',
    issuer: 'docs-gate',
    subject: 'johndoe',
    scopes: ['admin', 'read'],
    name: 'John Doe',
    email: 'john@example.com',
    authenticatedBy: 'cookie',
    sessionId: decodeToken(john.token).claims['sid'],
    expiresAt: Date.UTC(2030, 0, 1, 0, 30),
  })
  const byBearer = await app.inject({ url: '/auth/me', headers: { authorization: john.bearer } })
  t.same(byBearer.json(), { ...byCookie.json(), authenticatedBy: 'bearer' })
  const unusual = await logIn(app, 'jö <b>', 'secret2')
  t.equal(
    (await app.inject({ url: '/auth/me', headers: { cookie: unusual.cookie } })).json().username,
    'jö <b>',
  )

  const missing = 'Bearer realm="API documentation"'
  const table: [headers: Headers, code: string, challenge: string][] = [
    [{}, 'DOCS_GATE_UNAUTHENTICATED', missing],
    [NAVIGATION, 'DOCS_GATE_UNAUTHENTICATED', missing],
    [{ authorization: basic('johndoe', 'secret') }, 'DOCS_GATE_UNAUTHENTICATED', missing],
    [{ authorization: 'Bearer x' }, 'DOCS_GATE_INVALID_TOKEN', `${missing}, error="invalid_token"`],
    [
      { ...NAVIGATION, cookie: 'docs-gate=x' },
      'DOCS_GATE_INVALID_TOKEN',
      `${missing}, error="invalid_token"`,
    ],
  ]
  for (const [headers, code, challenge] of table) {
    const response = await app.inject({ url: '/auth/me', headers })
    t.equal(response.statusCode, 401)
    t.equal(response.json().code, code)
    t.equal(response.headers['www-authenticate'], challenge, 'no dialog over a fetch')
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers.location, undefined)
  }
  mock.timers.tick(900_000)
  const renewed = await app.inject({ url: '/auth/me', headers: { cookie: john.cookie } })
  t.match(setCookies(renewed)[0], /^docs-gate=/)
  t.equal((await app.inject({ method: 'HEAD', url: '/auth/me' })).statusCode, 401)
})

t.test('each secret of a list verifies, and the first signs', async (t) => {
  const old = await testApp(t, { gate: { secret: SECRET, session: { store: 'stateless' } } })
  const next = 'the-next-secret-for-tests-of-32-bytes-or-more'
  const rotated = await testApp(t, { gate: { secret: [next, SECRET], session: { store: 'stateless' } } })
  const before = await logIn(old)
  const after = await logIn(rotated)
  const ask = async (app: FastifyInstance, authorization: string) =>
    (await app.inject({ url: '/users/me', headers: { authorization } })).statusCode
  t.equal(await ask(rotated, before.bearer), 200)
  t.equal(await ask(rotated, after.bearer), 200)
  t.equal(await ask(old, after.bearer), 401)
})
