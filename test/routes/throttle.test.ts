import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { basic, FORM, logIn, NAVIGATION, testApp } from '../helper.ts'
import { deadlines, patientClient, proxy, redisServer, withoutRedis } from '../redis.ts'
import { until } from '../until.ts'

type App = Awaited<ReturnType<typeof testApp>>

const noRedis = withoutRedis()
// Of Redis: only the last of these tests is about them.
const clock = deadlines(true)
const BY_NAVIGATION = { ...NAVIGATION, host: 'localhost' }

const byBasic = (app: App, username: string, password: string, headers: object = {}) =>
  app.inject({ url: '/auth/login', headers: { authorization: basic(username, password), ...headers } })

const byForm = (app: App, username: string, password: string, headers: object = {}) =>
  app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { ...FORM, ...headers },
    payload: new URLSearchParams({ username, password }).toString(),
  })

const byGrant = (app: App, username: string, password: string) =>
  app.inject({
    method: 'POST',
    url: '/auth/token',
    headers: FORM,
    payload: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
  })

for (const store of ['memory', 'Redis'] as const) {
  const skip = store === 'Redis' && noRedis
  t.test(`${store}: clearThrottle unlocks one user and no others`, { skip }, async (t) => {
    const client = store === 'Redis' ? await patientClient(t, { url: (await redisServer(t)).url }) : undefined
    const app = await testApp(t, { gate: { session: { store: client ?? 'memory' } } })
    for (const name of ['johndoe', 'jane', 'nobody'])
      for (let i = 0; i < 6; i++) await byBasic(app, name, 'wrong')
    t.equal((await byBasic(app, 'johndoe', 'secret')).statusCode, 429)
    t.equal((await byBasic(app, 'jane', 'secret2')).statusCode, 429)
    t.equal(await app.docsGate.clearThrottle('johndoe'), undefined)
    t.equal(await app.docsGate.clearThrottle('somebody else'), undefined, 'an unknown name is no mistake')
    t.equal((await byBasic(app, 'johndoe', 'secret')).statusCode, 200)
    t.equal((await byBasic(app, 'jane', 'secret2')).statusCode, 429)
    await app.docsGate.clearThrottle('JANE')
    t.equal((await byBasic(app, 'jane', 'secret2')).statusCode, 200, 'in any spelling that shares the budget')
    for (const wrong of [undefined, null, 1, {}, ['johndoe']])
      await t.rejects(app.docsGate.clearThrottle(wrong as string), {
        name: 'TypeError',
        message: 'docsGate: write the name of a user, a string',
      })
  })
}

t.test(
  'clearThrottle resolves without a throttle, and rejects with 503 if Redis does not respond',
  async (t) => {
    const open = await testApp(t, { gate: { login: { throttle: false } } })
    t.equal(await open.docsGate.clearThrottle('johndoe'), undefined)
    if (noRedis) return
    const server = await redisServer(t)
    const app = await testApp(t, {
      gate: { session: { store: await patientClient(t, { url: server.url }) } },
    })
    await byBasic(app, 'johndoe', 'wrong')
    await server.kill()
    await t.rejects(app.docsGate.clearThrottle('johndoe'), { code: 'DOCS_GATE_STORE_UNAVAILABLE' })
  },
)

