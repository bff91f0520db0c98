import { mock } from 'node:test'
import { runInNewContext } from 'node:vm'
import argon2 from '@node-rs/argon2'
import bcrypt from '@node-rs/bcrypt'
import t from 'tap'
import { callbackDirectory, type UserSource } from '../../lib/users/callback-directory.ts'
import { algorithmOf, hashPassword, verifyPassword } from '../../lib/users/password-hash.ts'
import { type RecordEntry, recordDirectory } from '../../lib/users/record-directory.ts'
import type { Account, UserDirectory } from '../../lib/users/user-directory.ts'
import { hasScopes, isScopeList, parseScope } from '../../lib/validation/scope.ts'
import { HASHES } from '../helper.ts'

const SALT = 'w0uimoiCoemsstVeCcA48A'
const HASH = 'a/v3Bs5sxOnAwEsVZDZbOR2qbDwPkcwj129NCYBKZXM'
const argon2id = (parameters: string, salt = SALT, hash = HASH): string =>
  `$argon2id$v=19$${parameters}$${salt}$${hash}`
const BCRYPT = '$2b$04$F0AOR75q.aWdO8SKs9x4P.Zjskacxd3ANQgUnjJpBuz.lxChoaXOO'

t.test('argon2id and bcrypt hashes are accepted, and checking one never throws', async (t) => {
  const table = [
    ['argon2id', HASHES.secret],
    ['argon2id', argon2id('m=8,t=1,p=1')],
    ['argon2id', argon2id('m=16,t=1,p=2')],
    ['argon2id', argon2id('m=64,t=1,p=1', SALT.slice(0, 12))],
    ['argon2id', argon2id('m=64,t=1,p=1', `${SALT.slice(0, 10)}A`)],
    ['argon2id', argon2id('m=64,t=1,p=1', 'A'.repeat(86))],
    ['argon2id', argon2id('m=64,t=1,p=1', SALT, `${HASH.slice(0, 21)}A`)],
    ['argon2id', argon2id('m=64,t=1,p=1', SALT, 'A'.repeat(171))],
    ['bcrypt', BCRYPT],
    ['bcrypt', BCRYPT.replace('$2b', '$2a')],
    ['bcrypt', BCRYPT.replace('$2b', '$2y')],
    ['bcrypt', `${BCRYPT.slice(0, 59)}z`],
  ] as const
  for (const [algorithm, hash] of table) {
    t.equal(algorithmOf(hash), algorithm, hash)
    t.equal(await verifyPassword(hash, 'not the password'), false, hash)
  }
  t.equal(algorithmOf(argon2id('m=1048576,t=999,p=99')), 'argon2id', 'the upper bounds')
  t.equal(algorithmOf(BCRYPT.replace('$04', '$16')), 'bcrypt', 'the upper bound')
})

