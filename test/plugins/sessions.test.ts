import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import type { DocsGateOptions, Session, SessionStore } from '../../plugins/index.ts'
import {
  basic,
  browser,
  cookieHeader,
  decodeToken,
  FORM,
  forgeToken,
  HASHES,
  logIn,
  NAVIGATION,
  setCookies,
  testApp,
} from '../helper.ts'

const statusOf = async (app: FastifyInstance, headers: Record<string, string>): Promise<number> =>
  (await app.inject({ url: '/users/me', headers })).statusCode

/** A store in which everything takes a while, so that logins at one time mix. */
function slowStore(): SessionStore {
  const rows = new Map<string, Session>()
  const later = async <T>(run: () => T): Promise<T> => {
    await wait(Math.random() * 6)
    return run()
  }
  return {
    get: (id) => rows.get(id),
    set: (session) => later(() => void rows.set(session.id, session)),
    delete: (id) => later(() => void rows.delete(id)),
    list: (issuer, subject) =>
      later(() => [...rows.values()].filter((row) => row.issuer === issuer && row.subject === subject)),
  }
}

t.test('of logins at one time, as many sessions stand as a user may have', async (t) => {
  for (const [kind, store] of [
    ['memory', () => 'memory' as const],
    ['a store of the host’s', slowStore],
  ] as const) {
    for (const maxPerUser of [1, 2]) {
      const app = await testApp(t, { gate: { session: { store: store(), maxPerUser } } })
      for (let round = 0; round < 15; round++) {
        const logins = await Promise.all([logIn(app), logIn(app), logIn(app)])
        const statuses = await Promise.all(logins.map(({ cookie }) => statusOf(app, { cookie })))
        const standing = statuses.filter((status) => status === 200).length
        t.equal(standing, maxPerUser, `${kind}, ${maxPerUser} at most: ${statuses}`)
        t.equal((await app.docsGate.sessionsOf('johndoe')).length, maxPerUser)
      }
      const one = await logIn(app)
      t.equal(await statusOf(app, one), 200, 'the one that comes after all others stands')
      const then = await logIn(app)
      t.equal(await statusOf(app, then), 200)
      t.equal(await statusOf(app, one), maxPerUser === 1 ? 401 : 200)
    }
  }
})

t.test('what is no id, no name and no request is refused, and an unknown id is not', async (t) => {
  const app = await testApp(t)
  const { cookie } = await logIn(app)
  const [session] = await app.docsGate.sessionsOf('johndoe')
  const { id } = session as Session
  const noIds: unknown[] = [
    undefined,
    null,
    '',
    0,
    1,
    true,
    {},
    [],
    [id],
    session,
    Symbol('id'),
    () => id,
    new String(id),
  ]
  for (const noId of noIds) {
    const error = { name: 'TypeError', message: /^docsGate\.endSession: write the id of a session/ }
    await t.rejects(app.docsGate.endSession(noId as string), error, typeof noId)
  }
  const noUsers: unknown[] = [
    undefined,
    null,
    0,
    true,
    [],
    ['johndoe'],
    {},
    { username: 'johndoe' },
    { issuer: 1, subject: 2 },
  ]
  for (const noUser of noUsers) {
    const error = { name: 'TypeError', message: /^docsGate: write the name of a user/ }
    for (const ask of [app.docsGate.endSessionsOf, app.docsGate.sessionsOf])
      await t.rejects(async () => void (await ask(noUser as string)), error)
    await t.rejects(app.docsGate.signIn(noUser as string), error)
  }
  for (const noRequest of [null, {}, 'request', 1, { headers: {}, method: 'GET', url: '/' }]) {
    const error = { name: 'TypeError', message: /^docsGate\.signIn: write the request of Fastify/ }
    await t.rejects(app.docsGate.signIn('johndoe', noRequest as never), error)
  }
  t.equal(await statusOf(app, { cookie }), 200, 'nothing ended')
  t.equal(await app.docsGate.endSession('unknown'), undefined)
  t.equal(await statusOf(app, { cookie }), 200)
  await app.docsGate.endSessionsOf(session as Session)
  t.equal(await statusOf(app, { cookie }), 401, 'a session names its user')
})

t.test('a session that may be idle for a second lives as long as it is used', async (t) => {
  const app = await testApp(t, { gate: { session: { idleTimeoutSeconds: 1 } } })
  const visitor = browser(app)
  await visitor.go('/auth/login', { authorization: basic('johndoe', 'secret') })
  const first = visitor.jar.get('docs-gate')
  let usedAt = performance.now()
  for (let i = 0; i < 15; i++) {
    await wait(200)
    const { statusCode } = await visitor.go('/users/me')
    // A machine that is busy elsewhere may have been idle for too long.
    if (performance.now() - usedAt > 900) return void t.comment('too busy to tell')
    usedAt = performance.now()
    t.equal(statusCode, 200, `after ${(i + 1) * 200} ms`)
  }
  t.not(visitor.jar.get('docs-gate'), first)
  await wait(2100)
  t.equal((await visitor.go('/users/me')).statusCode, 303, 'idle for too long')
})