t.test(
  'Basic, form and grant logins share one budget; beyond it the response is 429 without a challenge',
  async (t) => {
    const app = await testApp(t)
    t.equal((await byBasic(app, 'johndoe', 'wrong')).statusCode, 401)
    t.equal((await byForm(app, 'johndoe', 'wrong')).statusCode, 401)
    t.equal((await byGrant(app, 'johndoe', 'wrong')).statusCode, 400)
    t.equal(
      (await byBasic(app, 'JohnDoe', 'wrong')).statusCode,
      401,
      'a spelling that may mean the same account',
    )
    t.equal((await byGrant(app, 'johndoe', 'wrong')).statusCode, 400)
    for (const refused of [
      await byBasic(app, 'johndoe', 'secret'),
      await byForm(app, 'johndoe', 'secret'),
      await byGrant(app, 'johndoe', 'secret'),
    ]) {
      t.equal(refused.statusCode, 429)
      t.match(refused.json(), { code: 'DOCS_GATE_THROTTLED', statusCode: 429, error: 'Too Many Requests' })
      const seconds = Number(refused.headers['retry-after'])
      t.ok(seconds > 240 && seconds <= 300, String(seconds))
      t.equal(refused.headers['www-authenticate'], undefined)
      t.equal(refused.headers['cache-control'], 'no-store')
      t.equal(refused.headers['set-cookie'], undefined)
    }
    t.equal((await byBasic(app, 'jane', 'secret2')).statusCode, 200, 'another account from the same address')
  },
)

t.test('a throttled browser gets the sign-in page with the time to wait', async (t) => {
  const app = await testApp(t)
  for (let i = 0; i < 5; i++) await byForm(app, 'johndoe', 'wrong')
  for (const refused of [
    await byForm(app, 'johndoe', 'secret', BY_NAVIGATION),
    await byBasic(app, 'johndoe', 'secret', BY_NAVIGATION),
  ]) {
    t.equal(refused.statusCode, 429)
    t.match(refused.headers['content-type'], 'text/html')
    t.match(
      refused.body,
      /<p id="problem" role="alert" data-seconds="\d+">Too many failed attempts\. Try again in <span id="time" role="timer" aria-live="off">5 minutes<\/span>\.<\/p>/,
    )
    t.match(refused.body, `data-seconds="${refused.headers['retry-after']}"`)
    t.notMatch(refused.body, 'aria-invalid', 'nothing was said about name and password')
    t.match(refused.body, 'value="johndoe"')
    t.equal(refused.headers['www-authenticate'], undefined)
    t.ok(Number(refused.headers['retry-after']) > 0)
  }
})

t.test('unknown and disabled users are throttled like known ones', async (t) => {
  const app = await testApp(t)
  for (const username of ['johndoe', 'nobody', 'alice']) {
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) statuses.push((await byBasic(app, username, 'wrong')).statusCode)
    t.strictSame(statuses, [401, 401, 401, 401, 401, 429, 429], username)
  }
})

t.test('malformed credentials, the single 401 after a logout, and successes are not counted', async (t) => {
  const app = await testApp(t)
  for (let i = 0; i < 10; i++) {
    await app.inject({ url: '/auth/login', headers: { authorization: 'Basic !' } })
    const marked = await byBasic(app, 'johndoe', 'wrong', {
      ...BY_NAVIGATION,
      cookie: 'docs-gate-logged-out=1',
    })
    t.equal(marked.statusCode, 401)
    t.equal((await byBasic(app, 'johndoe', 'secret')).statusCode, 200)
  }
  t.equal((await byBasic(app, 'johndoe', 'wrong')).statusCode, 401)
})

t.test('the client’s address is determined by trustProxy', async (t) => {
  const app = await testApp(t, { server: { trustProxy: true } })
  const from = (ip: string) => byBasic(app, 'johndoe', 'wrong', { 'x-forwarded-for': ip })
  for (let i = 0; i < 5; i++) t.equal((await from('198.51.100.1')).statusCode, 401)
  t.equal((await from('198.51.100.1')).statusCode, 429)
  t.equal((await from('198.51.100.2')).statusCode, 401)
  const deaf = await testApp(t)
  for (let i = 0; i < 5; i++)
    await byBasic(deaf, 'johndoe', 'wrong', { 'x-forwarded-for': `198.51.100.${i}` })
  t.equal((await byBasic(deaf, 'johndoe', 'wrong', { 'x-forwarded-for': '198.51.100.9' })).statusCode, 429)
})

