// What a document costs: this gate beside stock @fastify/swagger-ui (open, without a login), each in a process of its own.
// Built first: npm run build && node bench/document.js [FILE.json ...]; without files GitHub's description is fetched
// from the package registry. A block is the longest turn of the server's event loop, by what its thread computed.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

const SECONDS = 2
const ROUNDS = 3
const CONNECTIONS = 4
const BROWSER = { 'accept-encoding': 'gzip, deflate, br' }

// ---- the server's process

// What this thread has computed so far, in milliseconds, where the system tells: a turn that only waited for a busy
// machine is no block of ours. Elsewhere the clock has to do.
function threadClock() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`)
    const text = Buffer.alloc(64)
    return () => Number.parseInt(text.toString('latin1', 0, readSync(file, text, 0, 64, 0)), 10) / 1e6
  } catch {
    return () => performance.now()
  }
}

/** The longest turn of the event loop: between two rounds of a timer that is always due. */
function watchLoop() {
  const clock = threadClock()
  let longest = 0
  let last = clock()
  setInterval(() => {
    const now = clock()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  return {
    start() {
      longest = 0
      last = clock()
    },
    longest: () => longest,
  }
}

async function stock(app, document) {
  const [{ default: swagger }, { default: swaggerUi }] = [
    await import('@fastify/swagger'),
    await import('@fastify/swagger-ui'),
  ]
  await app.register(swagger, { mode: 'static', specification: { document } })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  return { page: '/docs/', json: '/docs/json', yaml: '/docs/yaml', headers: {} }
}

async function gate(app, document) {
  const { default: docsGate } = await import('fastify-docs-gate')
  await app.register(docsGate, { users: { verify: async () => null }, docs: { source: document } })
  const { access_token } = await app.docsGate.signIn('reader')
  return {
    page: '/docs',
    json: '/openapi.json',
    yaml: '/openapi.yaml',
    headers: { authorization: `Bearer ${access_token}` },
  }
}

async function serve([kind, file]) {
  const { default: Fastify } = await import('fastify')
  const app = Fastify({ pluginTimeout: 60_000 })
  const urls = await { stock, gate }[kind](app, JSON.parse(readFileSync(file, 'utf8')))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const loop = watchLoop()
  process.on('disconnect', () => process.exit())
  process.on('message', async (message) => {
    if (message === 'start') loop.start()
    // The block that is under way is over when this runs.
    await sleep(20)
    process.send(message === 'start' ? 'started' : loop.longest())
  })
  process.send({ port: app.server.address().port, ...urls })
}

// ---- the client's process

async function startServer(kind, file) {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', kind, file], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [urls] = await once(child, 'message')
  const tell = async (message) => {
    const answer = once(child, 'message')
    child.send(message)
    return (await answer)[0]
  }
  return { ...urls, tell, stop: () => child.kill() }
}

function get({ port, headers }, path, { more = {}, agent = false } = {}) {
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port, path, agent, headers: { ...headers, ...BROWSER, ...more } },
      (answer) => {
        const chunks = []
        const { socket } = answer
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('end', () => {
          const body = Buffer.concat(chunks)
          resolve({ status: answer.statusCode, headers: answer.headers, body, wire: socket.bytesRead })
        })
      },
    )
      .on('error', reject)
      .end()
  })
}

/** The longest block of the server's loop while something is done, in milliseconds. */
async function longestBlock(server, run) {
  await server.tell('start')
  await run()
  return server.tell('report')
}

async function throughput(server) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const end = performance.now() + SECONDS * 1000
  let [requests, bytes] = [0, 0]
  async function ask() {
    while (performance.now() < end) {
      bytes = (await get(server, server.json, { agent })).body.length
      requests += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, ask))
  agent.destroy()
  return { perSecond: requests / SECONDS, bytes }
}

async function measureBlocks(server) {
  return {
    json: await longestBlock(server, () => get(server, server.json)),
    // The codings, as far as there are any, are made after the first answer.
    codings: await longestBlock(server, () => sleep(2000)),
    yaml: await longestBlock(server, () => get(server, server.yaml)),
  }
}

async function measure(file) {
  const kinds = ['stock', 'gate']
  const servers = await Promise.all(kinds.map((kind) => startServer(kind, file)))
  const measured = []
  for (const server of servers) measured.push({ blocks: await measureBlocks(server), perSecond: 0, bytes: 0 })
  await sleep(2000)
  // In turns, and the best of each: what another process takes is not theirs.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, server] of servers.entries()) {
      const { perSecond, bytes } = await throughput(server)
      const one = measured[index]
      Object.assign(one, { perSecond: Math.max(one.perSecond, perSecond), bytes })
    }
  }
  for (const server of servers) server.stop()
  return measured
}

const decoded = ({ headers, body }) => {
  const coding = headers['content-encoding']
  if (coding === 'br') return brotliDecompressSync(body).toString()
  return (coding === 'gzip' ? gunzipSync(body) : body).toString()
}

const isImmutable = ({ headers }) => /immutable/.test(headers['cache-control'] ?? '')

const revalidate = ({ headers }) =>
  headers.etag && headers['cache-control'] !== 'no-store' ? { 'if-none-match': headers.etag } : {}

/** What a browser loads for the page: bytes on the wire, headers and all. `known` is its cache. */
async function visit(server, known = new Map()) {
  let wire = 0
  async function load(path) {
    const before = known.get(path)
    if (before && isImmutable(before)) return
    const answer = await get(server, path, { more: before ? revalidate(before) : {} })
    wire += answer.wire
    if (answer.status === 200) known.set(path, answer)
  }
  await load(server.page)
  const page = decoded(known.get(server.page))
  const references = [...page.matchAll(/(?:src|href)="([^"]*static[^"]+)"/g)].map(
    ([, reference]) => reference,
  )
  for (const reference of references) {
    const { pathname, search } = new URL(reference, new URL(server.page, 'http://x'))
    await load(pathname + search)
  }
  await load(server.json)
  return wire
}

async function measureVisits(kind, file) {
  const server = await startServer(kind, file)
  await visit(server)
  await sleep(3000)
  const known = new Map()
  const [first, second] = [await visit(server, known), await visit(server, known)]
  server.stop()
  return { first, second }
}

function syntheticDocument(operations) {
  const indexes = [...Array(operations).keys()]
  const response = (index) => ({
    description: 'The thing.',
    content: { 'application/json': { schema: { $ref: `#/components/schemas/Thing${index}` } } },
  })
  return {
    openapi: '3.1.0',
    info: { title: `${operations} operations`, version: '1.0.0' },
    paths: Object.fromEntries(
      indexes.map((index) => [
        `/things/${index}/{id}`,
        {
          get: {
            operationId: `getThing${index}`,
            summary: `Get thing ${index}`,
            description: 'Returns the thing, or says that there is none. Needs the scope `things:read`.',
            tags: [`tag ${index % 20}`],
            parameters: [
              { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
            ],
            responses: { 200: response(index), 404: { description: 'There is none.' } },
          },
        },
      ]),
    ),
    components: {
      schemas: Object.fromEntries(
        indexes.map((index) => [
          `Thing${index}`,
          {
            type: 'object',
            required: ['id'],
            properties: { id: { type: 'string' }, name: { type: 'string' }, count: { type: 'integer' } },
          },
        ]),
      ),
    },
  }
}