t.test(
  'anything else is refused as a hash, above all what would throw or take forever at a login',
  async (t) => {
    const table = [
      '',
      'secret',
      'secret'.repeat(20),
      '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=',
      '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/',
      '5ebe2294ecd0e0f08eab7690d2a6ee69',
      HASHES.secret.replace('argon2id', 'argon2i'),
      HASHES.secret.replace('argon2id', 'argon2d'),
      HASHES.secret.replace('v=19', 'v=16'),
      HASHES.secret.replace('$v=19', ''),
      ` ${HASHES.secret}`,
      `${HASHES.secret}\n`,
      `${HASHES.secret}=`,
      argon2id('m=64,p=1,t=1'),
      argon2id('m=64,t=1,p=1,keyid=AA'),
      argon2id('m=7,t=1,p=1'),
      argon2id('m=15,t=1,p=2'),
      argon2id('m=0,t=1,p=1'),
      argon2id('m=64,t=0,p=1'),
      argon2id('m=64,t=1,p=0'),
      argon2id('m=064,t=1,p=1'),
      argon2id('m=64,t=01,p=1'),
      argon2id('m=64,t=1,p=01'),
      argon2id('m=1048577,t=1,p=1'),
      argon2id('m=99999999,t=1,p=1'),
      argon2id('m=64,t=1000,p=1'),
      argon2id('m=64,t=1,p=1', SALT.slice(0, 10)),
      argon2id('m=64,t=1,p=1', SALT.slice(0, 13)),
      argon2id('m=64,t=1,p=1', `${SALT.slice(0, 21)}B`),
      argon2id('m=64,t=1,p=1', `${SALT}==`),
      argon2id('m=64,t=1,p=1', '-'.repeat(22)),
      argon2id('m=64,t=1,p=1', SALT, HASH.slice(0, 21)),
      argon2id('m=64,t=1,p=1', SALT, HASH.slice(0, 25)),
      argon2id('m=64,t=1,p=1', SALT, `${HASH.slice(0, 42)}N`),
      argon2id('m=64,t=1,p=1', SALT, ''),
      BCRYPT.replace('$2b', '$2x'),
      BCRYPT.replace('$2b', '$2'),
      BCRYPT.replace('$04', '$03'),
      BCRYPT.replace('$04', '$17'),
      BCRYPT.replace('$04', '$4'),
      BCRYPT.slice(0, -1),
      `${BCRYPT}A`,
      `${BCRYPT.slice(0, -1)}+`,
      `${BCRYPT}\n`,
    ]
    for (const hash of table) t.equal(algorithmOf(hash), undefined, hash)
  },
)

t.test(
  'passwords are checked against both kinds of hashes; over 72 bytes bcrypt always refuses',
  async (t) => {
    const long = 'x'.repeat(72)
    const accented = 'é'.repeat(36)
    const [hashOfLong, hashOfAccented] = [await bcrypt.hash(long, 4), await bcrypt.hash(accented, 4)]
    const table: [string, string, boolean][] = [
      [HASHES.secret, 'secret', true],
      [HASHES.secret, 'Secret', false],
      [HASHES.secret, 'secret ', false],
      [BCRYPT, 'x', true],
      [BCRYPT.replace('$2b', '$2y'), 'x', true],
      [BCRYPT.replace('$2b', '$2a'), 'x', true],
      [BCRYPT, 'y', false],
      [hashOfLong, long, true],
      [hashOfLong, `${long}x`, false],
      [hashOfLong, `${long}${'y'.repeat(900)}`, false],
      [hashOfAccented, accented, true],
      [hashOfAccented, `${accented}é`, false],
    ]
    for (const [hash, password, expected] of table) {
      t.equal(await verifyPassword(hash, password), expected, `${hash.slice(0, 7)} ${password.slice(0, 10)}`)
    }
    t.equal(await bcrypt.verify(`${long}x`, hashOfLong), true, 'the library alone would say yes')
  },
)

