import { mock } from 'node:test'
import t from 'tap'
import { UsersUnavailableError } from '../../lib/errors.ts'
import { createdAtOf, createSessionId, fingerprint, fingerprintOf } from '../../lib/session/session-id.ts'
import { type SessionStatus, userOf } from '../../lib/session/session-status.ts'
import { gateSessions, type Sessions } from '../../lib/session/sessions.ts'
import { memoryStore } from '../../lib/session/store/memory-store.ts'
import type { Session, SessionStore } from '../../lib/session/store/session-store.ts'
import type { Claims } from '../../lib/session/token/token.ts'
import type { Account, UserDirectory } from '../../lib/users/user-directory.ts'
import { accountOf, CLAIMS, codecOf, ISSUER, NOW, SETTINGS, sessionOf, testSessions } from './fixtures.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await null
}

t.test('a session id says when it began and for which version, and nothing of the version', async (t) => {
  const id = createSessionId(NOW, 'v1')
  t.match(id, /^[0-9a-z]+\.[\w-]{22}\.[\w-]{8}$/)
  t.ok(id.length <= 64)
  t.equal(createdAtOf(id), NOW)
  t.equal(fingerprintOf(id), fingerprint('v1'))
  t.not(fingerprint('v1'), fingerprint('v2'))
  t.equal(new Set(Array.from({ length: 100 }, () => createSessionId(NOW, 'v1'))).size, 100)
  t.ok(Number.isNaN(createdAtOf('.x.y')), 'an id that is none')
})

t.test('the user of a request is what the token says and the directory still knows', async (t) => {
  const claims: Claims = { iss: ISSUER, aud: ISSUER, ...CLAIMS, name: 'from login' }
  const common = {
    username: 'johndoe',
    issuer: ISSUER,
    subject: 'johndoe',
    authenticatedBy: 'cookie',
    sessionId: 's',
    expiresAt: CLAIMS.exp * 1000,
  }
  const unknown = userOf(claims, ['a', 'b'], undefined, 'cookie')
  t.strictSame({ ...unknown }, { ...common, scopes: ['a', 'b'], name: 'from login' }, 'nobody to ask')
  const known = userOf(claims, ['a', 'b'], accountOf({ scopes: ['b', 'c'] }), 'cookie')
  t.strictSame({ ...known }, { ...common, scopes: ['b'], name: 'J', email: 'e@x' }, 'scopes are never added')
  const bare = userOf(
    claims,
    [],
    accountOf({ username: 'JohnDoe', name: undefined, email: undefined }),
    'bearer',
  )
  t.strictSame({ ...bare }, { ...common, username: 'JohnDoe', scopes: [], authenticatedBy: 'bearer' })
  for (const user of [unknown, known, bare]) t.ok(Object.isFrozen(user) && Object.isFrozen(user.scopes))
})

/** A store that takes a turn for everything, as one of another process does. */
function slowStore(): SessionStore {
  const store = memoryStore(() => NOW)
  return {
    get: async (id) => store.get(id),
    set: async (...session) => store.set(...session),
    delete: async (id) => store.delete(id),
    list: async (...user) => store.list(...user),
  }
}

const NO_FIND = { find: undefined } as unknown as Partial<UserDirectory>