t.test('a token is good for as long as its answer says, whenever in a second it was issued', async (t) => {
  const app = await testApp(t, { gate: { session: { idleTimeoutSeconds: 1 } } })
  const check = async (offset: number): Promise<void> => {
    await wait(offset)
    const issuedAt = performance.now()
    const { access_token, expires_in } = await app.docsGate.signIn('johndoe')
    t.equal(expires_in, 1)
    const { iat, exp } = decodeToken(access_token).claims as { iat: number; exp: number }
    t.ok(exp - iat >= 1 && exp - iat <= 2)
    await wait(880)
    const status = await statusOf(app, { authorization: `Bearer ${access_token}` })
    if (performance.now() - issuedAt < 990) t.equal(status, 200, `${offset}`)
  }
  await Promise.all(Array.from({ length: 10 }, (_, i) => check(i * 100)))
})

const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string

t.test('of many session cookies a few are judged, and junk before a good one keeps nobody out', async (t) => {
  for (const secret of [undefined, EC_KEY]) {
    const app = await testApp(t, { gate: secret === undefined ? {} : { secret } })
    const { token } = await logIn(app)
    const [header, claims, signature] = token.split('.') as [string, string, string]
    // Each would cost the check of a signature.
    const forged = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => {
        const other = Buffer.from(signature, 'base64url')
        other.writeUInt32BE(i, 4)
        return `${header}.${claims}.${other.toString('base64url')}`
      })
    const sent = (...values: readonly string[]) =>
      statusOf(app, { cookie: values.map((value) => `docs-gate=${value}`).join('; ') })
    const junk = Array.from({ length: 60 }, (_, i) => `junk-${i}`)
    t.equal(await sent(...forged(7), token), 200, 'seven before it')
    t.equal(await sent(...forged(8), token), 401, 'the ninth is not judged')
    t.equal(await sent(token, ...forged(59)), 200, 'the first of sixty')
    t.equal(await sent(...junk, token), 200, 'what does not look like a token of ours does not count')
    t.equal(await sent(...junk, ...forged(7), ...junk, token), 200)
    t.equal(await sent(...Array(60).fill(forged(1)[0]), token), 200, 'sixty times the same one counts once')
    t.equal(await sent(...Array(60).fill(token)), 200)
    t.equal(await sent(...forged(60)), 401)
    const refused = await app.inject({
      url: '/users/me',
      headers: { cookie: junk.map((j) => `docs-gate=${j}`).join('; ') },
    })
    t.match(
      refused.headers,
      { 'www-authenticate': /error="invalid_token"/ },
      'junk alone is a bad token, as one is',
    )

    const from = (values: readonly string[]) => values.map((value) => `docs-gate=${value}`).join('; ')
    const logout = await app.inject({
      method: 'POST',
      url: '/auth/logout',
      headers: { cookie: from([...junk, ...forged(7), token]) },
    })
    t.equal(logout.statusCode, 303)
    t.equal(await sent(token), 401, 'a logout looks at as many')
  }
})

t.test('a token whose claims are no UTF-8 is none, however well it is signed', async (t) => {
  const app = await testApp(t, { gate: { session: { store: 'stateless' } } })
  const { token } = await logIn(app)
  const [header] = token.split('.') as [string]
  const { claims } = decodeToken(token)
  const signed = (jti: Buffer): string => {
    const [before, after] = JSON.stringify({ ...claims, jti: '|' }).split('|') as [string, string]
    const payload = Buffer.concat([Buffer.from(before), jti, Buffer.from(after)])
    return forgeToken(header, payload.toString('base64url'))
  }
  const table: [name: string, jti: Buffer, status: number][] = [
    ['ASCII', Buffer.from('a'), 200],
    ['two bytes', Buffer.from('ü'), 200],
    ['four bytes', Buffer.from('😀'), 200],
    ['the replacement character itself', Buffer.from('\ufffd'), 200],
    ['an escaped surrogate', Buffer.from('\\ud800'), 200],
    ['Latin-1', Buffer.from('ü', 'latin1'), 401],
    ['a byte that never occurs', Buffer.of(0xff), 401],
    ['a continuation alone', Buffer.of(0x80), 401],
    ['a sequence cut short', Buffer.of(0xe2, 0x82), 401],
    ['an overlong slash', Buffer.of(0xc0, 0xaf), 401],
    ['a surrogate', Buffer.of(0xed, 0xa0, 0x80), 401],
    ['beyond the last code point', Buffer.of(0xf4, 0x90, 0x80, 0x80), 401],
  ]
  for (const [name, jti, status] of table) {
    const forged = signed(jti)
    t.equal(await statusOf(app, { authorization: `Bearer ${forged}` }), status, name)
    t.equal(await statusOf(app, { cookie: `docs-gate=${forged}` }), status, name)
  }
})

