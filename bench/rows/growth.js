// How costs grow with the number of users, operations, views and instances. Sessions have their own row.
import { setTimeout as sleep } from 'node:timers/promises'
import { withRedis } from '../harness/redis.js'
import { ratioLine, valueLine } from '../harness/statistics.js'
import { BODY_LENGTH } from '../services/shared.js'

const SIZES = {
  users: [100, 1000, 10_000, 100_000],
  operations: [10, 100, 1000, 10_000],
  views: [2, 20, 200, 2000],
  instances: [1, 10, 100, 1000],
}
const SMOKE_SIZE = [2]
/** The size of the document in the line about views. */
const OPERATIONS_OF_VIEWS = 100
/** How many sessions all instances together read. */
const READS_OF_INSTANCES = 100_000
const MOST_SESSIONS_OF_INSTANCES = 1000
const OBSERVED_SECONDS = 2
const GC = { execArgv: ['--expose-gc'] }

const spoken = (count, what) => `${what}: ${count.toLocaleString('en')}`
const value = (what, measure, figure, note) => valueLine({ what, measure, values: [figure], note })
const held = ({ heapUsed, arrayBuffers }) => heapUsed + arrayBuffers

const targetOf = (name, server) => ({
  name,
  server,
  path: '/users/me',
  headers: { cookie: server.facts.cookie },
  expect: { status: 200, length: BODY_LENGTH },
})

async function withUsers(context, sizes) {
  const servers = []
  for (const users of sizes) servers.push(await context.startService('growth', { options: { users }, ...GC }))
  const [few, many] = [servers[0], servers.at(-1)]
  const samples = await context.compare({
    many: targetOf('many users', many),
    few: targetOf('few users', few),
  })
  const lines = servers.flatMap(({ facts: { registering, heap } }, index) => [
    value(spoken(sizes[index], 'users'), 'ms of CPU to register', registering),
    value(spoken(sizes[index], 'users'), 'MB that the gate holds on the heap', heap / 1024 / 1024),
  ])
  const compared = ratioLine({
    what: `a request, ${spoken(sizes.at(-1), 'users')}`,
    peer: spoken(sizes[0], 'users'),
    measure: 'requests per CPU second',
    ours: samples.many.perCpuSecond,
    theirs: samples.few.perCpuSecond,
  })
  await Promise.all(servers.map((server) => server.stop()))
  return [...lines, compared]
}

async function readViews(context, options) {
  const server = await context.startService('growth', { options, ...GC })
  const before = held(await server.call('memory'))
  const { first, next } = await server.call('readViews')
  const kilobytes = (held(await server.call('memory')) - before) / 1024
  await server.stop()
  return { first, next, kilobytes }
}

async function withOperations(context, sizes) {
  const lines = []
  for (const operations of sizes) {
    const { first, next, kilobytes } = await readViews(context, { operations })
    const what = spoken(operations, 'operations')
    lines.push(
      value(what, 'ms of CPU of the first reader', first),
      value(what, 'ms of CPU of the next', next),
      value(what, 'KB held after it', kilobytes),
    )
  }
  return lines
}

async function withViews(context, sizes) {
  const lines = []
  for (const views of sizes) {
    const { first, next, kilobytes } = await readViews(context, { operations: OPERATIONS_OF_VIEWS, views })
    const what = spoken(views, `views of ${OPERATIONS_OF_VIEWS} operations`)
    lines.push(
      value(what, 'ms of CPU of a first reader', first),
      value(what, 'ms of CPU of a next', next, 'a hundred views are kept'),
      value(what, 'KB held after it', kilobytes),
    )
  }
  return lines
}

async function observe(redis, seconds) {
  const [commands, cpu] = [
    () => redis.info('stats', 'total_commands_processed'),
    async () => (await redis.info('cpu', 'used_cpu_user')) + (await redis.info('cpu', 'used_cpu_sys')),
  ]
  const before = [await commands(), await cpu()]
  await sleep(seconds * 1000)
  const after = [await commands(), await cpu()]
  // The three INFO commands of this function are not counted.
  return { commands: (after[0] - before[0] - 3) / seconds, cpu: (100 * (after[1] - before[1])) / seconds }
}

async function withInstances(context, redis, sizes) {
  const server = await context.startService('instances', { options: { redis: redis.url } })
  const ofClients = () => redis.info('memory', 'mem_clients_normal')
  const ofOthers = async () => (await redis.info('memory', 'used_memory')) - (await ofClients())
  const empty = await ofClients()
  const lines = []
  for (const instances of sizes) {
    await server.call('connect', instances)
    const [connected, before] = [await ofClients(), await ofOthers()]
    const { commands, cpu } = await observe(redis, context.options.smoke ? 0.1 : OBSERVED_SECONDS)
    const reads = context.options.smoke ? 10 : READS_OF_INSTANCES
    const sessions = Math.min(MOST_SESSIONS_OF_INSTANCES, reads / instances)
    await server.call('readAll', sessions)
    const perSession = ((await ofOthers()) - before) / sessions
    const latency = await server.call('end')
    const what = spoken(instances, 'instances')
    lines.push(
      value(what, 'Redis commands a second while nothing happens', commands),
      value(what, 'per cent of a core that Redis takes for them', cpu),
      value(what, 'KB in Redis, of each connection', (connected - empty) / 1024 / instances),
      value(what, 'bytes in Redis, of a session that all have read', perSession),
      value(what, 'ms until all know that a session has ended', latency),
    )
    await redis.client.flushAll()
  }
  return lines
}

export default {
  name: 'growth',
  title: 'What each cost grows with; sessions have [a row of their own](#sessions).',
  async run(context) {
    const sizesOf = (what) => (context.options.smoke ? SMOKE_SIZE : SIZES[what])
    return [
      ...(await withUsers(context, sizesOf('users'))),
      ...(await withOperations(context, sizesOf('operations'))),
      ...(await withViews(context, sizesOf('views'))),
      ...(await withRedis(context, 'instances', (redis) =>
        withInstances(context, redis, sizesOf('instances')),
      )),
    ]
  },
}
