import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { start } from '../command.ts'
import { basic, cookieHeader, FORM, HASHES, SECRET } from '../helper.ts'
import { type RedisServer, redisServer, withoutRedis } from '../redis.ts'
import { until } from '../until.ts'

const INSTANCE = join(process.cwd(), 'test/fixtures/instance.js')

interface Instance {
  readonly origin: string
  /** Ends it as an orchestrator does, and resolves to its exit code. */
  stop(): Promise<number | null>
}

async function instance(
  t: Test,
  redis: RedisServer,
  more: Readonly<Record<string, string>> = {},
): Promise<Instance> {
  const settings = { REDIS_URL: redis.url, SECRET, HASH: HASHES.secret, ...more }
  const child = start(
    'env',
    [...Object.entries(settings).map(([name, value]) => `${name}=${value}`), process.execPath, INSTANCE],
    process.cwd(),
  )
  t.teardown(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
    child.once('close', () => reject(new Error(`the instance ended: ${errors}`)))
  })
  return {
    origin,
    async stop() {
      child.kill('SIGTERM')
      return ((await closed) as [number | null])[0]
    },
  }
}

interface Login {
  readonly cookie: string
  readonly token: string
}

async function logIn({ origin }: Instance, user = 'johndoe'): Promise<Login> {
  const response = await fetch(`${origin}/auth/login`, {
    headers: { authorization: basic(user, 'secret') },
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return { token, cookie: cookieHeader(response.headers.getSetCookie()) }
}

const statusOf = async ({ origin }: Instance, { cookie }: Login): Promise<number> => {
  const response = await fetch(`${origin}/users/me`, { headers: { cookie } })
  await response.arrayBuffer()
  return response.status
}

/** How many milliseconds it takes until no instance lets the session in any more. */
async function refusedAfter(instances: readonly Instance[], login: Login): Promise<number> {
  const since = performance.now()
  await Promise.all(instances.map((each) => until(async () => (await statusOf(each, login)) === 401)))
  return performance.now() - since
}

/** The commands that Redis was sent meanwhile, with their numbers; the pings and what belongs to a connection aside. */
async function commandsDuring(
  redis: RedisServer,
  work: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  await redis.command('CONFIG', 'RESETSTAT')
  await work()
  const info = String(await redis.command('INFO', 'commandstats'))
  const all = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(
    ([, name, number]) => [name as string, Number(number)] as const,
  )
  return new Map(all.filter(([name]) => !/^(?:ping|hello|info|config\|.*|client\|.*)$/.test(name)))
}

for (const count of [2, 4]) {
  t.test(`${count} instances on one Redis are one gate`, { skip: withoutRedis() }, async (t) => {
    const redis = await redisServer(t)
    const instances = await Promise.all(Array.from({ length: count }, () => instance(t, redis)))
    const [first, last] = [instances[0] as Instance, instances.at(-1) as Instance]
    const areIn = (login: Login) => Promise.all(instances.map((each) => statusOf(each, login)))
    const allIn = Array(count).fill(200)

    const jane = await logIn(last, 'jane')
    t.strictSame(await areIn(jane), allIn)

    const ways: Record<string, (login: Login) => Promise<Response>> = {
      'POST /auth/logout': ({ cookie }) =>
        fetch(`${first.origin}/auth/logout`, { method: 'POST', headers: { cookie }, redirect: 'manual' }),
      'POST /auth/revoke': ({ token }) =>
        fetch(`${first.origin}/auth/revoke`, {
          method: 'POST',
          headers: FORM,
          body: new URLSearchParams({ token }),
        }),
      endSession: async () => {
        const sessions = await (await fetch(`${first.origin}/sessions/johndoe`)).json()
        const [{ id }] = sessions as [{ id: string }]
        return fetch(`${first.origin}/session/${id}`, { method: 'DELETE' })
      },
      endSessionsOf: () => fetch(`${first.origin}/sessions/johndoe`, { method: 'DELETE' }),
    }
    for (const [name, end] of Object.entries(ways)) {
      const login = await logIn(last)
      t.strictSame(await areIn(login), allIn, `${name}: a login on one is good on all`)
      t.strictSame(await areIn(login), allIn, 'and still when it is known')
      const response = await end(login)
      t.ok(response.status < 400, `${name}: ${response.status}`)
      const latency = await refusedAfter(instances, login)
      t.comment(`${name} on one is effective on all after ${latency.toFixed(0)} ms`)
    }
    t.strictSame(await areIn(jane), allIn, 'the session of somebody else stands')

    const all = await Promise.all(instances.map((each) => logIn(each)))
    const listed = await (await fetch(`${last.origin}/sessions/johndoe`)).json()
    t.equal((listed as unknown[]).length, count, 'each sees the sessions of all')
    await Promise.all(
      instances.map(({ origin }) => fetch(`${origin}/sessions/johndoe`, { method: 'DELETE' })),
    )
    // Ended by all of them at once.
    for (const login of all) await refusedAfter(instances, login)

    const commands = await commandsDuring(redis, async () => {
      for (let i = 0; i < 1000; i++) t.equal(await statusOf(instances[i % count] as Instance, jane), 200)
    })
    const { get: reads = 0, ...others } = Object.fromEntries(commands)
    // An instance whose last ping was answered a second ago reads once more: that is a machine's doing.
    t.ok(reads < 100, `1,000 requests, and ${reads} reads`)
    t.strictSame(others, {})

    t.strictSame(await Promise.all(instances.map((each) => each.stop())), Array(count).fill(0))
    const clients = String(await redis.command('CLIENT', 'LIST'))
      .trim()
      .split('\n')
    t.equal(clients.length, 1, 'an instance that ends leaves no connection')
  })
}

t.test(
  'of logins at one time on two instances, one session stands where one may',
  { skip: withoutRedis() },
  async (t) => {
    const redis = await redisServer(t)
    const instances = await Promise.all([0, 1].map(() => instance(t, redis, { MAX_PER_USER: '1' })))
    const goodOn = async (each: Instance, logins: readonly Login[]): Promise<readonly number[]> => {
      const statuses = await Promise.all(logins.map((login) => statusOf(each, login)))
      return statuses.flatMap((status, i) => (status === 200 ? [i] : []))
    }
    for (let round = 0; round < 20; round++) {
      const logins = await Promise.all([...instances, ...instances].map((each) => logIn(each)))
      // What one instance has ended, the other has heard of within a second.
      await until(async () => (await goodOn(instances[0] as Instance, logins)).length === 1)
      const [standing] = await goodOn(instances[0] as Instance, logins)
      await until(async () => (await goodOn(instances[1] as Instance, logins)).length === 1)
      t.strictSame(await goodOn(instances[1] as Instance, logins), [standing], 'the same one on both')
    }
    const [first, second] = instances as [Instance, Instance]
    const early = await logIn(first)
    const late = await logIn(second)
    await refusedAfter(instances, early)
    t.strictSame(await Promise.all(instances.map((each) => statusOf(each, late))), [200, 200])
  },
)

const NEXT = 'the-secret-that-comes-next-of-more-than-32-bytes'

t.test(
  'a secret is changed over several instances without logging anybody out',
  { skip: withoutRedis() },
  async (t) => {
    const redis = await redisServer(t)
    const withSecrets = (...secrets: readonly string[]) => instance(t, redis, { SECRET: secrets.join(' ') })
    const statusesOn = async (instances: readonly Instance[], logins: readonly Login[]) =>
      (await Promise.all(instances.flatMap((each) => logins.map((login) => statusOf(each, login))))).join(' ')

    const current = await withSecrets(SECRET)
    const logins = [await logIn(current)]
    // Each deploy replaces the instances one after the other: old and new ones serve together.
    const steps = [
      [SECRET, NEXT],
      [NEXT, SECRET],
    ] as const
    let before = current
    for (const secrets of steps) {
      const rolled = await withSecrets(...secrets)
      logins.push(await logIn(before), await logIn(rolled))
      const all = await statusesOn([before, rolled], logins)
      t.match(all, /^(?:200 ?)+$/, `while ${secrets.length} secrets roll out: ${all}`)
      t.equal(await before.stop(), 0)
      before = rolled
    }
    // After the absolute timeout, the sessions of the old secret are over, and it can go.
    const last = await withSecrets(NEXT)
    const since = [await logIn(before), await logIn(last)]
    t.equal(await statusesOn([before, last], since), '200 200 200 200')
    t.equal(await statusesOn([last], logins.slice(0, 1)), '401', 'what the old one signed')

    // The order that looks shorter.
    const [old, hasty] = [await withSecrets(SECRET), await withSecrets(NEXT, SECRET)]
    const login = await logIn(hasty)
    t.equal(
      await statusesOn([hasty, old], [login]),
      '200 401',
      'an instance that has not heard of the next one refuses it',
    )
  },
)