t.test(
  'a session is opened with a token that is good for all of it, and idle too long it is over',
  async (t) => {
    const { world, sessions, store } = testSessions()
    const issued = await sessions.open(accountOf())
    t.match(issued, {
      token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
      expiresInSeconds: 100,
      scope: 'a b',
      session: { issuer: ISSUER, subject: 'johndoe', createdAt: NOW, expiresAt: NOW + 1_000_000 },
    })
    const { id } = issued.session
    t.strictSame(store.get(id), issued.session)
    t.strictSame(await sessions.list(ISSUER, 'johndoe'), [issued.session])
    t.equal(sessions.claimsOf(issued.token)?.sid, id)
    const claims = codecOf().read(issued.token)
    t.match(claims, { sub: 'johndoe', sid: id, iat: NOW / 1000, exp: NOW / 1000 + 100, scope: 'a b' })
    t.strictSame([claims?.name, claims?.email], [undefined, undefined], 'the directory is asked for them')
    t.not(claims?.jti, codecOf().read((await sessions.open(accountOf())).token)?.jti)

    const status = sessions.verify(issued.token, 'cookie') as SessionStatus
    t.match(status, { state: 'valid', user: { username: 'johndoe', scopes: ['a', 'b'], sessionId: id } })
    t.equal(sessions.verify(issued.token, 'cookie'), status, 'worked out once, with the memory store at once')
    t.match(sessions.verify(issued.token, 'bearer'), { user: { authenticatedBy: 'bearer' } })
    t.match(sessions.verify(issued.token, 'cookie'), { user: { authenticatedBy: 'cookie' } })

    world.now = NOW + 99_999
    t.match(sessions.verify(issued.token, 'cookie'), { state: 'valid' })
    world.now = NOW + 100_000
    t.strictSame(sessions.verify(issued.token, 'cookie'), { state: 'ended', sessionId: id }, 'idle')
    t.equal(sessions.claimsOf(issued.token)?.sid, id, 'an expired token says whose it was')

    t.strictSame(sessions.verify('junk', 'cookie'), { state: 'unknown' })
    t.equal(sessions.claimsOf('junk')?.sid, undefined)
    const unseen = testSessions()
    t.equal(unseen.sessions.claimsOf(issued.token)?.sid, id, 'also a token that was never judged')
    t.strictSame(
      unseen.sessions.verify(issued.token, 'cookie'),
      { state: 'ended', sessionId: id },
      'after a restart',
    )
  },
)

t.test('a session may be opened with some of the scopes, or none', async (t) => {
  const { sessions } = testSessions()
  for (const scopes of [['b'], []]) {
    const issued = await sessions.open(accountOf(), scopes)
    t.equal(issued.scope, scopes.join(' '))
    t.match(sessions.verify(issued.token, 'bearer'), { state: 'valid' })
    t.strictSame(
      (sessions.verify(issued.token, 'bearer') as { user: { scopes: unknown } }).user.scopes,
      scopes,
    )
  }
})

t.test(
  'a token is renewed after half of its life, the same for requests at a time, up to the end',
  async (t) => {
    const { world, sessions } = testSessions({
      settings: { idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 170 },
    })
    const { token, session } = await sessions.open(accountOf(), ['a'])
    const verified = (of: string) => {
      const status = sessions.verify(of, 'cookie') as SessionStatus
      if (status.state !== 'valid') throw new Error(status.state)
      return status.verified
    }
    t.equal(sessions.renew(verified(token)), undefined, 'at once')
    world.now = NOW + 49_999
    t.equal(sessions.renew(verified(token)), undefined, 'before half of its life')
    world.now = NOW + 50_000
    const renewed = sessions.renew(verified(token)) as string
    t.match(codecOf().read(renewed), {
      sub: 'johndoe',
      sid: session.id,
      iat: (NOW + 50_000) / 1000,
      exp: (NOW + 150_000) / 1000,
      scope: 'a',
    })
    t.not(codecOf().read(renewed)?.jti, codecOf().read(token)?.jti)
    t.equal(sessions.renew(verified(token)), renewed, 'a request at the same time')
    world.now = NOW + 60_000
    t.equal(sessions.renew(verified(token)), renewed, 'ten seconds later')
    world.now = NOW + 60_001
    const again = sessions.renew(verified(token)) as string
    t.not(again, renewed, 'later still')
    t.equal(codecOf().read(again)?.exp, (NOW + 161_000) / 1000)
    t.equal(sessions.renew(verified(renewed)), undefined, 'a new one is fresh')

    world.now = NOW + 100_000
    t.match(sessions.verify(token, 'cookie'), { state: 'ended' }, 'the old one expires all the same')
    const last = sessions.renew(verified(renewed)) as string
    t.equal(codecOf().read(last)?.exp, (NOW + 170_000) / 1000, 'never beyond the end of the session')
    world.now = NOW + 155_000
    t.equal(sessions.renew(verified(last)), undefined, 'there is nothing left to gain')
    world.now = NOW + 169_999
    t.match(sessions.verify(last, 'cookie'), { state: 'valid' })
    world.now = NOW + 170_000
    t.strictSame(
      sessions.verify(last, 'cookie'),
      { state: 'ended', sessionId: session.id },
      'the absolute timeout',
    )
    t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  },
)

