import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Session, SessionStore } from '../../plugins/index.ts'
import { basic, FORM, logIn, NAVIGATION, testApp } from '../helper.ts'

type Operation = 'get' | 'set' | 'delete' | 'list'

interface World {
  readonly app: FastifyInstance
  /** What the store answers from now on instead of what is true. */
  readonly lies: Partial<Record<Operation, (truth: unknown) => unknown>>
  readonly sessions: Map<string, Session>
}

async function lyingStore(t: Test): Promise<World> {
  const lies: World['lies'] = {}
  const sessions = new Map<string, Session>()
  const tell = (operation: Operation, truth: unknown): never =>
    (lies[operation] ? lies[operation](truth) : truth) as never
  const store: SessionStore = {
    get: (id) => tell('get', sessions.get(id)),
    set: (session) => tell('set', void sessions.set(session.id, session)),
    delete: (id) => tell('delete', void sessions.delete(id)),
    list: (issuer, subject) =>
      tell(
        'list',
        [...sessions.values()].filter((session) => session.issuer === issuer && session.subject === subject),
      ),
  }
  const app = await testApp(t, {
    gate: { session: { store } },
    after: (app) => {
      app.get('/whoami', { onRequest: app.identify }, async (request) => request.user)
    },
  })
  return { app, lies, sessions }
}

const UNAVAILABLE = { statusCode: 503, code: 'DOCS_GATE_STORE_UNAVAILABLE', error: 'Service Unavailable' }

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const throwing = (): never => {
  throw new Error('thrown by the store')
}

type Then = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void

const thenable = (run: Then): object => Object.defineProperty({}, 'then', { value: run })

/** A session of which one field is something else. */
const withField = (field: keyof Session, value: unknown) => (truth: unknown) => ({
  ...(truth as Session),
  [field]: value,
})

// What a session may not be; each is tried as it is, in a promise and, as a list, in a list.
const NO_SESSIONS: Readonly<Record<string, (truth: unknown) => unknown>> = {
  true: () => true,
  false: () => false,
  'a number': () => 1,
  NaN: () => Number.NaN,
  'a text': () => 'session',
  'an empty text': () => '',
  'its JSON': (truth) => JSON.stringify(truth),
  'a symbol': () => Symbol('session'),
  'a function': () => () => {},
  'an empty object': () => ({}),
  'a list': (truth) => [truth],
  'a row in an object': (truth) => ({ rows: [truth] }),
  'a Date': () => new Date(),
  'a Buffer': () => Buffer.from('session'),
  'a revoked proxy': revoked,
  'a proxy that throws': (truth) => new Proxy(truth as object, { get: throwing }),
  'a getter that throws': (truth) =>
    Object.defineProperty({ ...(truth as Session) }, 'expiresAt', { get: throwing }),
  'another id': withField('id', 'another'),
  'no id': withField('id', undefined),
  'an id that is a number': withField('id', 1),
  'no issuer': withField('issuer', undefined),
  'an issuer in a list': (truth) => ({ ...(truth as Session), issuer: [(truth as Session).issuer] }),
  'no subject': withField('subject', null),
  'no beginning': withField('createdAt', undefined),
  'a beginning as a text': withField('createdAt', '2026-11-28T00:00:00.000Z'),
  'a beginning as a Date': withField('createdAt', new Date()),
  'no end': withField('expiresAt', undefined),
  'an end that is null': withField('expiresAt', null),
  'an end that is NaN': withField('expiresAt', Number.NaN),
  'an end that never comes': withField('expiresAt', Number.POSITIVE_INFINITY),
  'an end as a text': withField('expiresAt', '9999999999999'),
  'an end as a date in a text': withField('expiresAt', '2099-01-01T00:00:00.000Z'),
  'an end as a Date': withField('expiresAt', new Date('2099-01-01')),
  'an end as a bigint': withField('expiresAt', 9_999_999_999_999n),
  'an end with a fraction': withField('expiresAt', 9_999_999_999_999.5),
}

// Promises that are none, and promises of nonsense.
const BAD_PROMISES: Readonly<Record<string, () => unknown>> = {
  'a promise that rejects': () => Promise.reject(new Error('down')),
  'a promise that rejects with nothing': () => Promise.reject(),
  'a thenable that throws': () => thenable(throwing),
  'a thenable whose then throws when read': () => Object.defineProperty({}, 'then', { get: throwing }),
  'a thenable that rejects': () => thenable((_, reject) => reject('no')),
  'a promise whose constructor throws': () =>
    Object.defineProperty(Promise.resolve(null), 'constructor', { get: throwing }),
  'a throw': throwing,
}