t.test(
  'a new hash is argon2id with OWASP’s parameters and a random salt, of the password in NFC',
  async (t) => {
    const [hash, again] = await Promise.all([hashPassword('pa\u0308ss'), hashPassword('p\u00e4ss')])
    for (const made of [hash, again]) {
      t.match(made, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      t.equal(algorithmOf(made), 'argon2id')
      t.equal(await verifyPassword(made, 'p\u00e4ss'), true)
    }
    t.not(hash, again)
  },
)

const KEY = Buffer.alloc(32, 1)

const entryOf = (username: string, hash: string, disabled = false): [string, RecordEntry] => {
  const account = { username, scopes: ['read'], name: undefined, email: undefined, version: hash }
  return [username, { account, hash, disabled }]
}

t.test('a record finds its users, except disabled ones', async (t) => {
  const entries = new Map([
    entryOf('johndoe', HASHES.secret),
    entryOf('jane', BCRYPT),
    entryOf('alice', HASHES.wonderland, true),
  ])
  const { verify, find } = recordDirectory(entries, KEY)
  const table: [string, string, string | null][] = [
    ['johndoe', 'secret', 'johndoe'],
    ['johndoe', 'x', null],
    ['jane', 'x', 'jane'],
    ['jane', 'secret', null],
    ['alice', 'wonderland', null],
    ['alice', 'x', null],
    ['Johndoe', 'secret', null],
    ['nobody', 'secret', null],
    ['nobody', 'x', null],
    ['__proto__', 'secret', null],
    ['constructor', 'x', null],
  ]
  for (const [username, password, expected] of table) {
    const account = await verify(username, password, {})
    t.equal(account, expected && entries.get(username)?.account, `${username} ${password}`)
    t.equal(account?.username ?? null, expected)
  }
  t.equal(
    find?.('johndoe'),
    entries.get('johndoe')?.account,
    'the same each time, so that answers can be kept',
  )
  for (const name of ['alice', 'nobody', '__proto__', '']) t.equal(find?.(name), null, name)
})

t.test('an unknown name takes as long as a wrong password', async (t) => {
  const hashed: string[] = []
  const spy = <T extends 'argon2' | 'bcrypt'>(_name: T, hash: string): Promise<boolean> => {
    hashed.push(hash)
    return Promise.resolve(true)
  }
  mock.method(argon2, 'verify', (hash: string) => spy('argon2', hash))
  mock.method(bcrypt, 'verify', (_password: string, hash: string) => spy('bcrypt', hash))
  t.teardown(() => mock.restoreAll())

  const entries = new Map([
    entryOf('john', HASHES.secret),
    entryOf('jane', BCRYPT),
    entryOf('al', HASHES.secret2, true),
  ])
  const { verify } = recordDirectory(entries, KEY)
  const hashedFor = async (name: string, isIn: boolean): Promise<string> => {
    hashed.length = 0
    const account = await verify(name, 'x', {})
    t.equal(account !== null, isIn, name)
    t.equal(hashed.length, 1, `${name}: one hash`)
    return hashed[0] as string
  }
  t.equal(await hashedFor('john', true), HASHES.secret)
  t.equal(await hashedFor('jane', true), BCRYPT)
  t.equal(await hashedFor('al', false), HASHES.secret2, 'a disabled user costs the same, and stays out')

  const decoys = new Set<string>()
  for (let i = 0; i < 100; i++) {
    const decoy = await hashedFor(`nobody${i}`, false)
    t.equal(await hashedFor(`nobody${i}`, false), decoy, 'always the same for the same name')
    decoys.add(decoy)
  }
  t.strictSame(
    [...decoys].sort(),
    [HASHES.secret, BCRYPT].sort(),
    'one of each cost: they look like a mixed record',
  )

  const nobody = recordDirectory(new Map(), KEY)
  hashed.length = 0
  t.equal(await nobody.verify('x', 'x', {}), null)
  t.match(hashed, [/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/], 'an empty record costs a login too')
  t.equal(algorithmOf(hashed[0] as string), 'argon2id')
  t.equal(nobody.find?.('x'), null)
  mock.restoreAll()
  t.equal(await nobody.verify('x', 'x', {}), null, 'the hash of nobody is one that the library takes')
})

t.test(
  'an unknown name has the same cost on all instances with one secret, and after users change',
  async (t) => {
    const hashed: string[] = []
    const spy = (hash: string): Promise<boolean> => {
      hashed.push(hash)
      return Promise.resolve(false)
    }
    mock.method(argon2, 'verify', (hash: string) => spy(hash))
    mock.method(bcrypt, 'verify', (_password: string, hash: string) => spy(hash))
    t.teardown(() => mock.restoreAll())
    const names = Array.from({ length: 2000 }, (_, i) => `nobody${i}`)
    const cost = (hash: string): string => (hash.startsWith('$2') ? 'bcrypt' : (hash.split('$')[3] as string))
    const costs = async (users: readonly string[], key = KEY): Promise<string[]> => {
      const entries = new Map(users.map((hash, i) => entryOf(`user${i}`, hash)))
      const { verify } = recordDirectory(entries, key)
      hashed.length = 0
      for (const name of names) await verify(name, 'x', {})
      return hashed.map(cost)
    }
    const share = (of: readonly string[], name: string): number =>
      of.filter((one) => one === name).length / of.length

    const strong = argon2id('m=128,t=1,p=1')
    const users = [HASHES.secret, HASHES.secret2, HASHES.wonderland, BCRYPT, strong]
    const first = await costs(users)
    t.strictSame(await costs(users), first, 'another instance')
    t.strictSame(await costs([...users].reverse()), first, 'in another order')
    const others = [argon2id('m=64,t=1,p=1'), ...users.slice(1, 3), BCRYPT.replace('$2b', '$2y'), strong]
    t.strictSame(await costs(others), first, 'with new passwords of the same costs')
    t.strictSame(await costs([...users, ...users]), first, 'with more users in the same shares')
    t.notSame(await costs(users, Buffer.alloc(32, 2)), first, 'another secret')
    for (const [name, expected] of [
      ['m=64,t=1,p=1', 0.6],
      ['bcrypt', 0.2],
      ['m=128,t=1,p=1', 0.2],
    ] as const) {
      const actual = share(first, name)
      t.ok(Math.abs(actual - expected) < 0.05, `${name}: ${actual}`)
    }

    const more = await costs([...users, strong])
    const changed = more.filter((one, i) => one !== first[i])
    t.ok(
      changed.length > 0 && changed.every((one) => one === 'm=128,t=1,p=1'),
      'only towards the cost that has grown',
    )
  },
)

t.test('scopes follow the grammar of RFC 6749', async (t) => {
  const lists: [unknown, boolean][] = [
    [[], true],
    [['admin'], true],
    [['read:pets', 'https://example.com/scope', '!', '#[]~'], true],
    [['a b'], false],
    [[''], false],
    [['a"b'], false],
    [['a\\b'], false],
    [['a\n'], false],
    [['ü'], false],
    [['\x7f'], false],
    [[1], false],
    [['a', null], false],
    [[['a']], false],
    ['admin', false],
    [undefined, false],
    [null, false],
    [{ length: 0 }, false],
    [new Set(['admin']), false],
  ]
  for (const [value, expected] of lists) t.equal(isScopeList(value), expected, JSON.stringify(value))

  const texts: [string, string[] | null][] = [
    ['', []],
    [' ', []],
    ['a', ['a']],
    ['a b', ['a', 'b']],
    ['  a   b ', ['a', 'b']],
    ['b a b', ['b', 'a']],
    ['a\tb', null],
    ['a "b"', null],
    ['ü', null],
  ]
  for (const [text, expected] of texts) t.strictSame(parseScope(text), expected, JSON.stringify(text))

  const held: [string[], string[], boolean][] = [
    [['a', 'b'], ['a'], true],
    [['a', 'b'], ['b', 'a'], true],
    [['a'], ['a', 'b'], false],
    [['A'], ['a'], false],
    [['ab'], ['a'], false],
    [[], ['a'], false],
    [['a'], [], true],
  ]
  for (const [has, asked, expected] of held) t.equal(hasScopes(has, asked), expected, `${has} ${asked}`)
})

const RUBBISH: unknown[] = [
  true,
  false,
  0,
  'johndoe',
  [],
  {},
  () => {},
  { username: '' },
  { username: 1 },
  { username: null },
  { username: ['a'] },
  { username: 'a', scopes: 'admin' },
  { username: 'a', scopes: ['a b'] },
  { username: 'a', scopes: [1] },
  { username: 'a', scopes: {} },
  { username: 'a', name: 1 },
  { username: 'a', email: {} },
  { username: 'a', disabled: 'false' },
  { username: 'a', disabled: 2 },
  { username: 'a', disabled: -0.5 },
  { username: 'a', disabled: new Date(0) },
  { username: 'a', version: {} },
  { username: 'a', version: true },
  { username: 'a', version: Number.NaN },
  { username: 'a', version: new Date(Number.NaN) },
  { username: 'a', scopes: Array(1) },
  { username: 'a', scopes: ['x'.repeat(50_000), 'x'.repeat(50_000)] },
]

/** A source whose functions return whatever they are told to. */
const sourceOf = (verify: () => unknown, find?: (username: string) => unknown): UserSource =>
  ({ verify, ...(find && { find }) }) as UserSource

const account = (over: Partial<Account> = {}): Account => ({
  username: 'johndoe',
  scopes: [],
  name: undefined,
  email: undefined,
  version: '',
  ...over,
})

t.test('a source without find is called only to verify passwords', async (t) => {
  const asked: unknown[][] = []
  class Database {
    readonly users = ['johndoe']
    verify(...login: unknown[]) {
      asked.push(login)
      return this.users.includes(login[0] as string) ? { username: 'johndoe' } : null
    }
  }
  const { verify, find } = callbackDirectory(new Database(), 5)
  const request = {}
  t.equal(find, undefined)
  t.strictSame(await verify('johndoe', 'secret', request), account())
  t.equal(await verify('jane', 'secret', request), null)
  t.strictSame(asked, [
    ['johndoe', 'secret', request],
    ['jane', 'secret', request],
  ])
  t.equal(asked[0]?.[2], request, 'the request itself')
})

t.test('a result of find from before the given moment is refreshed, once', async (t) => {
  let version = 1
  let asked = 0
  const { find, findSince } = callbackDirectory(
    sourceOf(
      () => null,
      () => {
        asked++
        return { username: 'johndoe', version }
      },
    ),
    5,
  ) as Required<UserDirectory>
  const before = Date.now() - 1000
  t.match(await find('johndoe'), { version: '1' })
  version = 2
  t.match(await findSince('johndoe', before), { version: '1' }, 'it is newer than that')
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 })
  t.teardown(() => mock.timers.reset())
  t.match(await findSince('johndoe', Date.now() - 5), { version: '2' })
  t.match(await find('johndoe'), { version: '2' }, 'and kept')
  t.equal(asked, 2)

  // The clock of the process that the moment comes from is ahead.
  const ahead = Date.now() + 60_000
  version = 3
  await Promise.all(Array.from({ length: 50 }, () => findSince('johndoe', ahead)))
  t.equal(asked, 2, 'a second’s answers are shared')
  mock.timers.tick(1001)
  t.match(await findSince('johndoe', ahead + 1001), { version: '3' })
  t.equal(asked, 3)

  const entries = new Map([entryOf('johndoe', HASHES.secret)])
  const record = recordDirectory(entries, KEY) as Required<UserDirectory>
  t.equal(record.findSince('johndoe', before), entries.get('johndoe')?.account)
  t.equal(record.findSince('nobody', before), null)
  t.equal(record.findSince('johndoe', Date.now() + 1000), undefined, 'a record learns nothing new')
  t.equal(record.findSince('nobody', Date.now() + 1000), undefined)
})

