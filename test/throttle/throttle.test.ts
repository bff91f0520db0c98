import { mock } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { BusyError, ThrottledError } from '../../lib/errors.ts'
import { BUDGETS, type FailureLog } from '../../lib/throttle/failure-log.ts'
import { createKeyedLimiter } from '../../lib/throttle/keyed-limiter.ts'
import { accountKey, addressKey, nameKey } from '../../lib/throttle/keys.ts'
import { knownAddresses } from '../../lib/throttle/known-addresses.ts'
import { memoryLog } from '../../lib/throttle/memory-failure-log.ts'
import { redisLog } from '../../lib/throttle/redis-failure-log.ts'
import { type Throttle, throttle, unthrottled } from '../../lib/throttle/throttle.ts'
import { defaultConcurrentHashes, hashQueue } from '../../lib/users/hash-queue.ts'
import { deadlines, redisServer, withoutRedis } from '../redis.ts'

// Of Redis: nothing here is about them.
deadlines(true)

const MINUTE = 60_000
const ADDRESS = '192.0.2.1'

/** A clock that only this test moves. */
function clock() {
  let time = 1_000_000
  return {
    now: () => time,
    pass(milliseconds: number) {
      time += milliseconds
    },
  }
}

const wrong = async () => null
const right = async () => 'account'

async function outcome(run: Promise<unknown>): Promise<string> {
  try {
    return (await run) === null ? 'failed' : 'succeeded'
  } catch (error) {
    if (error instanceof ThrottledError) return 'throttled'
    throw error
  }
}

async function fail(limit: Throttle, times: number, username = 'johndoe', ip = ADDRESS): Promise<string[]> {
  const outcomes: string[] = []
  for (let i = 0; i < times; i++) outcomes.push(await outcome(limit(username, ip, wrong)))
  return outcomes
}

const counted = (outcomes: readonly string[], name: string): number =>
  outcomes.filter((outcome) => outcome === name).length

t.test('keys: spellings that may mean one account share its budget', async (t) => {
  const johndoe = accountKey('johndoe')
  for (const spelling of [
    'JohnDoe',
    'JOHNDOE',
    ' johndoe ',
    'jöhndoe',
    'john\u200bdoe',
    'ｊｏｈｎｄｏｅ',
    'john\u0301doe',
  ]) {
    t.equal(accountKey(spelling), johndoe, JSON.stringify(spelling))
  }
  t.equal(accountKey('Straße'), accountKey('STRASSE'))
  t.not(accountKey('janedoe'), johndoe)
  t.match(accountKey('a'.repeat(10_000)), /^[\w-]{22}$/)
})

t.test('keys: an IPv4 address is a key of its own, IPv6 addresses share one per /64', async (t) => {
  for (const [ip, key] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['192.0.2.1:80', '192.0.2.1'],
    ['[2001:db8:1:2::1]:80', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2::/64'],
    ['[fe80::1%eth0]:65535', 'fe80:0:0:0::/64'],
    ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
    [undefined, 'unknown'],
    ['', 'unknown'],
    ['unix socket', 'unknown'],
    ['::ffff:999.0.2.1', 'unknown'],
    ['192.0.2.1:', 'unknown'],
    ['192.0.2.1:http', 'unknown'],
    ['[::1', 'unknown'],
    ['[]:80', 'unknown'],
    ['1'.repeat(14_000), 'unknown'],
    [`${'['.repeat(14_000)}:80`, 'unknown'],
  ] as const) {
    t.equal(addressKey(ip), key, String(ip).slice(0, 40))
  }
})

