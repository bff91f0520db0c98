// What serving the document costs, and how much it slows down other requests.
import { setTimeout as sleep } from 'node:timers/promises'
import { documentFiles, githubDocument } from '../harness/documents.js'
import { ratioLine, skippedLine, valueLine } from '../harness/statistics.js'

const SIZES = [10, 100, 1000, 10_000]
const SMOKE_SIZES = [10]
const CONNECTIONS = 4
// Few rounds suffice, because most ratios are far from 1, and one round takes long.
const ROUNDS = 3
const CODING_DEADLINE_MILLISECONDS = 60_000
/** The rates of requests for the document, and of requests for another route at the same time. */
const [READS_PER_SECOND, OTHERS_PER_SECOND] = [5, 200]

// The gate compresses the document after its first response; until then it is sent uncompressed.
async function encodedResponse(context, target, coding) {
  const deadline = Date.now() + CODING_DEADLINE_MILLISECONDS
  while (Date.now() < deadline) {
    const response = await context.get(target, { 'accept-encoding': coding })
    if (response.headers['content-encoding'] === coding) return response
    await sleep(100)
  }
  throw new Error(`${target.path} is not sent as ${coding}`)
}

async function targetsOf(context, name, stock, gate) {
  const targetOf = (of, server, headers, expect) => ({
    name: `${name}, ${of}`,
    server,
    path: server.facts.json,
    headers: { ...server.facts.headers, ...headers },
    expect,
    connections: CONNECTIONS,
  })
  const whole = (response) => ({ status: 200, length: response.body.length })
  const bare = targetOf('stock', stock)
  const ours = targetOf('ours', gate)
  const [theirs, plain] = [await context.get(bare), await context.get(ours)]
  const br = await encodedResponse(context, ours, 'br')
  const gzip = await encodedResponse(context, ours, 'gzip')
  const known = { 'accept-encoding': 'br', 'if-none-match': br.headers.etag }
  return {
    stock: targetOf('stock', stock, {}, whole(theirs)),
    plain: targetOf('as it is', gate, {}, whole(plain)),
    gzip: targetOf('gzip', gate, { 'accept-encoding': 'gzip' }, whole(gzip)),
    br: targetOf('br', gate, { 'accept-encoding': 'br' }, whole(br)),
    unchanged: targetOf('304', gate, known, { status: 304, length: 0 }),
  }
}

const isGithub = ({ operations }) => operations === undefined

function sizeLines(document, targets, samples) {
  const line = (what, key, bar) =>
    ratioLine({
      what: `${document.name}, ${what}`,
      peer: 'stock, which does not compress',
      measure: 'requests per CPU second',
      ours: samples[key].perCpuSecond,
      theirs: samples.stock.perCpuSecond,
      bar: isGithub(document) ? bar : undefined,
      note: `${targets[key].expect.length.toLocaleString('en')} bytes, theirs ${targets.stock.expect.length.toLocaleString('en')}`,
    })
  return [
    line('br', 'br', { atLeast: 50 }),
    line('gzip', 'gzip'),
    line('uncompressed', 'plain', { atLeast: 10 }),
    line('304', 'unchanged'),
  ]
}

const otherOf = (server) => ({
  name: 'another route',
  server,
  path: '/other',
  headers: server.facts.headers,
  expect: { status: 200 },
})

/** The p99 of another route while the document is being read, and while it is not, for each round. */
async function disturbance(context, target) {
  const other = otherOf(target.server)
  const seconds = context.options.seconds * 2
  const others = { seconds, perSecond: OTHERS_PER_SECOND }
  await context.pace(other, others)
  const [idle, meanwhile] = [[], []]
  for (let round = 0; round < Math.min(context.options.rounds, ROUNDS); round++) {
    idle.push((await context.pace(other, others)).p99)
    const reading = context.pace(target, { seconds, perSecond: READS_PER_SECOND })
    meanwhile.push((await context.pace(other, others)).p99)
    await reading
  }
  return { idle, meanwhile }
}

async function disturbanceLines(context, document, targets) {
  const lines = []
  const readers = [
    ['br', 'br', { atMost: 2 }],
    ['uncompressed', 'plain', undefined],
    ['stock', 'stock', undefined],
  ]
  for (const [what, key, bar] of context.options.smoke ? readers.slice(0, 1) : readers) {
    const { idle, meanwhile } = await disturbance(context, targets[key])
    lines.push(
      ratioLine({
        what: `another route while ${READS_PER_SECOND} a second read ${document.name}: ${what}`,
        peer: 'the same route while nobody does',
        measure: 'p99',
        ours: meanwhile,
        theirs: idle,
        bar,
      }),
    )
  }
  return lines
}

/** The longest block of the event loop that reading the document causes. */
async function longestBlock(context, server, path) {
  await server.call('watchLoop')
  const response = await context.get({ server, path, headers: server.facts.headers })
  if (response.status !== 200) throw new Error(`${path} came with ${response.status}`)
  return (await server.call('loopDelay')).max
}

async function firstReadLines(context, service, document) {
  const blocks = { json: [], yaml: [] }
  for (let round = 0; round < Math.min(context.options.rounds, ROUNDS); round++) {
    const server = await context.startService(service, { options: { file: document.file } })
    for (const form of ['json', 'yaml'])
      blocks[form].push(await longestBlock(context, server, server.facts[form]))
    await server.stop()
  }
  return Object.entries(blocks).map(([form, values]) =>
    valueLine({
      what: `${document.name}, first reader of ${form.toUpperCase()}: ${service === 'docs-gate' ? 'ours' : 'stock'}`,
      measure: 'longest block of the event loop in ms',
      values,
    }),
  )
}

async function measureSize(context, document) {
  const { smoke, rounds } = context.options
  const options = { file: document.file }
  const [stock, gate] = await Promise.all([
    context.startService('docs-stock', { options }),
    context.startService('docs-gate', { options }),
  ])
  const targets = await targetsOf(context, document.name, stock, gate)
  const samples = await context.compare(targets, { rounds: Math.min(rounds, ROUNDS) })
  const lines = sizeLines(document, targets, samples)
  if (smoke || isGithub(document)) lines.push(...(await disturbanceLines(context, document, targets)))
  if (isGithub(document)) {
    lines.push(...(await firstReadLines(context, 'docs-gate', document)))
    lines.push(...(await firstReadLines(context, 'docs-stock', document)))
  }
  await Promise.all([stock.stop(), gate.stop()])
  return { lines, unchanged: samples.unchanged.perCpuSecond }
}

const flatLine = (measured) =>
  ratioLine({
    what: `304 with ${SIZES[0]} operations`,
    peer: `304 with ${SIZES.at(-1).toLocaleString('en')}`,
    measure: 'requests per CPU second',
    ours: measured[0].unchanged,
    theirs: measured.at(-1).unchanged,
    bar: { atMost: 1.2 },
    note: 'stock has no ETag',
  })

export default {
  name: 'document',
  title:
    'The OpenAPI document, behind the login, against stock @fastify/swagger-ui, open; `/openapi.json` against `/json`.',
  async run(context) {
    const measured = []
    for (const document of documentFiles(context, context.options.smoke ? SMOKE_SIZES : SIZES))
      measured.push(await measureSize(context, document))
    const lines = [...measured.flatMap(({ lines }) => lines), flatLine(measured)]
    if (context.options.smoke) return lines
    if (!githubDocument)
      return [...lines, skippedLine("GitHub's description", '@octokit/openapi is not installed')]
    const { lines: github } = await measureSize(context, {
      name: "GitHub's description",
      file: githubDocument,
    })
    return [...lines, ...github]
  },
}