t.test('the return value of a source becomes an account, or null', async (t) => {
  const all = { username: 'Jö', scopes: ['a', 'b'], name: 'N', email: 'e@x', disabled: false, version: 7 }
  const nulls = { username: 'a', scopes: null, name: null, email: null, disabled: null, version: null }
  const table: [unknown, Account | null][] = [
    [null, null],
    [undefined, null],
    [{ username: 'johndoe' }, account()],
    [{ username: 'johndoe', id: 1, password: 'x' }, account()],
    [all, account({ username: 'Jö', scopes: ['a', 'b'], name: 'N', email: 'e@x', version: '7' })],
    [nulls, account({ username: 'a' })],
    [{ username: 'Jo\u0308' }, account({ username: 'J\u00f6' })],
    [{ username: 'johndoe', version: 0 }, account({ version: '0' })],
    [{ username: 'johndoe', version: 'v' }, account({ version: 'v' })],
    [{ username: 'johndoe', disabled: true }, null],
  ]
  for (const [value, expected] of table) {
    for (const wrapped of [value, Promise.resolve(value)]) {
      const name = JSON.stringify(value) ?? 'undefined'
      t.strictSame(
        await callbackDirectory(
          sourceOf(() => wrapped),
          5,
        ).verify('a', 'x', {}),
        expected,
        name,
      )
      const { find } = callbackDirectory(
        sourceOf(
          () => null,
          () => wrapped,
        ),
        5,
      )
      t.strictSame(await find?.('a'), expected, `find: ${name}`)
    }
  }
  const scopes = ['a']
  const made = await callbackDirectory(
    sourceOf(() => ({ username: 'a', scopes })),
    5,
  ).verify('a', 'x', {})
  scopes.push('admin')
  t.strictSame(made?.scopes, ['a'], 'a copy')
  t.ok(Object.isFrozen(made) && Object.isFrozen(made?.scopes))
})