t.test('a renewal of a session that began off the full second ends with it', async (t) => {
  const { world, sessions } = testSessions({
    settings: { idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 100 },
  })
  world.now = NOW + 700
  const { token, expiresInSeconds } = await sessions.open(accountOf())
  t.equal(expiresInSeconds, 100)
  world.now = NOW + 99_999
  const status = sessions.verify(token, 'cookie') as SessionStatus
  t.equal(status.state, 'valid')
  t.equal(status.state === 'valid' && sessions.renew(status.verified), undefined)
})

t.test('the oldest sessions of a user give way', async (t) => {
  const { world, sessions } = testSessions()
  const tokens: string[] = []
  const open = async () => {
    world.now += 1000
    const { token } = await sessions.open(accountOf())
    tokens.push(token)
  }
  for (let i = 0; i < 3; i++) await open()
  const jane = await sessions.open(accountOf({ username: 'jane' }))
  const states = () => tokens.map((token) => (sessions.verify(token, 'cookie') as SessionStatus).state)
  t.strictSame(states(), ['valid', 'valid', 'valid'])
  await open()
  t.strictSame(states(), ['ended', 'valid', 'valid', 'valid'])
  await open()
  t.strictSame(states(), ['ended', 'ended', 'valid', 'valid', 'valid'])
  t.equal((await sessions.list(ISSUER, 'jane')).length, 1, 'others keep theirs')
  t.equal((await sessions.list(ISSUER, 'johndoe')).length, 3)
  t.ok(jane.token)

  const kept = new Map<string, Session>()
  const unordered: SessionStore = {
    get: (id) => kept.get(id),
    set: (session) => kept.set(session.id, session),
    delete: (id) => kept.delete(id),
    list: () => [...kept.values()].reverse(),
  }
  for (let i = 0; i < 6; i++)
    await unordered.set(sessionOf(`s${i}`, { createdAt: i, expiresAt: NOW + 1e6 }), 1)
  await unordered.set(sessionOf('expired', { createdAt: 9, expiresAt: NOW }), 1)
  await testSessions({ store: unordered }).sessions.open(accountOf())
  t.match([...kept.keys()], ['s4', 's5', 'expired', /./], 'also where there are more than there may be')
  const single = testSessions({ settings: { maxPerUser: 1 } })
  const first = await single.sessions.open(accountOf())
  const second = await single.sessions.open(accountOf())
  t.match(single.sessions.verify(first.token, 'cookie'), { state: 'ended' })
  t.match(single.sessions.verify(second.token, 'cookie'), { state: 'valid' })
})

t.test('a session is ended by its id, or with all others of its user', async (t) => {
  const { sessions } = testSessions()
  const [a, b, c] = [
    await sessions.open(accountOf()),
    await sessions.open(accountOf()),
    await sessions.open(accountOf()),
  ]
  const jane = await sessions.open(accountOf({ username: 'jane' }))
  await sessions.end(a.session.id)
  await sessions.end(a.session.id)
  await sessions.end('unknown')
  t.strictSame(sessions.verify(a.token, 'cookie'), { state: 'ended', sessionId: a.session.id })
  t.match(sessions.verify(b.token, 'cookie'), { state: 'valid' })
  await sessions.endAll('https://idp', 'johndoe')
  t.match(sessions.verify(b.token, 'cookie'), { state: 'valid' }, "another issuer's johndoe is somebody else")
  await sessions.endAll(ISSUER, 'johndoe')
  for (const { token } of [b, c]) t.match(sessions.verify(token, 'cookie'), { state: 'ended' })
  t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  t.equal((await sessions.list(ISSUER, 'jane'))[0]?.id, jane.session.id)
})