function githubDocument(folder) {
  execFileSync('npm', ['pack', '@octokit/openapi@23.0.2', '--silent'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  execFileSync('tar', ['xzf', 'octokit-openapi-23.0.2.tgz'], { cwd: folder })
  return join(folder, 'package/generated/api.github.com.json')
}

const number = (value, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits })
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)

async function compare(files) {
  row([
    'document',
    'bytes, stock',
    'bytes, ours',
    'requests/s, stock',
    'requests/s, ours',
    'ratio',
    'longest block in ms, stock: JSON, YAML',
    'ours: JSON, codings, YAML',
  ])
  row(Array(8).fill('---'))
  for (const [name, file] of files) {
    const [theirs, ours] = await measure(file)
    row([
      name,
      number(theirs.bytes),
      number(ours.bytes),
      number(theirs.perSecond, 1),
      number(ours.perSecond, 1),
      `${number(ours.perSecond / theirs.perSecond, 1)}`,
      `${number(theirs.blocks.json)}, ${number(theirs.blocks.yaml)}`,
      `${number(ours.blocks.json)}, ${number(ours.blocks.codings)}, ${number(ours.blocks.yaml)}`,
    ])
  }
}

async function main(given) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-gate-bench-'))
  try {
    const files = [10, 100, 1000, 10_000].map((operations) => {
      const file = join(folder, `${operations}.json`)
      writeFileSync(file, JSON.stringify(syntheticDocument(operations)))
      return [`${number(operations)} operations`, file]
    })
    const real = given.length > 0 ? given : [githubDocument(folder)]
    await compare([...files, ...real.map((file) => [basename(file), file])])
    console.log()
    row(['UI with 100 operations: bytes on the wire', 'first visit', 'second visit'])
    row(Array(3).fill('---'))
    for (const kind of ['stock', 'gate']) {
      const { first, second } = await measureVisits(kind, files[1][1])
      row([kind, number(first), number(second)])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const [command, ...rest] = process.argv.slice(2)
if (command === '--serve') await serve(rest)
else await main(process.argv.slice(2))