const groups = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `group-${String(i).padStart(4, '0')}-of-a-company`)
const textOf = (scopes: readonly string[]): string => scopes.join(' ')

interface Users {
  readonly users: NonNullable<DocsGateOptions['users']>
  /** Takes a scope away; absent where users do not change. */
  readonly takeAway?: (scope: string) => void
}

function usersWith(scopes: readonly string[]): Readonly<Record<string, Users>> {
  let held = scopes
  const user = () => ({ username: 'johndoe', scopes: held })
  return {
    'a record': { users: { johndoe: { password: HASHES.secret, scopes } } },
    'a database with find': {
      users: {
        verify: (_name, password) => (password === 'secret' ? user() : null),
        find: user,
        recheckSeconds: 0,
      },
      takeAway: (scope) => {
        held = held.filter((one) => one !== scope)
      },
    },
  }
}

t.test('a user with five hundred groups logs in, where they can be looked up', async (t) => {
  const scopes = groups(500)
  for (const store of ['memory', 'stateless'] as const) {
    for (const [kind, { users, takeAway }] of Object.entries(usersWith(scopes))) {
      const app = await testApp(t, {
        gate: { users, session: { store, idleTimeoutSeconds: 2 } },
        after: (app) => {
          for (const scope of [
            'group-0000-of-a-company',
            'group-0499-of-a-company',
            'group-0500-of-a-company',
          ])
            app.get(`/${scope}`, { onRequest: app.authorize(scope) }, async () => 'in')
        },
      })
      const authorization = basic('johndoe', 'secret')
      const response = await app.inject({ url: '/auth/login', headers: { authorization } })
      t.equal(response.statusCode, 200, kind)
      t.equal(response.json().scope, textOf(scopes))
      const [line] = setCookies(response) as [string]
      t.ok(Buffer.byteLength(line) < 1000, `${kind}: the cookie has ${line.length} bytes`)
      const cookie = cookieHeader(line)
      const me = await app.inject({ url: '/auth/me', headers: { cookie } })
      t.strictSame(me.json().scopes, scopes)
      const statusAt = async (number: string, of = cookie) =>
        (await app.inject({ url: `/group-${number}-of-a-company`, headers: { cookie: of } })).statusCode
      t.strictSame([await statusAt('0000'), await statusAt('0499'), await statusAt('0500')], [200, 200, 403])

      await wait(1050)
      const renewed = await app.inject({ url: '/users/me', headers: { cookie } })
      const after = cookieHeader(setCookies(renewed))
      t.not(after, '')
      t.not(after, cookie)
      t.strictSame([await statusAt('0499', after), await statusAt('0500', after)], [200, 403], 'renewed')

      const grant = (scope: string): InjectOptions => ({
        method: 'POST',
        url: '/auth/token',
        headers: FORM,
        payload: `grant_type=password&username=johndoe&password=secret&scope=${scope}`,
      })
      const some = await app.inject(grant('group-0001-of-a-company'))
      t.equal(some.json().scope, 'group-0001-of-a-company')
      t.equal(decodeToken(some.json().access_token).claims['scope'], 'group-0001-of-a-company')
      const all = await app.inject(grant(''))
      t.equal(all.json().scope, textOf(scopes))

      takeAway?.('group-0499-of-a-company')
      if (takeAway) t.equal(await statusAt('0499', after), 403, 'taken away')
    }
  }
})

t.test('the scopes of most users are in their token, as ever', async (t) => {
  const app = await testApp(t, {
    gate: { users: { johndoe: { password: HASHES.secret, scopes: groups(40) } } },
  })
  const { token } = await logIn(app)
  const { claims } = decodeToken(token)
  t.equal(claims['scope'], textOf(groups(40)))
  t.notOk('all_scopes' in claims)
})