t.test('a session that ends is told of once, with the user and the reason', async (t) => {
  const told: object[] = []
  let account: Account | null = accountOf()
  const find = () => account
  const users: UserDirectory = { verify: async () => null, find, findSince: find }
  const settings = { ...SETTINGS, maxPerUser: 2 }
  const store = memoryStore(() => NOW)
  const sessions = gateSessions(settings, codecOf(), store, users, {
    now: () => NOW,
    onEnded: (about) => told.push(about),
  })
  const toldNow = () => told.splice(0)
  const [a, b] = [await sessions.open(accountOf()), await sessions.open(accountOf())]
  t.strictSame(toldNow(), [], 'a session that begins is none that ends')
  const c = await sessions.open(accountOf())
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'max_per_user' }])
  await sessions.end(a.session.id)
  await sessions.end('unknown')
  t.strictSame(toldNow(), [], 'it was over already')
  await sessions.end(b.session.id)
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'ended' }])
  await sessions.endAll(ISSUER, 'johndoe', { reason: 'revoked', ip: '127.0.0.1' })
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'revoked', ip: '127.0.0.1' }])
  t.match(sessions.verify(c.token, 'cookie'), { state: 'ended' })
  const d = await sessions.open(accountOf())
  account = null
  t.match(sessions.verify(d.token, 'cookie'), { state: 'ended' })
  await turns()
  t.match(sessions.verify(d.token, 'cookie'), { state: 'ended' })
  await turns()
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'user_out' }])
})

t.test('what the store holds has to be the session of the token', async (t) => {
  const { token, session } = await testSessions().sessions.open(accountOf())
  const table: [string, unknown, string][] = [
    ['itself', session, 'valid'],
    ['a copy with more', { ...session, extra: 1 }, 'valid'],
    ['nothing', null, 'ended'],
    ['undefined', undefined, 'ended'],
    ['another user', { ...session, subject: 'jane' }, 'ended'],
    ['another issuer', { ...session, issuer: 'https://idp' }, 'ended'],
    ['an expired one', { ...session, expiresAt: NOW }, 'ended'],
    ['another id', { ...session, id: 'another' }, 'nonsense'],
    ['no end', { ...session, expiresAt: undefined }, 'nonsense'],
    ['an end that is none', { ...session, expiresAt: 'x' }, 'nonsense'],
    ['a text', JSON.stringify(session), 'nonsense'],
    ['an empty object', {}, 'nonsense'],
    ['true', true, 'nonsense'],
  ]
  const stateOf = async (sessions: Sessions): Promise<string> => {
    try {
      return (await sessions.verify(token, 'cookie')).state
    } catch (error) {
      t.match(error, { code: 'DOCS_GATE_STORE_UNAVAILABLE', cause: { name: 'TypeError' } })
      return 'nonsense'
    }
  }
  for (const [name, value, state] of table) {
    for (const returned of [value, Promise.resolve(value)]) {
      const store = { ...memoryStore(), get: () => returned } as SessionStore
      t.equal(await stateOf(testSessions({ store }).sessions), state, name)
    }
  }
})