t.test(
  'keys: an IPv4 address has the same key in every IPv6 notation, and never that of a /64',
  async (t) => {
    const spellings = [
      '192.0.2.1',
      '::ffff:192.0.2.1',
      '::FFFF:192.0.2.1',
      '::ffff:c000:201',
      '::FFFF:C000:0201',
      '0:0:0:0:0:ffff:c000:201',
      '0000:0000:0000:0000:0000:ffff:c000:0201',
      '0:0:0:0:0:FFFF:192.0.2.1',
      '0::ffff:192.0.2.1',
      '::0:ffff:c000:201',
      '::ffff:c000:201%eth0',
      '[::ffff:c000:201]',
      '[::ffff:192.0.2.1]:443',
      '64:ff9b::192.0.2.1',
      '64:ff9b::c000:201',
      '0064:FF9B:0:0:0:0:c000:201',
    ]
    for (const ip of spellings) t.equal(addressKey(ip), '192.0.2.1', ip)
    const others: [string, string][] = [
      ['::ffff:0:c000:201', '0:0:0:0::/64'],
      ['::c000:201', '0:0:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
      ['64:ff9b::1:c000:201', '64:ff9b:0:0::/64'],
      ['64:ff9b:1::c000:201', '64:ff9b:1:0::/64'],
      ['1::ffff:c000:201', '1:0:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::ffff:c000:202', '192.0.2.2'],
      ['::ffff:0:0', '0.0.0.0'],
      ['::ffff:ffff:ffff', '255.255.255.255'],
    ]
    for (const [ip, key] of others) t.equal(addressKey(ip), key, ip)

    const limit = throttle(memoryLog(clock().now))
    for (const ip of spellings.slice(0, 5)) t.equal(await outcome(limit('johndoe', ip, wrong)), 'failed', ip)
    t.equal(
      await outcome(limit('johndoe', '::ffff:c000:201', right)),
      'throttled',
      'one budget for all of them',
    )
    t.equal(
      await outcome(limit('johndoe', '::ffff:c000:202', right)),
      'succeeded',
      'and another for the next',
    )
  },
)

t.test(
  'account and address: after five failures in five minutes, the next try is refused until the first has expired',
  async (t) => {
    const time = clock()
    const limit = throttle(memoryLog(time.now))
    t.strictSame(await fail(limit, 4), Array(4).fill('failed'))
    time.pass(MINUTE)
    t.strictSame(await fail(limit, 2), ['failed', 'throttled'])
    await t.rejects(limit('johndoe', ADDRESS, right), {
      code: 'DOCS_GATE_THROTTLED',
      statusCode: 429,
      retryAfterSeconds: 240,
    })
    time.pass(4 * MINUTE - 1)
    t.equal(await outcome(limit('johndoe', ADDRESS, right)), 'throttled')
    time.pass(1)
    t.strictSame(await fail(limit, 5), ['failed', 'failed', 'failed', 'failed', 'throttled'])
  },
)

t.test('no five minutes ever have more than five failures, wherever they begin', async (t) => {
  const time = clock()
  const limit = throttle(memoryLog(time.now))
  const failures: number[] = []
  for (let i = 0; i < 2000; i++) {
    if ((await outcome(limit('johndoe', ADDRESS, wrong))) === 'failed') failures.push(time.now())
    time.pass((i * 7919) % 40_000)
  }
  const most = Math.max(
    ...failures.map((from) => failures.filter((at) => at >= from && at - from < 5 * MINUTE).length),
  )
  t.equal(most, BUDGETS.accountAndAddress.limit)
})

t.test('a success clears the failures of account and address, and is never counted', async (t) => {
  const limit = throttle(memoryLog(clock().now))
  for (let round = 0; round < 4; round++) {
    t.strictSame(await fail(limit, 4), Array(4).fill('failed'))
    t.equal(await outcome(limit('johndoe', ADDRESS, right)), 'succeeded')
  }
})

t.test('address: fifty failures over all accounts, counted per /64 for IPv6', async (t) => {
  const limit = throttle(memoryLog(clock().now))
  const outcomes: string[] = []
  for (let i = 0; i < 60; i++) outcomes.push(await outcome(limit(`user${i}`, `2001:db8::${i + 1}`, wrong)))
  t.equal(counted(outcomes, 'failed'), BUDGETS.address.limit)
  t.equal(await outcome(limit('somebody', '2001:db8:0:1::1', right)), 'succeeded', 'another /64')
})

t.test(
  'account: after a hundred failures in an hour, only addresses that have logged in to it before are let through',
  async (t) => {
    const time = clock()
    const limit = throttle(memoryLog(time.now))
    t.equal(await outcome(limit('johndoe', '198.51.100.1', right)), 'succeeded')
    const outcomes: string[] = []
    for (let i = 0; i < 110; i++) outcomes.push(await outcome(limit('johndoe', `203.0.113.${i}`, wrong)))
    t.equal(counted(outcomes, 'failed'), BUDGETS.account.limit)
    t.equal(
      await outcome(limit('johndoe', '198.51.100.2', right)),
      'throttled',
      'a stranger with the right password',
    )
    t.equal(await outcome(limit('johndoe', '198.51.100.1', right)), 'succeeded', 'a known address')
    t.strictSame(await fail(limit, 6, 'johndoe', '198.51.100.1'), [...Array(5).fill('failed'), 'throttled'])
    time.pass(60 * MINUTE)
    t.equal(await outcome(limit('johndoe', '198.51.100.2', right)), 'succeeded')
  },
)

t.test('10,000 parallel attempts do not exceed the budget', async (t) => {
  const limit = throttle(memoryLog(clock().now))
  let checks = 0
  const tries = Array.from({ length: 10_000 }, () =>
    outcome(
      limit('johndoe', ADDRESS, async () => {
        checks++
        await new Promise(setImmediate)
        return null
      }),
    ),
  )
  const outcomes = await Promise.all(tries)
  t.equal(checks, 5)
  t.equal(counted(outcomes, 'failed'), 5)
  t.equal(counted(outcomes, 'throttled'), 9_995)
})

t.test(
  'a hundred parallel attempts with the right password wait for each other and all succeed',
  async (t) => {
    const limit = throttle(memoryLog(clock().now))
    await fail(limit, 3)
    let [running, most] = [0, 0]
    const check = async () => {
      running++
      most = Math.max(most, running)
      await new Promise(setImmediate)
      running--
      return 'account'
    }
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => outcome(limit('johndoe', ADDRESS, check))),
    )
    t.equal(counted(outcomes, 'succeeded'), 100)
    t.equal(most, 5)
  },
)