t.test('a token that speaks of all scopes speaks of none where nobody can be asked', async (t) => {
  const users = (find: object) => ({ verify: () => ({ username: 'johndoe' }), ...find }) as never
  const session = { store: 'stateless' } as const
  const before = await testApp(t, {
    gate: { users: users({ find: () => ({ username: 'johndoe', scopes: groups(200) }) }), session },
  })
  const { cookie, token } = await logIn(before)
  t.match(decodeToken(token).claims, { scope: '', all_scopes: true })
  const after = await testApp(t, { gate: { users: users({}), session } })
  const me = await after.inject({ url: '/auth/me', headers: { cookie } })
  t.strictSame(me.json().scopes, [])
  const { claims } = decodeToken(token)
  const [header] = token.split('.') as [string]
  for (const all_scopes of [false, 1, 'true', null, {}])
    t.equal(
      await statusOf(after, { authorization: `Bearer ${forgeToken(header, { ...claims, all_scopes })}` }),
      401,
      `all_scopes: ${all_scopes}`,
    )
})

async function oversized(t: Test, scopes: readonly string[]) {
  const lines: { level: number; msg: string; username?: string; scopesLength?: number; limit?: number }[] = []
  const app = await testApp(t, {
    gate: { users: { verify: () => ({ username: 'johndoe', scopes }) } },
    server: {
      logger: { level: 'info', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
    },
  })
  return { app, errors: () => lines.filter(({ level }) => level >= 40) }
}

t.test(
  'scopes that nobody can look up fit into the cookie, or the user and the operator are told',
  async (t) => {
    const scopes = groups(200)
    const { app, errors } = await oversized(t, scopes)
    const authorization = basic('johndoe', 'secret')
    const program = await app.inject({ url: '/auth/login', headers: { authorization } })
    const message = 'Your account has more scopes than a session can carry. Ask the operator of this service.'
    t.match(program.json(), { statusCode: 503, code: 'DOCS_GATE_USERS_UNAVAILABLE', message })
    t.match(program.headers, { 'retry-after': undefined, 'set-cookie': undefined })
    const [told, ...more] = errors()
    t.match(told, { level: 50, username: 'johndoe', scopesLength: textOf(scopes).length, limit: Number })
    t.match(told?.msg, 'Give the users option a find function')
    t.strictSame(more, [], 'once, and without a stack')

    const page = await app.inject({ url: '/auth/login', headers: { ...NAVIGATION, authorization } })
    t.equal(page.statusCode, 503)
    t.match(page.body, 'Your account has more groups or scopes than a session here can carry.')
    t.notMatch(page.body, 'does not work right now')
    const payload = 'grant_type=password&username=johndoe&password=secret'
    const grant = { method: 'POST', url: '/auth/token', headers: FORM } as const
    const all = await app.inject({ ...grant, payload })
    t.match([all.statusCode, all.json()], [400, { error: 'invalid_scope' }])
    const some = await app.inject({ ...grant, payload: `${payload}&scope=${scopes[0]}+${scopes[1]}` })
    t.match(some.json(), { scope: `${scopes[0]} ${scopes[1]}` }, 'a program asks for those that it needs')
    t.strictSame(await app.docsGate.sessionsOf('johndoe').then((all) => all.length), 1, 'nothing was begun')

    // The limit that is named is the one that holds, to the character.
    const limit = told?.limit as number
    t.ok(limit > 1500, `room for ${limit} characters`)
    for (const [length, status] of [
      [limit, 200],
      [limit + 4, 503],
    ] as const) {
      const { app } = await oversized(t, ['x'.repeat(length)])
      const login = await app.inject({ url: '/auth/login', headers: { authorization } })
      t.equal(login.statusCode, status, `${length}`)
    }
  },
)

t.test('no session cookie is larger than browsers keep, whatever is in a name', async (t) => {
  const texts = ['"', '\\', '\u0001', '\u2028', '\ud800', 'ü', '😀', 'a']
  for (const text of texts) {
    // Not the character itself, which may end a line of the report.
    const label = `U+${text.codePointAt(0)?.toString(16)}`
    for (const domain of [undefined, `${'d'.repeat(60)}.${'example.'.repeat(20)}com`]) {
      const username = text.repeat(Math.floor(256 / Buffer.byteLength(text)))
      const user = { username, scopes: groups(30), name: text.repeat(200), email: text.repeat(250) }
      const app = await testApp(t, {
        gate: { users: { verify: () => user }, session: { cookie: { domain } } },
        server: { trustProxy: true },
      })
      for (const proto of ['http', 'https']) {
        const headers = { authorization: basic('johndoe', 'secret'), 'x-forwarded-proto': proto }
        const response = await app.inject({ url: '/auth/login', headers })
        t.equal(response.statusCode, 200, label)
        const [line] = setCookies(response) as [string]
        t.ok(Buffer.byteLength(line) <= 4096, `${label}: ${Buffer.byteLength(line)} bytes`)
        const me = await app.inject({
          url: '/auth/me',
          headers: { cookie: cookieHeader(line), 'x-forwarded-proto': proto },
        })
        t.match(me.json(), { scopes: groups(30) })
      }
    }
  }
})