t.test('an invalid return value of a source is an error, neither a user nor null', async (t) => {
  const error = { code: 'DOCS_GATE_USERS_UNAVAILABLE', statusCode: 503, cause: { name: 'TypeError' } }
  for (const value of RUBBISH) {
    const name = typeof value === 'object' ? `${Object.entries(value as object)}` : String(value)
    await t.rejects(
      callbackDirectory(
        sourceOf(() => value),
        5,
      ).verify('a', 'x', {}),
      error,
      name,
    )
    const { find, verify } = callbackDirectory(
      sourceOf(
        () => ({ username: 'a' }),
        async () => value,
      ),
      5,
    )
    await t.rejects(async () => find?.('a'), error, `find: ${name}`)
    await t.rejects(verify('a', 'x', {}), error, `verify, then find: ${name}`)
  }
})

t.test('if a source throws, rejects or hangs, the error is 503 with the reason as its cause', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const cause = new Error('connection lost')
  const ways: [string, () => unknown, object][] = [
    [
      'throws',
      () => {
        throw cause
      },
      cause,
    ],
    ['rejects', () => Promise.reject(cause), cause],
    ['hangs', () => new Promise(() => {}), { message: 'no answer within 5000 ms' }],
  ]
  const settle = async (promise: Promise<unknown> | undefined) => {
    promise?.catch(() => {})
    for (let i = 0; i < 10; i++) await null
    mock.timers.tick(5000)
    return promise
  }
  for (const [name, fail, reason] of ways) {
    const error = { code: 'DOCS_GATE_USERS_UNAVAILABLE', statusCode: 503, cause: reason }
    const { verify } = callbackDirectory(sourceOf(fail), 5)
    await t.rejects(settle(verify('a', 'x', {})), error, `verify ${name}`)

    let failing = true
    const source = sourceOf(
      () => ({ username: 'a' }),
      () => (failing ? fail() : { username: 'a' }),
    )
    const directory = callbackDirectory(source, 5)
    const first = directory.find?.('a') as Promise<unknown>
    const second = directory.find?.('a') as Promise<unknown>
    t.equal(second, first, `${name}: both wait for the same answer`)
    await t.rejects(settle(first), error, `find ${name}`)
    await t.rejects(settle(directory.verify('a', 'x', {})), error, `find ${name} at a login`)
    failing = false
    t.match(await directory.find?.('a'), { username: 'a' }, `${name}: a failure is not kept`)
  }
})