t.test(
  'an attempt that waits for the last place gets it when the attempt in flight is released',
  async (t) => {
    const limit = throttle(memoryLog(clock().now))
    await fail(limit, 4)
    let stop: (error: Error) => void = () => {}
    const hanging = limit('johndoe', ADDRESS, () => new Promise<null>((_resolve, reject) => (stop = reject)))
    const next = outcome(limit('johndoe', ADDRESS, right))
    await new Promise((resolve) => setTimeout(resolve, 150))
    stop(new BusyError())
    await t.rejects(hanging, { code: 'DOCS_GATE_BUSY' })
    t.equal(await next, 'succeeded')
  },
)

t.test('if the failure log throws, the login fails with its error', async (t) => {
  const down = new Error('down')
  const log = memoryLog(clock().now)
  const limit = throttle({
    ...log,
    succeed() {
      throw down
    },
  })
  await t.rejects(limit('johndoe', ADDRESS, right), down)
})

t.test('memory is bounded: a flood of names and addresses evicts the least recently used keys', async (t) => {
  const log = memoryLog(clock().now)
  const limit = throttle(log)
  t.equal((await fail(limit, 6)).at(-1), 'throttled')
  for (let i = 0; i < 50_000; i++) {
    const attempt = { account: `account${i}`, name: `account${i}`, address: `address${i}` }
    const reservation = await log.reserve(attempt)
    if (reservation.state === 'held') await log.fail(attempt, reservation.id)
  }
  t.equal(await outcome(limit('johndoe', ADDRESS, wrong)), 'failed', 'what was kept of it is gone')
})