t.test('a user who is out is out at once, and does not come back with the same session', async (t) => {
  const changes: [string, (account: Account) => Account | null][] = [
    ['removed or disabled', () => null],
    ['another version', (account) => ({ ...account, version: 'v2' })],
    ['no version any more', (account) => ({ ...account, version: '' })],
  ]
  for (const [name, change] of changes) {
    for (const wrap of [(value: unknown) => value, async (value: unknown) => value]) {
      const find = () => wrap(box.world.account) as Account | null
      const box: ReturnType<typeof testSessions> = testSessions({ directory: { find } })
      const { world, sessions, store } = box
      const { token, session } = await sessions.open(accountOf())
      t.match(await sessions.verify(token, 'cookie'), { state: 'valid' }, name)
      world.account = change(accountOf())
      t.strictSame(await sessions.verify(token, 'cookie'), { state: 'ended', sessionId: session.id }, name)
      await turns()
      t.equal(store.get(session.id), undefined, `${name}: deleted`)
      world.account = accountOf()
      t.match(await sessions.verify(token, 'cookie'), { state: 'ended' }, `${name}: and stays so`)
    }
  }
})

t.test(
  'a session that is newer than all that is known of its user is refused, and left to who knows more',
  async (t) => {
    const changes: [string, Account | null][] = [
      ['not there yet', null],
      ['with the password of before', accountOf({ version: 'v0' })],
    ]
    for (const [name, before] of changes) {
      for (const store of [undefined, slowStore()]) {
        const box = testSessions({
          ...(store && { store }),
          directory: { find: () => before, findSince: () => undefined },
        })
        const elsewhere = testSessions({ store: box.store })
        const { token, session } = await elsewhere.sessions.open(accountOf())
        t.match(await box.sessions.verify(token, 'cookie'), { state: 'ended', sessionId: session.id }, name)
        await turns()
        t.match(
          await elsewhere.sessions.verify(token, 'cookie'),
          { state: 'valid' },
          `${name}: it stands elsewhere`,
        )
      }
    }
  },
)

t.test('where what is known of a user is older than the session, they are looked up anew', async (t) => {
  for (const wrap of [(value: Account) => value, async (value: Account) => value]) {
    let asked = 0
    const stale = accountOf({ version: 'v0' })
    const { sessions, world } = testSessions({
      directory: {
        find: () => (asked === 0 ? world.account : stale),
        findSince(username, moment) {
          asked++
          t.strictSame([username, moment], ['johndoe', NOW])
          return wrap(accountOf()) as Account
        },
      },
    })
    const { token } = await sessions.open(accountOf())
    world.account = stale
    t.match(await sessions.verify(token, 'cookie'), { state: 'valid', user: { username: 'johndoe' } })
    t.equal(asked, 1)
  }
})

t.test('who is taken out while they log in is not let in, then or later', async (t) => {
  const changes: [string, Account | null][] = [
    ['removed or disabled', null],
    ['another version', accountOf({ version: 'v2' })],
  ]
  for (const [name, now] of changes) {
    const store = slowStore()
    const { sessions, world } = testSessions({ store })
    const opening = sessions.open(accountOf())
    world.account = now
    await t.rejects(opening, { code: 'DOCS_GATE_INVALID_CREDENTIALS' }, name)
    t.strictSame(await store.list(ISSUER, 'johndoe'), [], name)
  }
})

t.test('where the user cannot be looked up at the end of a login, no session is left behind', async (t) => {
  const store = slowStore()
  const error = new UsersUnavailableError({ cause: new Error('x') })
  const { sessions } = testSessions({ store, directory: { find: () => Promise.reject(error) } })
  await t.rejects(sessions.open(accountOf()), { code: 'DOCS_GATE_USERS_UNAVAILABLE' })
  t.strictSame(await store.list(ISSUER, 'johndoe'), [])
})

t.test(
  'of a user with another password, the sessions of before end, and those that began with it stay',
  async (t) => {
    const { sessions, world, store } = testSessions()
    const before = await sessions.open(accountOf())
    world.account = accountOf({ version: 'v2' })
    const since = await sessions.open(world.account)
    await sessions.endOutdated('johndoe')
    t.equal(await store.get(before.session.id), undefined)
    t.strictSame(await store.get(since.session.id), since.session)
    world.account = null
    await sessions.endOutdated('johndoe')
    t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  },
)

