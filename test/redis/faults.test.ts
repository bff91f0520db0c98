import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { basic, cookieHeader, testApp } from '../helper.ts'
import {
  COMMAND_DEADLINE_MILLISECONDS,
  calls,
  deadlines,
  type Line,
  proxy,
  type RedisServer,
  redisServer,
  userClient,
  withoutRedis,
} from '../redis.ts'
import { until } from '../until.ts'

const UNAVAILABLE = 'DOCS_GATE_STORE_UNAVAILABLE'
// What the README promises.
const ANSWER_MILLISECONDS = 2000
const REVOKED_MILLISECONDS = 1000

// The gate's deadlines are as they are while there is a fault, and far away while everything has to work.
const clock = deadlines(true)

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly cookie: string
}

/** A service that is asked, and that waits for no more deadlines than it may. */
class Service {
  readonly app: FastifyInstance
  readonly #t: Test
  slowest = 0
  #asked = 0
  #answered = 0

  constructor(t: Test, app: FastifyInstance) {
    this.app = app
    this.#t = t
  }

  async #ask(request: InjectOptions): Promise<Answer> {
    const asked = ++this.#asked
    const isAlone = asked === this.#answered + 1
    const [since, passed] = [performance.now(), clock.passed]
    const { statusCode, body, headers } = await this.app.inject(request)
    if (isAlone && asked === this.#asked) {
      this.slowest = Math.max(this.slowest, performance.now() - since)
      const waited = clock.passed - passed
      if (waited >= ANSWER_MILLISECONDS) this.#t.fail(`an answer after deadlines of ${waited} ms`)
    }
    this.#answered++
    const code = statusCode >= 400 ? (JSON.parse(body) as { code: string }).code : undefined
    return { status: statusCode, code, cookie: cookieHeader(headers['set-cookie']) }
  }

  logIn(user = 'johndoe', password = 'secret', cookie = '') {
    const headers = { authorization: basic(user, password), ...(cookie !== '' && { cookie }) }
    return this.#ask({ url: '/auth/login', headers })
  }

  /** The cookie of a session. A store that has only just connected may be refused for a while on a busy machine. */
  async signedIn(): Promise<string> {
    let answer = await this.logIn()
    while (answer.status === 503) answer = await this.logIn()
    return answer.cookie
  }

  logOut(cookie: string) {
    return this.#ask({ method: 'POST', url: '/auth/logout', headers: { cookie } })
  }

  me(cookie = '') {
    return this.#ask({ url: '/users/me', headers: cookie === '' ? {} : { cookie } })
  }
}

async function service(t: Test, url: string): Promise<Service> {
  const store = await userClient(t, { url })
  return new Service(t, await testApp(t, { gate: { session: { store } } }))
}

// What nobody handled, in all of these tests.
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

interface Fault {
  readonly begin: (redis: RedisServer, line: Line) => unknown
  readonly end: (redis: RedisServer, line: Line) => unknown
  /** Whether Redis still has the sessions afterwards. */
  readonly keeps: boolean
}

const FAULTS: Record<string, Fault> = {
  'killed, and restarted empty': {
    begin: (redis) => redis.kill(),
    end: (redis) => redis.restart(),
    keeps: false,
  },
  frozen: { begin: (redis) => redis.freeze(), end: (redis) => redis.thaw(), keeps: true },
  'too slow': {
    begin(_redis, line) {
      // Pings are answered within a second.
      line.delay = 480
    },
    end(_redis, line) {
      line.delay = 0
    },
    keeps: true,
  },
  'silent, though the connection is open': {
    begin(_redis, line) {
      line.delay = 60_000
    },
    end(_redis, line) {
      line.delay = 0
    },
    keeps: true,
  },
  'cut off': {
    begin: (_redis, line) => line.cut({ refuse: true }),
    end: (_redis, line) => line.cut(),
    keeps: true,
  },
}