/** What holds for every log of failures. */
const LOGS: [name: string, skip: false | string, make: (t: Test) => Promise<FailureLog>][] = [
  ['memory', false, async () => memoryLog(clock().now)],
  [
    'Redis',
    withoutRedis(),
    async (t) => {
      const server = await redisServer(t)
      return redisLog({ send: (command) => server.command(...command), prefix: 'test:' })
    },
  ],
]

for (const [kind, skip, make] of LOGS) {
  t.test(
    `${kind}: a login as Admin neither clears the failures of admin nor makes the address known to it`,
    { skip },
    async (t) => {
      const limit = throttle(await make(t))
      const other = '198.51.100.1'
      t.strictSame(await fail(limit, 3, 'admin'), Array(3).fill('failed'))
      t.equal(await outcome(limit('Admin', ADDRESS, right)), 'succeeded')
      t.strictSame(await fail(limit, 1, 'Admin'), ['failed'])
      t.equal(await outcome(limit('Admin', ADDRESS, right)), 'succeeded', 'forgives Admin')
      t.strictSame(await fail(limit, 3, 'admin'), ['failed', 'failed', 'throttled'])
      t.equal(await outcome(limit('Admin', ADDRESS, right)), 'throttled', 'the budget is one')

      t.equal(await outcome(limit('Jo\u0308', other, right)), 'succeeded')
      t.strictSame(await fail(limit, 4, 'J\u00f6', other), Array(4).fill('failed'))
      t.equal(await outcome(limit('Jo\u0308', other, right)), 'succeeded')
      t.strictSame(await fail(limit, 4, 'J\u00f6', other), Array(4).fill('failed'), 'one name in two forms')

      t.equal(await outcome(limit('Root', other, right)), 'succeeded')
      for (let i = 0; i < 100; i++) await limit('root', `203.0.113.${i}`, wrong)
      t.equal(await outcome(limit('root', other, right)), 'throttled', 'known to Root is not known to root')
      t.equal(await outcome(limit('Root', other, right)), 'succeeded', 'who is known gets in')
    },
  )

  t.test(
    `${kind}: clearing an account lets it try again from every address, and no other account`,
    { skip },
    async (t) => {
      const log = await make(t)
      const limit = throttle(log)
      const here = '2001:db8::1'
      const clear = (name: string) => log.clear(accountKey(name))
      await fail(limit, 5, 'johndoe', here)
      await fail(limit, 5, 'JohnDoe')
      await fail(limit, 5, 'jane', here)
      for (let i = 0; i < 90; i++) await limit('johndoe', `203.0.113.${i}`, wrong)
      t.equal(await outcome(limit('johndoe', '198.51.100.1', right)), 'throttled', 'from anywhere')
      await clear('jane')
      await clear('nobody')
      t.equal(await outcome(limit('johndoe', '198.51.100.1', right)), 'throttled')
      t.equal(await outcome(limit('jane', here, right)), 'succeeded', 'jane was cleared')
      await clear('JOHNDOE')
      t.equal(await outcome(limit('johndoe', '198.51.100.1', right)), 'succeeded')
      t.strictSame(await fail(limit, 6, 'johndoe', here), [...Array(5).fill('failed'), 'throttled'])
      t.strictSame(await fail(limit, 6), [...Array(5).fill('failed'), 'throttled'])
      await clear('johndoe')
      t.strictSame(await fail(limit, 1), ['failed'], 'and again')
    },
  )

  t.test(`${kind}: clearing an account keeps the reservations of attempts in flight`, { skip }, async (t) => {
    const log = await make(t)
    const attempt = { account: accountKey('a'), name: nameKey('a'), address: ADDRESS }
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      const reservation = await log.reserve(attempt)
      if (reservation.state === 'held') ids.push(reservation.id)
    }
    for (const id of ids.slice(0, 2)) await log.fail(attempt, id)
    await log.clear(attempt.account)
    for (let i = 0; i < 2; i++) t.equal((await log.reserve(attempt)).state, 'held', 'two were failures')
    t.equal((await log.reserve(attempt)).state, 'wait', 'three are in flight')
  })

  t.test(`${kind}: a success keeps the reservations of other attempts in flight`, { skip }, async (t) => {
    const log = await make(t)
    const attempt = { account: 'a', name: 'a', address: ADDRESS }
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      const reservation = await log.reserve(attempt)
      if (reservation.state === 'held') ids.push(reservation.id)
    }
    t.equal(ids.length, 5)
    await log.succeed(attempt, ids[0] as string)
    t.equal((await log.reserve(attempt)).state, 'held', 'its own reservation is settled')
    t.equal((await log.reserve(attempt)).state, 'wait', 'and no other')
  })
}