t.test('concurrent requests share one call of find, and an expired result is refreshed', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const start = performance.now() + 1000
  let clock = start
  mock.method(performance, 'now', () => clock)
  t.teardown(() => {
    mock.timers.reset()
    mock.restoreAll()
  })
  // The library reads the clock at most once in a millisecond, by a timer.
  const at = (milliseconds: number) => {
    clock = start + milliseconds
    mock.timers.tick(2)
  }

  const asked: string[] = []
  let user: unknown = { username: 'johndoe', version: 1 }
  const source = sourceOf(
    () => ({ username: 'johndoe', name: 'from verify', version: 'ignored' }),
    async (username) => {
      asked.push(username)
      return user
    },
  )
  const { find, verify } = callbackDirectory(source, 5)
  const together = await Promise.all([find?.('johndoe'), find?.('johndoe'), find?.('johndoe')])
  t.strictSame(asked, ['johndoe'])
  t.equal(new Set(together).size, 1)
  t.equal(find?.('johndoe'), together[0], 'known at once, and the same account')

  at(4_999)
  user = { username: 'johndoe', version: 2 }
  t.match(await find?.('johndoe'), { version: '1' })
  t.equal(asked.length, 1)
  at(5_002)
  t.match(await find?.('johndoe'), { version: '2' }, 'after recheckSeconds')
  t.equal(asked.length, 2)

  at(6_000)
  user = { username: 'johndoe', version: 3 }
  t.strictSame(
    await verify('johndoe', 'secret', {}),
    account({ version: '3' }),
    'a login asks anew, and find decides',
  )
  t.match(await find?.('johndoe'), { version: '3' }, 'and is remembered')
  t.equal(asked.length, 3)
  at(10_990)
  user = null
  t.match(await find?.('johndoe'), { version: '3' })
  at(11_010)
  t.equal(await find?.('johndoe'), null, 'a user that is gone')
  t.equal(await find?.('johndoe'), null)
  t.equal(asked.length, 4, 'is remembered as well')
  t.equal(await verify('johndoe', 'secret', {}), null, 'and does not log in')
  await find?.('jane')
  t.equal(asked.at(-1), 'jane', 'each user is another question')

  asked.length = 0
  const always = callbackDirectory(source, 0)
  await Promise.all([always.find?.('johndoe'), always.find?.('johndoe')])
  await always.find?.('johndoe')
  t.equal(asked.length, 3, 'recheckSeconds 0: each request asks')

  for (const seconds of [0.0001, 0.5, 1.005, 4.35, 1e300]) {
    asked.length = 0
    const odd = callbackDirectory(source, seconds)
    await odd.find?.('johndoe')
    await odd.find?.('johndoe')
    t.equal(asked.length, 1, `recheckSeconds ${seconds}`)
  }
})