t.test('whatever a store answers that is not the session of that id closes the gate', async (t) => {
  const { app, lies } = await lyingStore(t)
  const { cookie, bearer, token } = await logIn(app)
  const lie: Record<string, (truth: unknown) => unknown> = { ...NO_SESSIONS, ...BAD_PROMISES }
  for (const [name, nonsense] of Object.entries(NO_SESSIONS))
    lie[`a promise of ${name}`] = async (truth) => nonsense(truth)
  for (const [name, nonsense] of Object.entries(lie)) {
    lies.get = nonsense
    for (const headers of [{ cookie }, { authorization: bearer }]) {
      const response = await app.inject({ url: '/users/me', headers })
      t.match(response.json(), UNAVAILABLE, name)
      t.match(response.headers, { 'retry-after': '5' }, name)
      t.notMatch(response.body, 'thrown by the store')
    }
    for (const url of ['/docs', '/openapi.json', '/auth/me', '/admin'])
      t.equal((await app.inject({ url, headers: { cookie } })).statusCode, 503, `${name}: ${url}`)
    const page = await app.inject({ url: '/docs', headers: { ...NAVIGATION, cookie } })
    t.match([page.statusCode, page.headers['retry-after']], [503, '5'], name)
    t.equal((await app.inject({ url: '/whoami', headers: { cookie } })).body, 'null', `${name}: identify`)
  }
  delete lies.get
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  lies.get = (truth) => ({ ...(truth as Session), row: 7 })
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200, 'more is no harm')
  // What is there is deleted, whatever is shown of it.
  lies.get = () => true
  const revocation = new URLSearchParams({ token }).toString()
  const request = { method: 'POST', url: '/auth/revoke', headers: FORM, payload: revocation } as const
  t.equal((await app.inject(request)).statusCode, 200)
  delete lies.get
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 401)
})

t.test('a session that has ended does not come back as another session of its user', async (t) => {
  const { app, lies, sessions } = await lyingStore(t)
  const ended = await logIn(app)
  const [{ id }] = [...sessions.values()] as [Session]
  const standing = await logIn(app)
  await app.docsGate.endSession(id)
  const [other] = sessions.values()
  lies.get = () => other
  t.match((await app.inject({ url: '/users/me', headers: { cookie: ended.cookie } })).json(), UNAVAILABLE)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: standing.cookie } })).statusCode, 200)
})

t.test('a session that says something else the second time is taken at its first word', async (t) => {
  const { app, lies } = await lyingStore(t)
  const { cookie } = await logIn(app)
  const reads = new Map<PropertyKey, number>()
  lies.get = (truth) =>
    new Proxy(truth as object, {
      get(target, name) {
        reads.set(name, (reads.get(name) ?? 0) + 1)
        return Reflect.get(target, name)
      },
    })
  t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  for (const field of ['id', 'issuer', 'subject', 'createdAt', 'expiresAt'])
    t.equal(reads.get(field), 1, `${field} is read once`)
})