t.test('each user who has logged in takes a few hundred bytes, however many there are', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const log = memoryLog(clock().now)
  const users = 20_000
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < users; i++) {
    const attempt = {
      account: accountKey(`${i}`),
      name: nameKey(`${i}`),
      address: addressKey(`10.0.${i >> 8}.${i & 255}`),
    }
    await log.reserve(attempt)
    await log.succeed(attempt, '')
  }
  collect()
  const bytes = (process.memoryUsage().heapUsed - before) / users
  t.ok(bytes < 300, `${Math.round(bytes)} bytes each`)
  t.equal((await log.reserve({ account: '', name: '', address: '' })).state, 'held')
})

t.test('the latest fifty addresses of a name are known, and only the latest names', async (t) => {
  const known = knownAddresses(3)
  for (let i = 0; i < 51; i++) known.add('a', `10.0.0.${i}`)
  t.equal(known.has('a', '10.0.0.0'), false, 'the oldest has gone')
  known.add('a', '10.0.0.1')
  known.add('a', '10.0.0.51')
  t.equal(known.has('a', '10.0.0.1'), true, 'one that comes again is the latest')
  t.equal(known.has('a', '10.0.0.2'), false)
  t.equal(known.has('a', '10.0.0.5'), true)
  t.equal(known.has('a', '10.0.0'), false, 'a part of one is none')
  t.equal(known.has('b', '10.0.0.1'), false)
  known.add('b', 'x')
  known.add('c', 'x')
  t.equal(known.has('a', '10.0.0.51'), true, 'whoever tries is the latest')
  known.add('d', 'x')
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((name) => known.has(name, name === 'a' ? '10.0.0.51' : 'x')),
    [true, false, true, true],
  )
})

t.test('no more attempts of one address are at the log than its budget allows', async (t) => {
  const log = memoryLog(clock().now)
  let asked = 0
  const limit = throttle({
    ...log,
    reserve(attempt) {
      asked++
      return log.reserve(attempt)
    },
  })
  const finish: (() => void)[] = []
  const check = () => new Promise<string>((resolve) => finish.push(() => resolve('account')))
  const tries = Array.from({ length: 500 }, (_, i) => outcome(limit(`user${i}`, ADDRESS, check)))
  await new Promise(setImmediate)
  t.equal(finish.length, 50)
  t.equal(asked, 50, 'the other 450 queue before it')
  const stranger = limit('user1', '198.51.100.1', right)
  t.equal(await stranger, 'account', 'and nobody else behind them')
  while (finish.length > 0) {
    finish.shift()?.()
    await new Promise(setImmediate)
  }
  t.equal(counted(await Promise.all(tries), 'succeeded'), 500)
})

