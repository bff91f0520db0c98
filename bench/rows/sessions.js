// How much memory and time a session takes, in memory and in Redis, and whether many sessions slow down each other.
import { withRedis } from '../harness/redis.js'
import { ratioLine, valueLine } from '../harness/statistics.js'
import { BODY_LENGTH } from '../services/shared.js'

const SIZES = { memory: [1000, 10_000, 100_000, 1_000_000], redis: [1000, 10_000, 100_000] }
const SMOKE_SIZES = [100, 1000]
const MOST_ROUNDS = 3
const WARM_UP_SECONDS = 3

const spoken = (count) => `${count.toLocaleString('en')} sessions`

async function usedInMemory(server) {
  const { heapUsed } = await server.call('memory')
  return heapUsed
}

/** Fills a store, and measures at each size. */
async function grow(server, sizes, used) {
  // So that compiled code and caches do not count as memory of the sessions.
  await server.call('warmUp')
  const empty = await used()
  const grown = []
  for (const size of sizes) {
    const times = await server.call('fill', size)
    grown.push({ size, ...times, bytes: ((await used()) - empty) / size })
  }
  return grown
}

function lines(where, rounds, sizes, atMost) {
  const of = (field, index) => rounds.map((grown) => grown[index][field])
  return sizes.flatMap((size, index) => [
    valueLine({
      what: `${where}, ${spoken(size)}`,
      measure: 'bytes per session',
      values: of('bytes', index),
      bar: { atMost },
    }),
    valueLine({ what: `${where}, ${spoken(size)}`, measure: 'us to read one', values: of('get', index) }),
    valueLine({
      what: `${where}, ${spoken(size)}`,
      measure: 'us to begin one',
      values: of('set', index),
      note: `at worst 200 in ${Math.max(...of('longest', index)).toFixed(0)} ms`,
    }),
  ])
}

const targetOf = (name, server) => ({
  name,
  server,
  path: '/users/me',
  headers: { cookie: server.facts.cookie },
  expect: { status: 200, length: BODY_LENGTH },
})

/** Compares a guarded request to a gate with few sessions and to one with many. */
async function requestLine(context, few, many, sizes) {
  const targets = { many: targetOf('many sessions', many), few: targetOf('few sessions', few) }
  // Measuring memory discards compiled code, so both services are measured and then warmed up before they are compared.
  await few.call('memory')
  for (const target of Object.values(targets)) await context.load(target, { seconds: WARM_UP_SECONDS })
  const samples = await context.compare(targets)
  return ratioLine({
    what: `in memory, a request while there are ${spoken(sizes.at(-1))}`,
    peer: 'while there is one',
    measure: 'requests per CPU second',
    ours: samples.many.perCpuSecond,
    theirs: samples.few.perCpuSecond,
    bar: { atLeast: 0.95 },
  })
}

async function inMemory(context, sizes) {
  const start = () => context.startService('session-store', { execArgv: ['--expose-gc'] })
  const few = await start()
  const rounds = []
  for (let round = 0; round < Math.min(context.options.rounds, MOST_ROUNDS); round++) {
    const many = await start()
    rounds.push(await grow(many, sizes, () => usedInMemory(many)))
    if (round === 0) rounds.request = await requestLine(context, few, many, sizes)
    await many.stop()
  }
  return [...lines('in memory', rounds, sizes, 400), rounds.request]
}

async function inRedis(context, redis, sizes) {
  const server = await context.startService('session-store', { options: { redis: redis.url } })
  const grown = await grow(server, sizes, () => redis.info('memory', 'used_memory'))
  return lines('in Redis', [grown], sizes, 1024)
}

export default {
  name: 'sessions',
  title: 'Sessions, each of a user of its own: what one takes, and how long it takes to begin and to read.',
  async run(context) {
    const { smoke } = context.options
    return [
      ...(await inMemory(context, smoke ? SMOKE_SIZES : SIZES.memory)),
      ...(await withRedis(context, 'sessions in Redis', (redis) =>
        inRedis(context, redis, smoke ? SMOKE_SIZES : SIZES.redis),
      )),
    ]
  },
}