t.test('a late result of find does not replace a newer one', async (t) => {
  const pending: { resolve(user: unknown): void; reject(error: Error): void }[] = []
  const source = sourceOf(
    () => ({ username: 'a' }),
    () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
  )
  const turn = async () => {
    for (let i = 0; i < 10; i++) await null
  }
  for (const late of ['resolve', 'reject'] as const) {
    pending.length = 0
    const { find, verify } = callbackDirectory(source, 5)
    const old = Promise.resolve(find?.('a')).catch(() => 'failed')
    const login = verify('a', 'x', {})
    await turn()
    t.equal(pending.length, 2, 'the login asks for itself')
    pending[1]?.resolve({ username: 'a', version: 'new' })
    t.match(await login, { version: 'new' })
    if (late === 'resolve') pending[0]?.resolve({ username: 'a', version: 'old' })
    else pending[0]?.reject(new Error('late'))
    await old
    await turn()
    t.match(await find?.('a'), { version: 'new' }, late)
    t.equal(pending.length, 2, 'and is not asked again')
  }
})

t.test('rows of a database are accepted as users just as its driver returns them', async (t) => {
  const changedAt = new Date('2026-11-28T01:02:03.456Z')
  const table: [string, object, Partial<Account> | null][] = [
    ['all columns NULL', { scopes: null, name: null, email: null, disabled: null, version: null }, {}],
    ['MySQL: TINYINT(1)', { disabled: 0 }, {}],
    ['disabled', { disabled: 1 }, null],
    ['SQLite with bigints', { disabled: 0n, version: 7n }, { version: '7' }],
    ['disabled, with bigints', { disabled: 1n }, null],
    ['a time stamp', { version: changedAt }, { version: '2026-11-28T01:02:03.456Z' }],
    [
      'a Date of another realm',
      { version: runInNewContext('new Date(0)') },
      { version: '1970-01-01T00:00:00.000Z' },
    ],
    ['SQL Server: ROWVERSION', { version: Buffer.of(0, 0, 7, 0xd1) }, { version: 'AAAH0Q' }],
    ['a row with a prototype', Object.create({ name: 'N' }), { name: 'N' }],
  ]
  for (const [name, columns, expected] of table) {
    const row = Object.assign(columns, { username: 'johndoe' })
    const { verify, find } = callbackDirectory(
      sourceOf(
        () => row,
        () => row,
      ),
      5,
    )
    t.strictSame(await verify('johndoe', 'x', {}), expected && account(expected), name)
    t.strictSame(await find?.('johndoe'), expected && account(expected), name)
  }
})

