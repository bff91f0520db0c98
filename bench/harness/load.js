// Loads one target from another process: with wrk if it is installed, otherwise with autocannon.
import { execFile, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UnexpectedResponse } from './responses.js'

const AUTOCANNON_PROCESS = fileURLToPath(new URL('./autocannon-process.js', import.meta.url))
const run = promisify(execFile)

function isInstalled(command, ...args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch (error) {
    // `wrk --version` prints the version and exits with 1.
    return error.code !== 'ENOENT'
  }
}

/** The load generator of this machine. */
export const generator = isInstalled('wrk', '--version') ? 'wrk' : 'autocannon'

/**
 * @typedef {object} Counted what a generator reports
 * @property {number} requests answered
 * @property {number} seconds
 * @property {number} p50 milliseconds
 * @property {number} p99 milliseconds
 * @property {number} bytes received, with headers
 * @property {number} refused responses with a status of 400 or more
 * @property {number} failed broken connections and missing responses
 */

const luaString = (text) => JSON.stringify(text)
const luaTable = (headers) =>
  `{ ${Object.entries(headers)
    .map(([name, value]) => `[${luaString(name)}] = ${luaString(value)}`)
    .join(', ')} }`

// The requests of all variants are formatted before the load; wrk calls `request` for each request and gets the next
// one.
const luaVariants = ({ method = 'GET', path, headers = {}, body, variants }) => `
local requests = {}
local turn = 0
init = function()
  for index, headers in ipairs({ ${variants.map((more) => luaTable({ ...headers, ...more })).join(',\n')} }) do
    requests[index] = wrk.format(${luaString(method)}, ${luaString(path)}, headers, ${body === undefined ? 'nil' : luaString(body)})
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
`

const luaConstant = ({ method = 'GET', headers = {}, body }) => `
wrk.method = ${luaString(method)}
wrk.headers = ${luaTable(headers)}
${body === undefined ? '' : `wrk.body = ${luaString(body)}`}
`

const LUA_DONE = `
done = function(summary, latency)
  local errors = summary.errors
  print(string.format('RESULT %d %d %d %d %d %d %d', summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), summary.bytes, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`

async function byWrk(target, { seconds, connections }) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-gate-bench-'))
  const script = join(folder, 'load.lua')
  writeFileSync(script, (target.variants ? luaVariants(target) : luaConstant(target)) + LUA_DONE)
  try {
    const url = `http://127.0.0.1:${target.server.port}${target.path}`
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url]
    const { stdout } = await run('wrk', args)
    const [requests, microseconds, p50, p99, bytes, refused, failed] = /RESULT (.*)/
      .exec(stdout)[1]
      .split(' ')
      .map(Number)
    return { requests, seconds: microseconds / 1e6, p50: p50 / 1000, p99: p99 / 1000, bytes, refused, failed }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function byAutocannon(
  { server, path, method = 'GET', headers = {}, body, variants },
  { seconds, connections },
) {
  const child = fork(AUTOCANNON_PROCESS)
  const answered = once(child, 'message')
  child.send({
    url: `http://127.0.0.1:${server.port}${path}`,
    method,
    headers,
    body,
    connections,
    duration: seconds,
    timeout: 30,
    ...(variants && { requests: variants.map((more) => ({ headers: { ...headers, ...more } })) }),
  })
  const [counted] = await answered
  return counted
}

// When the load ends, the last response of each connection may have arrived only in part.
function checkCount({ name, path, expect }, { requests, bytes, refused, failed }, wire, connections) {
  const shouldBeRefused = expect.status >= 400 ? requests : 0
  if (requests === 0) throw new UnexpectedResponse(`${name} ${path}: nothing came`)
  if (failed > 0) throw new UnexpectedResponse(`${name} ${path}: ${failed} of ${requests} requests failed`)
  if (refused !== shouldBeRefused)
    throw new UnexpectedResponse(
      `${name} ${path}: ${refused} of ${requests} answers had a status of 400 and more`,
    )
  if (expect.length === undefined) return
  if (Math.abs(bytes - requests * wire) > connections * wire)
    throw new UnexpectedResponse(
      `${name} ${path}: ${bytes} bytes came for ${requests} requests, not ${wire} for each`,
    )
}

/** Waits until a server has finished the work of the previous load. */
export async function settled(server) {
  for (let tries = 0; tries < 100; tries++) {
    const before = await server.cpu()
    await sleep(50)
    if (before === undefined || (await server.cpu()) - before <= 10_000) return
  }
}

/**
 * Loads one target and checks the statuses of the responses and the number of bytes.
 *
 * @param {import('./responses.js').Target} target
 * @param {{ seconds: number, connections: number }} options
 * @param {number} wire bytes of one response, with headers
 */
export async function load(target, { seconds, connections }, wire) {
  const { server } = target
  const before = await server.cpu()
  const by = generator === 'wrk' ? byWrk : byAutocannon
  const counted = await by(target, { seconds, connections })
  const cpu = before === undefined ? undefined : (await server.cpu()) - before
  checkCount(target, counted, wire, connections)
  await settled(server)
  return {
    requests: counted.requests,
    perSecond: counted.requests / counted.seconds,
    perCpuSecond: cpu === undefined ? undefined : counted.requests / (cpu / 1e6),
    p50: counted.p50,
    p99: counted.p99,
  }
}
