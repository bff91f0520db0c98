// How long an app takes to start, and how much memory it uses then.
import { ratioLine } from '../harness/statistics.js'

const SIZES = [0, 100, 1000, 5000]
const SMOKE_SIZES = [10]
const KINDS = ['gate', 'stock']
const MEGABYTE = 1024 * 1024

/** Starts the app once in a new process. */
async function boot(context, kind, routes) {
  const server = await context.startService('boot', { options: { kind, routes }, execArgv: ['--expose-gc'] })
  if (routes > 0) await context.check({ name: kind, server, path: '/things/0/x', expect: { status: 401 } })
  const { heapUsed, rss } = await server.call('memory')
  const { milliseconds, cpuMilliseconds } = server.facts
  await server.stop()
  return { milliseconds, cpuMilliseconds, heapUsed: heapUsed / MEGABYTE, rss: rss / MEGABYTE }
}

/** Starts both kinds in turn. The first start of each only warms the disk cache. */
async function boots(context, routes) {
  const starts = { gate: [], stock: [] }
  const first = context.options.smoke ? 0 : -1
  for (let round = first; round < context.options.rounds; round++) {
    for (const kind of KINDS) {
      const one = await boot(context, kind, routes)
      if (round >= 0) starts[kind].push(one)
    }
  }
  return starts
}

function sizeLines(routes, { gate, stock }) {
  const line = (measure, field, unit, bar) => {
    const [ours, theirs] = [gate, stock].map((starts) => starts.map((start) => start[field]))
    const compared = ratioLine({
      what: `${routes.toLocaleString('en')} routes`,
      peer: 'stock cookie, jwt, swagger and swagger-ui',
      measure,
      ours,
      theirs,
      bar,
    })
    return { ...compared, note: `${compared.ours.toFixed(0)} ${unit}, theirs ${compared.theirs.toFixed(0)}` }
  }
  return [
    line('CPU time to ready()', 'cpuMilliseconds', 'ms', { atMost: 1.15 }),
    line('time to ready()', 'milliseconds', 'ms'),
    line('heap when ready', 'heapUsed', 'MB', { atMost: 1.15 }),
    line('resident memory when ready', 'rss', 'MB'),
  ]
}

/** The cost per route, between the first of these sizes and each of the others. */
function growthLine(starts) {
  const times = SIZES.map((_, index) => starts[index].gate.map(({ cpuMilliseconds }) => cpuMilliseconds))
  const perRoute = (to) => times[to].map((time, round) => (time - times[0][round]) / SIZES[to])
  return ratioLine({
    what: 'a route of 5,000',
    peer: 'a route of 1,000',
    measure: 'CPU time to ready() for each route',
    ours: perRoute(3),
    theirs: perRoute(2),
    bar: { atMost: 1.2 },
    note: 'it grows linearly: each of many takes no longer than each of a few',
  })
}

export default {
  name: 'boot',
  title: 'From the first import to `ready()`, with guarded and described routes.',
  async run(context) {
    const sizes = context.options.smoke ? SMOKE_SIZES : SIZES
    const starts = []
    for (const routes of sizes) starts.push(await boots(context, routes))
    const lines = starts.flatMap((start, index) => sizeLines(sizes[index], start))
    return context.options.smoke ? lines : [...lines, growthLine(starts)]
  },
}
