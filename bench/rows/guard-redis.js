// What a request costs if sessions are in Redis, where all instances share them.
import { withRedis } from '../harness/redis.js'
import { ratioLine, valueLine } from '../harness/statistics.js'
import { BODY_LENGTH } from '../services/shared.js'

const SESSIONS = 1000
const SMOKE_SESSIONS = 3

const targetOf = (name, server) => ({
  name,
  server,
  path: '/users/me',
  variants: server.facts.cookies.map((cookie) => ({ cookie })),
  expect: { status: 200, length: BODY_LENGTH },
})

async function readEach(context, { variants, ...target }) {
  for (const headers of variants) await context.check({ ...target, headers })
}

// Counts every command that Redis received during the requests, pings included.
async function commandsPerThousand(context, redis, target) {
  const commands = () => redis.info('stats', 'total_commands_processed')
  const before = await commands()
  const { requests } = await context.load(target)
  const own = 1
  return (((await commands()) - before - own) / requests) * 1000
}

async function measure(context, redis) {
  const sessions = context.options.smoke ? SMOKE_SESSIONS : SESSIONS
  const [memory, shared] = await Promise.all([
    context.startService('gate-sessions', { options: { sessions } }),
    context.startService('gate-sessions', { options: { sessions, redis: redis.url } }),
  ])
  const targets = { memory: targetOf('memory', memory), redis: targetOf('Redis', shared) }
  for (const target of Object.values(targets)) await readEach(context, target)
  const samples = await context.compare(targets)
  const commands = []
  for (let round = 0; round < context.options.rounds; round++)
    commands.push(await commandsPerThousand(context, redis, targets.redis))
  const line = (measure, name, bar) =>
    ratioLine({
      what: `${sessions} sessions in Redis, in turn`,
      peer: 'in memory',
      measure,
      ours: samples.redis[name],
      theirs: samples.memory[name],
      bar,
    })
  return [
    line('requests per CPU second', 'perCpuSecond', { atLeast: 0.9 }),
    line('requests per second', 'perSecond'),
    line('p99', 'p99'),
    valueLine({
      what: `${sessions} sessions in Redis, in turn`,
      measure: 'Redis commands per 1,000 requests',
      values: commands,
      bar: { atMost: 2 },
      note: 'the four pings a second of an instance are among them',
    }),
  ]
}

export default {
  name: 'guard-redis',
  title: 'The guard with its sessions in Redis, each of them read once before, against sessions in memory.',
  async run(context) {
    return withRedis(context, 'sessions in Redis', (redis) => measure(context, redis))
  },
}
