#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Io, Service } from '../lib/cli/io.ts'
import { openRedis } from '../lib/cli/open-redis.ts'
import { run } from '../lib/cli/run.ts'
import { hasColors } from '../lib/cli/terminal/colors.ts'
import { columnsOfTerminal } from '../lib/cli/terminal/width.ts'
import { exchange } from '../lib/probe/socket.ts'
import docsGate from '../plugins/index.ts'

let app: FastifyInstance | undefined

// An explicit secret avoids the warning about a random one. Sessions end with this process anyway.
const createSecret = (): string => randomBytes(32).toString('base64url')

// Fastify logs two lines per request, at the same level as the gate's events. Older versions have no LogController.
const withoutRequests = () =>
  Fastify.LogController
    ? { logController: new Fastify.LogController({ disableRequestLogging: true }) }
    : { disableRequestLogging: true }

async function start({ document, users, mode, host, port, ...service }: Service): Promise<string> {
  const { title, pagesTitle, trustProxy, logLevel, log } = service
  app = Fastify({
    trustProxy: [...trustProxy],
    logger: { level: logLevel, stream: { write: log } },
    ...(logLevel !== 'debug' && logLevel !== 'trace' && withoutRequests()),
  })
  await app.register(docsGate, {
    users,
    secret: createSecret(),
    docs: { source: document, title },
    pages: { title: pagesTitle },
    login: { mode },
  })
  app.get('/', async function toDocs(_request, reply) {
    return reply.redirect('./docs', 303)
  })
  return app.listen({ host, port })
}

async function stopped(): Promise<void> {
  await new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await app?.close()
}

// readline echoes input to its output stream. This stream discards it, so that passwords do not appear.
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

function askHidden(question: string): Promise<string | undefined> {
  process.stderr.write(question)
  const prompt = createInterface({ input: process.stdin, output: nowhere(), terminal: true })
  return new Promise((resolve) => {
    prompt.once('close', () => resolve(undefined))
    prompt.once('line', (line) => {
      resolve(line)
      prompt.close()
    })
  }).finally(() => process.stderr.write('\n')) as Promise<string | undefined>
}

const io: Io = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  hasColors: { out: hasColors(process.stdout, process.env), error: hasColors(process.stderr, process.env) },
  columns: columnsOfTerminal(process.stdout),
  isErrorTerminal: process.stderr.isTTY === true,
  isInteractive: process.stdin.isTTY === true,
  askHidden,
  readAll: () => buffer(process.stdin),
  start,
  stopped,
  redisUrl: process.env['DOCS_GATE_REDIS'],
  openRedis,
  exchange,
}

// The reader of a pipe may close it early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

// In the package this file is dist/bin/docs-gate.js.
const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
const { version } = JSON.parse(manifest) as { version: string }

run(process.argv.slice(2), io, version).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 70
  },
)