t.test('whatever a store lists that is not the sessions of that user closes the gate', async (t) => {
  const { app, lies } = await lyingStore(t)
  await logIn(app, 'jane', 'secret2')
  const { cookie } = await logIn(app)
  const lie: Record<string, (truth: unknown) => unknown> = { ...BAD_PROMISES }
  const noLists: Record<string, (truth: readonly Session[]) => unknown> = {
    nothing: () => undefined,
    null: () => null,
    true: () => true,
    'a text': () => 'sessions',
    'one session': ([session]) => session,
    'an object': (sessions) => ({ ...sessions, length: sessions.length }),
    'a set': (sessions) => new Set(sessions),
    'an iterator': (sessions) => sessions.values(),
    'a list of null': () => [null],
    'a list of nothing': () => [undefined],
    'a list with a hole': (sessions) => Object.assign(Array(3), sessions),
    'a list that throws': (sessions) =>
      new Proxy(sessions, { get: (target, name) => (name === '0' ? throwing() : Reflect.get(target, name)) }),
  }
  for (const [name, nonsense] of Object.entries(noLists)) {
    lie[name] = (truth) => nonsense(truth as readonly Session[])
    lie[`a promise of ${name}`] = async (truth) => nonsense(truth as readonly Session[])
  }
  for (const [name, nonsense] of Object.entries(NO_SESSIONS)) {
    if (name === 'another id') continue
    lie[`a list with ${name}`] = (truth) => [nonsense((truth as readonly Session[])[0])]
  }
  for (const [name, nonsense] of Object.entries(lie)) {
    lies.list = nonsense
    const login = await app.inject({
      url: '/auth/login',
      headers: { authorization: basic('johndoe', 'secret') },
    })
    t.match(login.json(), UNAVAILABLE, `a login, ${name}`)
    t.match(login.headers, { 'retry-after': '5', 'set-cookie': undefined })
    const payload = 'grant_type=password&username=johndoe&password=secret'
    const grant = await app.inject({ method: 'POST', url: '/auth/token', headers: FORM, payload })
    t.match(grant.json(), UNAVAILABLE, `a grant, ${name}`)
    for (const ask of [app.docsGate.sessionsOf, app.docsGate.endSessionsOf])
      await t.rejects(
        async () => void (await ask('johndoe')),
        { code: UNAVAILABLE.code, statusCode: 503 },
        name,
      )
    t.equal((await app.inject({ url: '/users/me', headers: { cookie } })).statusCode, 200)
  }
  lies.list = (truth) => [...(truth as readonly Session[]), ...(truth as readonly Session[])]
  const [twice, ...more] = await app.docsGate.sessionsOf('johndoe')
  t.match(twice, { subject: 'johndoe' })
  t.strictSame(more, [], 'what is listed twice is there once')
})

t.test('sessions of others that a store lists too are neither shown, nor counted, nor ended', async (t) => {
  const { app, lies, sessions } = await lyingStore(t)
  const jane = await logIn(app, 'jane', 'secret2')
  const elsewhere = { ...([...sessions.values()][0] as Session), issuer: 'https://idp.example' }
  lies.list = () => [...sessions.values(), elsewhere]
  await logIn(app)
  await logIn(app)
  const listed = await app.docsGate.sessionsOf('johndoe')
  t.strictSame(
    listed.map(({ subject }) => subject),
    ['johndoe', 'johndoe'],
  )
  await app.docsGate.endSessionsOf('johndoe')
  t.equal(sessions.size, 1)
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: jane.cookie } })).statusCode, 200)
})

t.test('what a store answers to set and delete says nothing, unless it fails', async (t) => {
  const { app, lies } = await lyingStore(t)
  const statusOf = async (cookie: string): Promise<number> =>
    (await app.inject({ url: '/users/me', headers: { cookie } })).statusCode
  for (const answer of [undefined, null, false, 0, 'OK', {}, [], Number.NaN, Promise.resolve(false)]) {
    lies.set = () => answer
    lies.delete = () => answer
    const { cookie } = await logIn(app)
    t.equal(await statusOf(cookie), 200, String(answer))
    const logout = await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } })
    t.equal(logout.statusCode, 303, String(answer))
    t.equal(await statusOf(cookie), 401, String(answer))
  }
  for (const [name, fails] of Object.entries(BAD_PROMISES)) {
    lies.set = fails
    const authorization = basic('johndoe', 'secret')
    const login = await app.inject({ url: '/auth/login', headers: { authorization } })
    t.match(login.json(), UNAVAILABLE, `set: ${name}`)
    delete lies.set
    delete lies.delete
    const { cookie } = await logIn(app)
    lies.delete = fails
    const logout = await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } })
    t.match(logout.json(), UNAVAILABLE, `delete: ${name}`)
    t.match(logout.headers, { 'retry-after': '5' })
  }
})

t.test('no session is left of a login that fails after it was stored', async (t) => {
  const { app, lies, sessions } = await lyingStore(t)
  let lists = 0
  // The second time, when the session is there.
  lies.list = (truth) => (++lists % 2 === 0 ? throwing() : truth)
  const authorization = basic('johndoe', 'secret')
  t.equal((await app.inject({ url: '/auth/login', headers: { authorization } })).statusCode, 503)
  t.equal(lists, 2)
  t.equal(sessions.size, 0)
})

t.test('a login is one of two hundred thousand sessions, where a store lists so many', async (t) => {
  const { app, lies, sessions } = await lyingStore(t)
  await logIn(app)
  const [session] = [...sessions.values()] as [Session]
  lies.list = () => Array.from({ length: 200_000 }, () => session)
  t.equal(
    (await app.inject({ url: '/auth/login', headers: { authorization: basic('johndoe', 'secret') } }))
      .statusCode,
    200,
  )
})