for (const [name, fault] of Object.entries(FAULTS)) {
  t.test(
    `Redis is ${name}: closed while it lasts, and open again by itself`,
    { skip: withoutRedis() },
    async (t) => {
      const redis = await redisServer(t)
      const line = await proxy(t, redis.port)
      const gate = await service(t, line.url)

      const standing = await gate.signedIn()
      const refused = await gate.signedIn()
      const leaving = await gate.signedIn()
      t.equal((await gate.logOut(refused)).status, 303)
      t.equal((await gate.me(standing)).status, 200)
      t.equal((await gate.me(refused)).status, 401)

      clock.areFar = false
      await fault.begin(redis, line)
      const begun = performance.now()
      let lastIn = 0
      const seen = new Set<string>()
      // Longer than it takes to find the connection dead, to close its socket and to try again.
      while (performance.now() - begun < 4000) {
        const asked = performance.now() - begun
        const [known, out] = await Promise.all([gate.me(standing), gate.me(refused)])
        if (known.status === 200) lastIn = asked
        else seen.add(`${known.status} ${known.code}`)
        t.not(out.status, 200, 'who was refused stays out')
        await wait(25)
      }
      t.strictSame([...seen], [`503 ${UNAVAILABLE}`])
      t.ok(lastIn < REVOKED_MILLISECONDS + 500, `what is known is served for ${lastIn.toFixed(0)} ms`)
      t.match(await gate.logIn(), { status: 503, code: UNAVAILABLE })
      // Whether it has ended then, nobody can tell: a command that was given up may arrive later.
      t.match(await gate.logOut(leaving), { status: 503, code: UNAVAILABLE })
      t.match(await gate.me(), { status: 401, code: 'DOCS_GATE_UNAUTHENTICATED' }, 'who brings nothing')
      t.match(
        await gate.logIn('johndoe', 'wrong'),
        { status: 503, code: UNAVAILABLE },
        'nor is it told who may try',
      )
      t.equal((await gate.app.inject('/open')).statusCode, 200, 'what is not guarded')
      // As many as may come: the queue has an end, and each gets its answer.
      const many = await Promise.all(Array.from({ length: 500 }, () => gate.me(standing)))
      t.ok(many.every(({ status }) => status === 503))

      await fault.end(redis, line)
      const ended = performance.now()
      await until(async () => (await gate.logIn()).status === 200)
      const recovered = performance.now() - ended
      clock.areFar = true
      t.equal((await gate.me(refused)).status, 401)
      t.equal((await gate.me(standing)).status, fault.keeps ? 200 : 401)
      t.equal((await gate.me((await gate.logIn()).cookie)).status, 200)
      t.comment(
        `${name}: slowest answer ${gate.slowest.toFixed(0)} ms, recovered in ${recovered.toFixed(0)} ms`,
      )
    },
  )
}

t.test('Redis is slow, but not too slow: everything works', { skip: withoutRedis() }, async (t) => {
  const redis = await redisServer(t)
  const line = await proxy(t, redis.port)
  const gate = await service(t, line.url)
  line.delay = 40
  const earlier = await gate.signedIn()
  const { commands } = clock
  // As much as a login may ask: who is there, whether they may try, their sessions, and then to end the one before.
  const { status, cookie } = await gate.logIn('johndoe', 'secret', earlier)
  t.equal(status, 200)
  const most = (clock.commands - commands) * COMMAND_DEADLINE_MILLISECONDS
  t.ok(
    most > 0 && most < ANSWER_MILLISECONDS,
    `a login takes ${most} ms, were each answer as late as it may be`,
  )
  t.equal((await gate.me(earlier)).status, 401)
  t.equal((await gate.me(cookie)).status, 200)
  t.equal((await gate.logOut(cookie)).status, 303)
  t.equal((await gate.me(cookie)).status, 401)
})

t.test(
  'Redis is full: no new sessions, and the old ones stand and end',
  { skip: withoutRedis() },
  async (t) => {
    const redis = await redisServer(t)
    const gate = await service(t, redis.url)
    const one = await gate.signedIn()
    const two = await gate.signedIn()
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    const before = await redis.command('DBSIZE')
    t.match(await gate.logIn(), { status: 503, code: UNAVAILABLE })
    t.equal(await redis.command('DBSIZE'), before, 'nothing is written by halves')
    t.equal((await gate.me(one)).status, 200)
    t.equal((await gate.logOut(two)).status, 303, 'a logout frees memory')
    t.equal((await gate.me(two)).status, 401)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    t.equal((await gate.logIn()).status, 200)
    t.equal((await gate.me(two)).status, 401)
  },
)