t.test('scopes that are taken away are gone, new ones wait for the next login, data follow', async (t) => {
  const { world, sessions } = testSessions()
  const { token } = await sessions.open(accountOf())
  const user = () => {
    const status = sessions.verify(token, 'bearer') as SessionStatus
    return status.state === 'valid' ? status.user : null
  }
  t.strictSame(user()?.scopes, ['a', 'b'])
  world.account = accountOf({ scopes: ['b', 'admin'], name: 'New', email: undefined })
  t.strictSame(user()?.scopes, ['b'])
  t.match(user(), { name: 'New' })
  t.notOk('email' in (user() as object))
  world.account = accountOf({ scopes: [] })
  t.strictSame(user()?.scopes, [])
  world.account = accountOf()
  t.strictSame(user()?.scopes, ['a', 'b'], 'given back, they are back')
})

t.test('a directory that answers another user closes the gate: nobody becomes somebody else', async (t) => {
  const other = accountOf({ username: 'jane', version: 'v1' })
  for (const wrap of [(value: Account) => value, async (value: Account) => value]) {
    let answer = accountOf()
    const find = () => wrap(answer) as Account
    const { sessions } = testSessions({ directory: { find, findSince: find } })
    const { token } = await sessions.open(accountOf())
    t.match(await sessions.verify(token, 'cookie'), { user: { username: 'johndoe' } })
    answer = other
    await t.rejects(async () => sessions.verify(token, 'cookie'), {
      code: 'DOCS_GATE_USERS_UNAVAILABLE',
      cause: { message: /^find\(\) answered another user/ },
    })
    answer = accountOf({ username: 'JohnDoe' })
    t.match(await sessions.verify(token, 'cookie'), { user: { username: 'JohnDoe', subject: 'johndoe' } })
  }
  const stale = accountOf({ version: 'v0' })
  const { sessions, world } = testSessions({
    directory: { find: () => world.account, findSince: () => other },
  })
  const { token } = await sessions.open(accountOf())
  world.account = stale
  await t.rejects(async () => sessions.verify(token, 'cookie'), { code: 'DOCS_GATE_USERS_UNAVAILABLE' })
})

t.test('a session begins after all that are there, whatever the clocks of other processes say', async (t) => {
  const store = slowStore()
  const settings = { maxPerUser: 1 }
  const [ahead, behind] = [testSessions({ store, settings }), testSessions({ store, settings })]
  behind.world.now = NOW - 60_000
  const first = await ahead.sessions.open(accountOf())
  const second = await behind.sessions.open(accountOf())
  t.equal(second.session.createdAt, first.session.createdAt + 1)
  t.match(await behind.sessions.verify(second.token, 'cookie'), { state: 'valid' })
  t.match(await ahead.sessions.verify(first.token, 'cookie'), { state: 'ended' })
  const third = await ahead.sessions.open(accountOf())
  t.match(await ahead.sessions.verify(third.token, 'cookie'), { state: 'valid' })
})

t.test('an idle second is a whole one, and is renewed', async (t) => {
  for (let offset = 0; offset < 1000; offset += 37) {
    const { world, sessions } = testSessions({
      settings: { idleTimeoutSeconds: 1, absoluteTimeoutSeconds: 10 },
    })
    world.now = NOW + offset
    const opened = await sessions.open(accountOf())
    t.equal(opened.expiresInSeconds, 1)
    world.now = NOW + offset + 999
    t.match(sessions.verify(opened.token, 'cookie'), { state: 'valid' }, `${offset}: as long as was said`)
    world.now = NOW + offset + 2000
    t.match(sessions.verify(opened.token, 'cookie'), { state: 'ended' }, `${offset}: and no second more`)
    let { token } = opened
    for (let at = offset; at < offset + 9500; at += 600) {
      world.now = NOW + at
      const status = sessions.verify(token, 'cookie') as SessionStatus
      t.equal(status.state, 'valid', `${offset}: after ${at - offset} ms`)
      if (status.state === 'valid') token = sessions.renew(status.verified) ?? token
    }
    world.now = NOW + offset + 10_000
    t.match(sessions.verify(token, 'cookie'), { state: 'ended' }, `${offset}: the absolute timeout`)
  }
})