t.test(
  'settling an attempt wakes those that wait for its account or its address, and no others',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const asked: string[] = []
    const log: FailureLog = {
      reserve({ address }) {
        asked.push(address)
        return address === ADDRESS ? { state: 'held', id: '' } : { state: 'wait' }
      },
      fail() {},
      succeed() {},
      release() {},
      clear() {},
    }
    const limit = throttle(log)
    for (const [name, ip] of [
      ['johndoe', '198.51.100.1'],
      ['jane', '198.51.100.2'],
    ] as const)
      void limit(name, ip, right)
    await new Promise(setImmediate)
    t.strictSame(asked, ['198.51.100.1', '198.51.100.2'])
    await limit('johndoe', ADDRESS, right)
    await new Promise(setImmediate)
    t.strictSame(asked.slice(2), [ADDRESS, '198.51.100.1'])
  },
)

t.test('in Redis a released reservation no longer counts', { skip: withoutRedis() }, async (t) => {
  const server = await redisServer(t)
  const connection = { send: (command: readonly string[]) => server.command(...command), prefix: 'test:' }
  const limit = throttle(redisLog(connection))
  await fail(limit, 4)
  const failing = async () => {
    throw new BusyError()
  }
  for (let i = 0; i < 3; i++) await t.rejects(limit('johndoe', ADDRESS, failing), { code: 'DOCS_GATE_BUSY' })
  t.strictSame(await fail(limit, 2), ['failed', 'throttled'])
})

t.test('without a throttle every attempt runs', async (t) => {
  t.strictSame(await fail(unthrottled, 20), Array(20).fill('failed'))
  t.strictSame(
    await fail(throttle(memoryLog()), 6),
    [...Array(5).fill('failed'), 'throttled'],
    'and with one not',
  )
})

t.test('keyed limiter: runs a limited number of jobs per key, in order', async (t) => {
  const inLane = createKeyedLimiter(10)(2)
  const order: number[] = []
  let [running, most] = [0, 0]
  const job = (number: number) => async () => {
    running++
    most = Math.max(most, running)
    await new Promise(setImmediate)
    order.push(number)
    running--
  }
  await Promise.all([1, 2, 3, 4, 5].map((number) => inLane('a', job(number))))
  t.strictSame(order, [1, 2, 3, 4, 5])
  t.equal(most, 2)
  await t.rejects(
    inLane('a', async () => {
      throw new Error('job')
    }),
    { message: 'job' },
  )
  t.equal(await inLane('a', async () => 'free again'), 'free again')
})

t.test(
  'keyed limiter: the limit of waiting jobs is common to all limiters, and one more is refused at once',
  async (t) => {
    const lanes = createKeyedLimiter(2)
    const [one, two] = [lanes(1), lanes(1)]
    const release: (() => void)[] = []
    const job = () => new Promise<void>((resolve) => release.push(resolve))
    const jobs = [one('a', job), one('a', job), two('b', job), two('b', job)]
    const full = { code: 'DOCS_GATE_BUSY', statusCode: 503 }
    await t.rejects(one('a', job), full)
    await t.rejects(two('b', job), full)
    const other = one('c', job)
    await new Promise(setImmediate)
    t.equal(release.length, 3, 'who need not wait is not refused')
    while (release.length > 0) {
      release.shift()?.()
      await new Promise(setImmediate)
    }
    await Promise.all([...jobs, other])
    await Promise.all([one('a', async () => {}), one('a', async () => {}), two('b', async () => {})])
  },
)

t.test('a flood of attempts without failures does not evict the failures of others', async (t) => {
  const log = memoryLog(clock().now)
  const limit = throttle(log)
  t.strictSame(await fail(limit, 6), [...Array(5).fill('failed'), 'throttled'])
  // More names than the log has keys, and more addresses.
  for (let i = 0; i < 50_001; i++) {
    const attempt = { account: `account ${i}`, name: `name ${i}`, address: `address ${i}` }
    await log.reserve(attempt)
    await (i % 2 === 0 ? log.release(attempt, '') : log.succeed(attempt, ''))
  }
  t.equal(await outcome(limit('johndoe', ADDRESS, right)), 'throttled')
})