t.test('a cut of a moment is over in a moment', { skip: withoutRedis() }, async (t) => {
  const redis = await redisServer(t)
  const line = await proxy(t, redis.port)
  const gate = await service(t, line.url)
  const cookie = await gate.signedIn()
  clock.areFar = false
  for (let i = 0; i < 5; i++) {
    line.cut()
    const since = performance.now()
    await until(async () => (await gate.me(cookie)).status === 200)
    await until(async () => (await gate.logIn()).status === 200)
    t.comment(`over in ${(performance.now() - since).toFixed(0)} ms`)
  }
  clock.areFar = true
})

// The worst of a cache: it is not told that a session has ended elsewhere.
for (const name of ['cut off', 'silent, though the connection is open']) {
  t.test(`a session that ends elsewhere while Redis is ${name}`, { skip: withoutRedis() }, async (t) => {
    const { begin, end } = FAULTS[name] as Fault
    const redis = await redisServer(t)
    const line = await proxy(t, redis.port)
    const gate = await service(t, line.url)
    const other = await service(t, redis.url)
    const cookie = await gate.signedIn()
    t.equal((await gate.me(cookie)).status, 200)
    t.equal((await other.me(cookie)).status, 200)
    // It is kept here as soon as Redis is asked no more.
    await until(async () => {
      const before = await calls(redis, 'get')
      t.equal((await gate.me(cookie)).status, 200)
      return (await calls(redis, 'get')) === before
    })

    await begin(redis, line)
    t.equal((await other.logOut(cookie)).status, 303)
    clock.areFar = false
    const endedAt = performance.now()
    let lastIn = 0
    while (performance.now() - endedAt < 2500) {
      const asked = performance.now() - endedAt
      if ((await gate.me(cookie)).status === 200) lastIn = asked
      await wait(10)
    }
    t.ok(lastIn < REVOKED_MILLISECONDS, `it is served for ${lastIn.toFixed(0)} ms`)

    await end(redis, line)
    await until(async () => {
      const { status } = await gate.me(cookie)
      t.not(status, 200)
      return status === 401
    })
    clock.areFar = true
  })
}

t.test(
  'an app that starts while Redis is away answers, and comes to life with it',
  { skip: withoutRedis() },
  async (t) => {
    const redis = await redisServer(t)
    const store = await userClient(t, { url: redis.url })
    clock.areFar = false
    await redis.kill()
    const app = await testApp(t, { gate: { session: { store } } })
    const gate = new Service(t, app)
    t.match(await gate.logIn(), { status: 503, code: UNAVAILABLE })
    t.match(await gate.logIn(), { status: 503, code: UNAVAILABLE })
    await redis.restart()
    await until(async () => (await gate.logIn()).status === 200)

    const cookie = await gate.signedIn()
    redis.freeze()
    const late = new Service(t, await testApp(t, { gate: { session: { store } } }))
    t.match(await late.me(cookie), { status: 503, code: UNAVAILABLE })
    redis.thaw()
    await until(async () => (await late.me(cookie)).status === 200)
    clock.areFar = true
  },
)

t.test('an app that closes while Redis is away closes at once', { skip: withoutRedis() }, async (t) => {
  for (const fault of ['kill', 'freeze'] as const) {
    const redis = await redisServer(t)
    const gate = await service(t, redis.url)
    const cookie = await gate.signedIn()
    await redis[fault]()
    const asked = gate.me(cookie)
    const since = performance.now()
    await gate.app.close()
    await asked
    t.ok(performance.now() - since < 20_000, 'without waiting for a deadline: the nearest has 28 seconds')
  }
})

t.test('in all of this no promise was rejected unheard', async (t) => {
  t.strictSame(unhandled, [])
})
