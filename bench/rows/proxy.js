// The gate compared with another way to put files behind a password: a web server with Basic authentication.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { ratioLine, skippedLine } from '../harness/statistics.js'
import { layOut, startCaddy, startNginx } from '../peers/proxies.js'
import { byBasic } from '../services/requests.js'
import { BCRYPT_5 } from '../services/shared.js'

const OPERATIONS = 200
const ROUNDS = 4
// nginx hashes the password on every request, which takes long: more connections would only wait.
const CONNECTIONS = 8
const TRIES = 100
const OUR_PATHS = {
  'openapi.json': '/openapi.json',
  'swagger-ui.css': '/docs/static/swagger-ui.css',
}
const CODINGS = { 'as it is': {}, gzip: { 'accept-encoding': 'gzip' } }

const contentOf = ({ headers, body }) => (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)

// The gate compresses large files after their first response.
async function encodedResponse(context, target, coding) {
  for (let tries = 0; tries < TRIES; tries++) {
    const response = await context.get(target)
    if ((coding === 'gzip') === (response.headers['content-encoding'] === 'gzip')) return response
    await sleep(50)
  }
  throw new Error(`${target.name}: ${target.path} does not come ${coding}`)
}

/** The target of one file, after checking that the response is that file. */
async function fileTarget(context, side, name, coding, content) {
  const path = side.paths?.[name] ?? `/${name}`
  const headers = { ...side.headers, ...CODINGS[coding] }
  const target = { name: side.name, server: side.server, path, headers, connections: CONNECTIONS }
  const response = await encodedResponse(context, target, coding)
  if (content && !contentOf(response).equals(content)) throw new Error(`${side.name}: this is not ${name}`)
  return { ...target, expect: { status: 200, length: response.body.length } }
}

async function startOurs(context) {
  const options = { users: { johndoe: BCRYPT_5 }, operations: OPERATIONS }
  const server = await context.startService('things', { options })
  return { name: 'ours', server, headers: { cookie: server.facts.cookie }, paths: OUR_PATHS }
}

async function readFiles(context, ours) {
  const files = {}
  for (const name of Object.keys(OUR_PATHS)) {
    const target = await fileTarget(context, ours, name, 'as it is')
    files[name] = (await context.get(target)).body
  }
  return files
}

/** Starts the installed proxies, and makes a line that says so for each missing one. */
async function startPeers(context, files) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-gate-bench-'))
  context.onClose(() => rmSync(folder, { recursive: true }))
  layOut(folder, files, BCRYPT_5)
  const [peers, skipped] = [[], []]
  for (const [name, start] of Object.entries({ nginx: startNginx, Caddy: startCaddy })) {
    try {
      const server = await start(context, folder, BCRYPT_5)
      peers.push({ name, server, headers: byBasic('johndoe') })
    } catch (error) {
      const reason = /ENOENT/.test(error.message) ? 'not installed; see README.md' : error.message
      skipped.push(skippedLine(name, reason))
    }
  }
  return { peers, skipped }
}

const NOTES = { nginx: 'hashes the password for each request', Caddy: 'remembers passwords that were right' }

export default {
  name: 'proxy',
  title: `The document of ${OPERATIONS} operations and a file of the UI, by session cookie, against web servers with basic auth by bcrypt, cost 5 (what \`htpasswd -B\` writes); one process or worker, one core each.`,
  async run(context) {
    const ours = await startOurs(context)
    const files = await readFiles(context, ours)
    const { peers, skipped } = await startPeers(context, files)
    const cases = Object.keys(files).flatMap((name) =>
      Object.keys(CODINGS).map((coding) => ({ name, coding })),
    )
    const targets = {}
    for (const { name, coding } of cases) {
      for (const side of [ours, ...peers])
        targets[`${side.name} ${name} ${coding}`] = await fileTarget(context, side, name, coding, files[name])
    }
    const samples = await context.compare(targets, { rounds: Math.min(ROUNDS, context.options.rounds) })
    const line = (peer, { name, coding }, key, measure) =>
      ratioLine({
        what: `${name}, ${coding}`,
        peer: peer.name,
        measure,
        ours: samples[`ours ${name} ${coding}`][key],
        theirs: samples[`${peer.name} ${name} ${coding}`][key],
        bar: { atLeast: 1 },
        note: NOTES[peer.name],
      })
    const lines = peers.flatMap((peer) =>
      cases.flatMap((one) => [
        line(peer, one, 'perSecond', 'requests per second'),
        line(peer, one, 'perCpuSecond', 'requests per CPU second'),
      ]),
    )
    return [...lines, ...skipped]
  },
}