t.test(
  'hash queue: limits concurrent jobs, serves addresses in turn, and one address cannot fill it',
  async (t) => {
    const queue = hashQueue(1)
    const served: string[] = []
    const release: (() => void)[] = []
    const job = (address: string) => () =>
      new Promise<void>((resolve) => {
        served.push(address)
        release.push(resolve)
      })
    const all: Promise<void>[] = []
    const add = (address: string, times: number): void => {
      for (let i = 0; i < times; i++) all.push(queue(address, job(address)))
    }
    add('flood', 65)
    await t.rejects(queue('flood', job('flood')), {
      code: 'DOCS_GATE_BUSY',
      statusCode: 503,
      retryAfterSeconds: 2,
    })
    add('a', 2)
    add('b', 1)
    t.strictSame(served, ['flood'], 'one at a time')
    for (let i = 0; i < 6; i++) {
      release.shift()?.()
      await new Promise(setImmediate)
    }
    t.strictSame(served, ['flood', 'flood', 'a', 'b', 'flood', 'a', 'flood'])
    while (release.length > 0) {
      release.shift()?.()
      await new Promise(setImmediate)
    }
    await Promise.all(all)
    t.equal(await queue('late', async () => 'free again'), 'free again')
  },
)

t.test(
  'hash queue: when it is full, an address with fewer waiting jobs than another takes the other’s last place',
  async (t) => {
    const queue = hashQueue(1)
    const served: string[] = []
    const release: (() => void)[] = []
    const refused = new Map<string, number>()
    const all: Promise<void>[] = []
    const add = (address: string, times: number): void => {
      for (let i = 0; i < times; i++) {
        const run = queue(address, () => {
          served.push(address)
          return new Promise<void>((resolve) => release.push(resolve))
        })
        all.push(
          run.catch((error) => {
            t.equal(error.code, 'DOCS_GATE_BUSY')
            refused.set(address, (refused.get(address) ?? 0) + 1)
          }),
        )
      }
    }
    const turn = () => new Promise(setImmediate)
    add('a', 1)
    for (const address of ['a', 'b', 'c', 'd']) add(address, 64)
    await turn()
    t.equal(refused.size, 0, 'full')
    add('late', 3)
    await turn()
    t.strictSame(Object.fromEntries(refused), { a: 1, b: 1, c: 1 }, 'each time of one who has the most')
    add('d', 1)
    add('a', 1)
    await turn()
    t.strictSame(
      Object.fromEntries(refused),
      { a: 2, b: 1, c: 1, d: 1 },
      'who has the most, or would, waits no more',
    )
    while (release.length > 0) {
      release.shift()?.()
      await turn()
    }
    await Promise.all(all)
    t.equal(served.length, 257)
    t.strictSame(served.slice(0, 6), ['a', 'a', 'b', 'c', 'd', 'late'], 'and it takes turns as before')
    t.equal(served.filter((address) => address === 'late').length, 3)

    served.length = 0
    refused.clear()
    for (let i = 0; i < 258; i++) add(`one${i}`, 1)
    await turn()
    t.strictSame([...refused.keys()], ['one257'], 'among equals the first come')
    while (release.length > 0) {
      release.shift()?.()
      await turn()
    }
    await Promise.all(all)
    t.equal(served.length, 257)
  },
)

t.test('hash queue: by default a core and a thread are left free', async (t) => {
  const before = process.env['UV_THREADPOOL_SIZE']
  t.teardown(() => {
    if (before === undefined) delete process.env['UV_THREADPOOL_SIZE']
    else process.env['UV_THREADPOOL_SIZE'] = before
  })
  for (const [size, most] of [
    ['1', 1],
    ['2', 1],
    ['nonsense', 3],
  ] as const) {
    process.env['UV_THREADPOOL_SIZE'] = size
    t.ok(defaultConcurrentHashes() >= 1 && defaultConcurrentHashes() <= most, size)
  }
})