t.test('users who cannot be looked up keep what their login found', async (t) => {
  const { sessions, world } = testSessions({ directory: NO_FIND })
  const { token } = await sessions.open(accountOf())
  const status = sessions.verify(token, 'cookie') as SessionStatus
  t.match(status, { user: { username: 'johndoe', name: 'J', email: 'e@x', scopes: ['a', 'b'] } })
  t.equal(sessions.verify(token, 'cookie'), status)
  world.now = NOW + 60_000
  const renewed = status.state === 'valid' ? (sessions.renew(status.verified) as string) : ''
  t.match(
    sessions.verify(renewed, 'cookie'),
    { state: 'valid', user: { name: 'J', email: 'e@x' } },
    'renewed as well',
  )
  const bare = await sessions.open(accountOf({ name: undefined, email: undefined }))
  const claims = codecOf().read(bare.token) as object
  t.notOk('name' in claims || 'email' in claims)
})

t.test('stateless sessions live in their tokens, and end by time or with their user', async (t) => {
  const { world, sessions } = testSessions({ store: null })
  const { token, session } = await sessions.open(accountOf())
  t.match(sessions.verify(token, 'cookie'), { state: 'valid', user: { sessionId: session.id } })
  await sessions.end(session.id)
  await sessions.endAll(ISSUER, 'johndoe')
  t.match(sessions.verify(token, 'cookie'), { state: 'valid' }, 'nothing is stored that could be ended')
  t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  t.match(
    testSessions({ store: null }).sessions.verify(token, 'cookie'),
    { state: 'valid' },
    'in every process',
  )

  let current = token
  for (let second = 60; second < 1000; second += 60) {
    world.now = NOW + second * 1000
    const status = sessions.verify(current, 'cookie') as SessionStatus
    t.equal(status.state, 'valid', `after ${second} s`)
    if (status.state === 'valid') current = sessions.renew(status.verified) ?? current
  }
  t.equal(codecOf().read(current)?.exp, (NOW + 1_000_000) / 1000, 'the end of the session is in its id')
  world.now = NOW + 1_000_000
  t.strictSame(sessions.verify(current, 'cookie'), { state: 'ended', sessionId: session.id })

  const fresh = await sessions.open(accountOf())
  world.account = accountOf({ version: 'v2' })
  t.match(sessions.verify(fresh.token, 'cookie'), { state: 'ended' })
  world.account = null
  t.match(sessions.verify(fresh.token, 'cookie'), { state: 'ended' })
  await turns()
  const endless = codecOf().issue({ ...CLAIMS, exp: 9_999_999_999, sid: '.x.y' })
  t.match(sessions.verify(endless, 'cookie'), { state: 'ended' }, 'a session that never began')
  await sessions.close()
})

t.test('a stateless session whose beginning cannot be read has ended', async (t) => {
  const { sessions } = testSessions({ store: null })
  const sid = `~.${fingerprint('v1')}`
  const token = codecOf().issue({ ...CLAIMS, iat: NOW / 1000, exp: NOW / 1000 + 60, sid })
  t.strictSame(sessions.verify(token, 'cookie'), { state: 'ended', sessionId: sid })
})