t.test('an invalid field of a row is named, with the kind of its value and the remedy', async (t) => {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const table: [unknown, RegExp][] = [
    [7, /^a number is no user; return an object with a username, or null$/],
    [[], /^username of the user is undefined; write a text$/],
    [{ username: 7 }, /^username of the user is a number; write a text$/],
    [{ username: '' }, /^username of the user is empty or too long; write 1 to 256 bytes$/],
    [{ username: 'ä'.repeat(129) }, /too long; write 1 to 256 bytes$/],
    [
      { username: 'a', scopes: 'a b' },
      /^scopes of the user is a text; write a list of texts, as from: row\.scopes\.split/,
    ],
    [
      { username: 'a', scopes: ['a', 'b c'] },
      /^scopes\[1\] of the user is no scope; write texts without spaces/,
    ],
    [{ username: 'a', scopes: Object.assign(Array(2), ['a']) }, /^scopes\[1\] of the user is no scope/],
    [
      { username: 'a', scopes: ['x'.repeat(60_000), 'x'.repeat(60_000)] },
      /over 100,000 characters; write fewer$/,
    ],
    [{ username: 'a', name: Buffer.from('N') }, /^name of the user is a buffer; write a text or null$/],
    [{ username: 'a', email: ['e@x'] }, /^email of the user is a list; write a text or null$/],
    [
      { username: 'a', disabled: 'false' },
      /^disabled of the user is a text; write true or false, or 1 or 0$/,
    ],
    [{ username: 'a', disabled: '' }, /^disabled of the user is an empty text/],
    [{ username: 'a', disabled: Buffer.of(0) }, /^disabled of the user is a buffer/],
    [{ username: 'a', disabled: new Date() }, /^disabled of the user is a Date/],
    [
      { username: 'a', version: true },
      /^version of the user is a boolean; write a text, a number, a Date or a Buffer$/,
    ],
    [{ username: 'a', version: Number.NaN }, /^version of the user is NaN/],
    [{ username: 'a', version: new Date(Number.NaN) }, /^version of the user is a Date/],
    [{ username: 'a', version: {} }, /^version of the user is an object/],
    [revoked.proxy, /revoked/],
    [Object.defineProperty({}, 'username', { get: () => JSON.parse('{') }), /JSON/],
  ]
  for (const [value, message] of table) {
    const { verify, find } = callbackDirectory(
      sourceOf(
        () => value,
        async () => value,
      ),
      5,
    )
    const error = { code: 'DOCS_GATE_USERS_UNAVAILABLE', statusCode: 503, cause: { message } }
    await t.rejects(verify('a', 'x', {}), error, String(message))
    await t.rejects(async () => find?.('a'), error, String(message))
  }
})

t.test('a source reports failures and successes to its listener', async (t) => {
  const told: unknown[] = []
  let isUp = true
  const directory = callbackDirectory(
    sourceOf(() => {
      if (isUp) return null
      throw new Error('down')
    }),
    5,
  )
  const events = {
    error() {},
    out() {},
    failed: (reason: unknown) => told.push(reason),
    answered: () => told.push('up'),
  }
  await directory.verify('a', 'x', {})
  directory.start?.(events)
  isUp = false
  await t.rejects(directory.verify('a', 'x', {}))
  isUp = true
  await directory.verify('a', 'x', {})
  t.match(told, [{ message: 'down' }, 'up'])
})