t.test('on a Unix socket, where clients have no address, logins work and share one budget', async (t) => {
  const app = await testApp(t)
  // A socket's path has to be short.
  const folder = await mkdtemp(join(tmpdir(), 'docs-gate-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const socketPath = join(folder, 'gate.sock')
  const details: object[] = []
  const listener = (record: unknown) => void details.push(record as object)
  subscribe('docs-gate:login', listener)
  t.teardown(() => unsubscribe('docs-gate:login', listener))
  await app.listen({ path: socketPath })
  const statusOf = async (username: string, password: string) => {
    const headers = { authorization: basic(username, password) }
    const sent = request({ socketPath, path: '/auth/login', headers, agent: false }).end()
    const [response] = await once(sent, 'response')
    response.resume()
    return response.statusCode
  }
  t.equal(await statusOf('johndoe', 'secret'), 200)
  t.equal(details.length, 1)
  t.notOk('ip' in (details[0] as object), 'the event says nothing of an address')
  for (let i = 0; i < 5; i++) t.equal(await statusOf('johndoe', 'wrong'), 401)
  t.equal(await statusOf('johndoe', 'secret'), 429)
})

t.test('login.throttle: false turns the throttle off', async (t) => {
  const app = await testApp(t, { gate: { login: { throttle: false } } })
  for (let i = 0; i < 8; i++) t.equal((await byBasic(app, 'johndoe', 'wrong')).statusCode, 401)
})

t.test('10,000 parallel attempts reach the directory five times', { timeout: 300_000 }, async (t) => {
  let checks = 0
  const users: DocsGateOptions['users'] = {
    async verify() {
      checks++
      await wait(20)
      return null
    },
  }
  const app = await testApp(t, { gate: { users } })
  const answers = await Promise.all(Array.from({ length: 10_000 }, () => byBasic(app, 'johndoe', 'wrong')))
  t.equal(checks, 5)
  t.equal(answers.filter(({ statusCode }) => statusCode === 401).length, 5)
  t.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 9_995)
})

t.test('a full hash queue is 503 with Retry-After, and guarded routes still respond', async (t) => {
  const app = await testApp(t, { gate: { login: { maxConcurrentHashes: 1, throttle: false } } })
  const { bearer } = await logIn(app)
  const flood = Promise.all(Array.from({ length: 100 }, (_, i) => byBasic(app, `user${i}`, 'wrong')))
  const me = await app.inject({ url: '/users/me', headers: { authorization: bearer } })
  t.equal(me.statusCode, 200)
  const answers = await flood
  const busy = answers.filter(({ statusCode }) => statusCode === 503)
  t.equal(busy.length, 35, 'one is hashed, 64 of one address wait')
  for (const refused of busy) {
    t.match(refused.json(), { code: 'DOCS_GATE_BUSY', statusCode: 503 })
    t.equal(refused.headers['retry-after'], '2')
    t.equal(refused.headers['www-authenticate'], undefined)
  }
  t.equal(answers.filter(({ statusCode }) => statusCode === 401).length, 65)
})

t.test('a browser gets a page when too many users sign in at once', async (t) => {
  const app = await testApp(t, { gate: { login: { maxConcurrentHashes: 1, throttle: false } } })
  const flood = Array.from({ length: 100 }, (_, i) => byForm(app, `user${i}`, 'wrong', BY_NAVIGATION))
  const busy = (await Promise.all(flood)).filter(({ statusCode }) => statusCode === 503)
  t.equal(busy.length, 35)
  t.match(busy[0]?.body, /role="alert" data-seconds="2">Too many people are signing in/)
  t.match(busy[0]?.body, '>2 seconds</span>')
})

t.test('an error of the directory does not count as a failed login', async (t) => {
  const users: DocsGateOptions['users'] = { verify: () => Promise.reject(new Error('database')) }
  const app = await testApp(t, { gate: { users } })
  for (let i = 0; i < 8; i++) {
    const answer = await byBasic(app, 'johndoe', 'wrong')
    t.equal(answer.statusCode, 503)
    t.equal(answer.json().code, 'DOCS_GATE_USERS_UNAVAILABLE')
  }
})

t.test('two instances on one Redis share the budgets', { skip: noRedis }, async (t) => {
  const server = await redisServer(t)
  const instance = async () => {
    const store = await patientClient(t, { url: server.url })
    return testApp(t, { gate: { session: { store } }, server: { trustProxy: true } })
  }
  const [a, b] = [await instance(), await instance()]
  const from = (app: App, ip: string, password: string, username = 'johndoe') =>
    byBasic(app, username, password, { 'x-forwarded-for': ip })

  t.equal((await from(a, '198.51.100.1', 'secret')).statusCode, 200, 'the address is known from now on')
  const statuses: number[] = []
  for (const app of [a, b, a, b, a, b, a]) statuses.push((await from(app, '192.0.2.1', 'wrong')).statusCode)
  t.strictSame(statuses, [401, 401, 401, 401, 401, 429, 429])
  const refused = await from(b, '192.0.2.1', 'secret')
  t.equal(refused.statusCode, 429)
  const seconds = Number(refused.headers['retry-after'])
  t.ok(seconds > 240 && seconds <= 300, String(seconds))

  const parallel = await Promise.all(
    Array.from({ length: 200 }, (_, i) => from(i % 2 ? a : b, '192.0.2.2', 'wrong')),
  )
  t.equal(parallel.filter(({ statusCode }) => statusCode === 401).length, 5, 'in flight on both, five in all')
  const right = await Promise.all(
    Array.from({ length: 40 }, (_, i) => from(i % 2 ? a : b, '192.0.2.3', 'secret2', 'jane')),
  )
  t.equal(right.filter(({ statusCode }) => statusCode === 200).length, 40, 'waiting is not refusal')

  for (let i = 0; i < 95; i++) await from(i % 2 ? a : b, `203.0.113.${i}`, 'wrong')
  t.equal((await from(a, '192.0.2.99', 'secret')).statusCode, 429, 'a hundred failures of the account')
  t.equal((await from(b, '198.51.100.1', 'secret')).statusCode, 200, 'an address that had logged in before')

  const keys = (await server.command('KEYS', 'docs-gate:throttle:*')) as string[]
  for (const key of keys) t.ok(Number(await server.command('PTTL', key)) > 0, `${key} expires`)
})

t.test(
  'an attempt whose process died counts as a failure after half a minute',
  { skip: noRedis },
  async (t) => {
    const server = await redisServer(t)
    const store = await patientClient(t, { url: server.url })
    const app = await testApp(t, { gate: { session: { store } } })
    await byBasic(app, 'johndoe', 'wrong')
    const [pair] = (await server.command('KEYS', 'docs-gate:throttle:pair:*')) as [string]
    const long = String(Date.now() - 60_000)
    for (const id of ['p1', 'p2', 'p3', 'p4']) await server.command('ZADD', pair, long, id)
    t.equal((await byBasic(app, 'johndoe', 'secret')).statusCode, 429)
  },
)

t.test(
  'while Redis is gone every login is 503 within its deadline, and works again when it is back',
  { skip: noRedis },
  async (t) => {
    const server = await redisServer(t)
    const line = await proxy(t, server.port)
    const store = await patientClient(t, { url: line.url })
    const app = await testApp(t, { gate: { session: { store } } })
    t.equal((await byBasic(app, 'johndoe', 'secret')).statusCode, 200)
    line.cut({ refuse: true })
    clock.areFar = false
    for (const password of ['secret', 'wrong']) {
      const { passed } = clock
      const answer = await byBasic(app, 'johndoe', password)
      t.equal(answer.statusCode, 503)
      t.equal(answer.json().code, 'DOCS_GATE_STORE_UNAVAILABLE')
      t.ok(clock.passed - passed < 2000, 'no more deadlines than that')
    }
    line.cut({ refuse: false })
    let status = 503
    await until(async () => {
      status = (await byBasic(app, 'johndoe', 'secret')).statusCode
      return status !== 503
    })
    t.equal(status, 200)
  },
)