t.test('a store that throws, rejects or hangs closes the gate, with the reason as cause', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const cause = new Error('ECONNREFUSED')
  const ways: [string, () => never, object][] = [
    [
      'throws',
      () => {
        throw cause
      },
      cause,
    ],
    ['rejects', () => Promise.reject(cause) as never, cause],
    ['hangs', () => new Promise(() => {}) as never, { message: 'no answer within 1500 ms' }],
  ]
  const settle = async (run: () => unknown) => {
    const promise = (async () => run())()
    promise.catch(() => {})
    await turns()
    mock.timers.tick(1500)
    return promise
  }
  for (const [name, fail, reason] of ways) {
    const error = {
      name: 'StoreUnavailableError',
      code: 'DOCS_GATE_STORE_UNAVAILABLE',
      statusCode: 503,
      cause: reason,
    }
    const withBroken = (method: keyof SessionStore) =>
      testSessions({ store: { ...memoryStore(() => NOW), [method]: fail } })

    const get = withBroken('get').sessions
    const { token } = await get.open(accountOf())
    await t.rejects(
      settle(() => get.verify(token, 'cookie')),
      error,
      `get ${name}`,
    )
    t.strictSame(get.verify('junk', 'cookie'), { state: 'unknown' }, 'what is none of ours is not asked for')
    await t.rejects(
      settle(() => withBroken('set').sessions.open(accountOf())),
      error,
      `set ${name}`,
    )
    const list = withBroken('list').sessions
    await t.rejects(
      settle(() => list.open(accountOf())),
      error,
      `list ${name} at a login`,
    )
    await t.rejects(
      settle(() => list.list(ISSUER, 'johndoe')),
      error,
      `list ${name}`,
    )
    await t.rejects(
      settle(() => list.endAll(ISSUER, 'johndoe')),
      error,
      `list ${name} when all are ended`,
    )
    const { sessions, world } = withBroken('delete')
    await t.rejects(
      settle(() => sessions.end('x')),
      error,
      `delete ${name}`,
    )
    const issued = await sessions.open(accountOf())
    await t.rejects(
      settle(() => sessions.endAll(ISSUER, 'johndoe')),
      error,
      `delete ${name} when all are ended`,
    )

    // The user is out whether the session can be deleted or not, and nothing is left unhandled.
    const unhandled: unknown[] = []
    const note = (lost: unknown) => unhandled.push(lost)
    process.on('unhandledRejection', note)
    world.account = null
    t.match(await settle(() => sessions.verify(issued.token, 'cookie')), { state: 'ended' }, `delete ${name}`)
    await turns()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    t.strictSame(unhandled, [], `delete ${name}: nothing is left unhandled`)
  }
})

t.test('users who cannot be looked up right now close the gate too', async (t) => {
  const error = new UsersUnavailableError({ cause: new Error('x') })
  let isUp = true
  const find = async () => (isUp ? accountOf() : Promise.reject(error))
  const { sessions } = testSessions({ directory: { find } })
  const { token } = await sessions.open(accountOf())
  isUp = false
  await t.rejects(async () => sessions.verify(token, 'cookie'), {
    code: 'DOCS_GATE_USERS_UNAVAILABLE',
    statusCode: 503,
  })
})

t.test('the store is told how long to keep a session, and when the app closes', async (t) => {
  const told: unknown[] = []
  const store: SessionStore = {
    get: async () => null,
    set: async (...set) => told.push(set),
    delete: async () => {},
    list: async () => [],
    close: () => told.push('close'),
  }
  const { sessions } = testSessions({ store })
  const { session } = await sessions.open(accountOf())
  await sessions.close()
  t.strictSame(told, [[session, 1000], 'close'])
  await testSessions().sessions.close()
})

t.test('without a clock of the test, the clock is that of the process', async (t) => {
  const directory: UserDirectory = { verify: async () => null, find: () => accountOf() }
  const sessions = gateSessions(SETTINGS, codecOf(), memoryStore(), directory)
  const before = Date.now()
  const { session, token } = await sessions.open(accountOf())
  t.ok(session.createdAt >= before && session.createdAt <= Date.now())
  t.match(sessions.verify(token, 'cookie'), { state: 'valid' })
})
