import { randomInt } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { RouteGuard } from '../lib/app-routes/route-guards.ts'
import { type AuditFinding, type AuditOptions, audit } from '../lib/exposure/audit.ts'
import type { AuditResponse, Headers } from '../lib/exposure/audit-response.ts'
import { contentText } from '../lib/http/content.ts'

const DEADLINE_MILLISECONDS = 2000
const MAX_BYTES = 32 * 1024 * 1024

// RFC 2544: addresses that no client has. A limit by address counts each question by itself, and nobody else.
const strangerAddress = (): string => `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(1, 255)}`

interface Body {
  readonly bytes: Buffer
  /** Whether it came to its end, or to the most that is read. */
  readonly isWhole: boolean
}

async function read(stream: Readable): Promise<Body> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_BYTES) break
    }
  } catch {
    // Cut off, by the deadline or by the handler.
    return { bytes: Buffer.concat(chunks), isWhole: false }
  }
  return { bytes: Buffer.concat(chunks), isWhole: true }
}

/** One question: for a URL, with these headers, from an address. */
interface Question {
  readonly url: string
  readonly headers: Headers
  readonly remoteAddress: string
}

const numberIn = (header: unknown): number | undefined => (header === undefined ? undefined : Number(header))

async function ask(app: FastifyInstance, question: Question, signal: AbortSignal): Promise<AuditResponse> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity', ...question.headers }
  const response = await app.inject({ ...question, method: 'GET', headers, signal, payloadAsStream: true })
  const {
    'content-type': contentType = '',
    'content-encoding': encoding = '',
    location = '',
  } = response.headers
  const { bytes, isWhole } = await read(response.stream())
  return {
    status: response.statusCode,
    contentType: String(contentType),
    location: String(location),
    text: contentText(bytes, String(encoding)),
    isWhole,
    limit: numberIn(response.headers['x-ratelimit-limit'] ?? response.headers['ratelimit-limit']),
    remaining: numberIn(response.headers['x-ratelimit-remaining'] ?? response.headers['ratelimit-remaining']),
  }
}

function askInTime(app: FastifyInstance, question: Question): Promise<AuditResponse | undefined> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MILLISECONDS)
  return ask(app, question, deadline.signal)
    .catch((err: unknown) => {
      app.log.warn(
        { err, url: question.url },
        'docs-gate: the audit got no answer here, so nothing is known of it',
      )
      return undefined
    })
    .finally(() => clearTimeout(timer))
}

// The instance of a scope has a ready() of its own, which is none once the app has started.
function rootOf(app: FastifyInstance): FastifyInstance {
  const parent = Object.getPrototypeOf(app) as FastifyInstance
  return 'ready' in parent ? rootOf(parent) : app
}

/**
 * Asks every GET route of the app without parameters, as a stranger does, and tells which answers show documentation and
 * which say nothing.
 *
 * @param controlUrl a page that everybody may see
 */
export function auditOf(
  app: FastifyInstance,
  routes: () => readonly RouteGuard[],
  controlUrl: string,
): (options?: AuditOptions) => Promise<readonly AuditFinding[]> {
  const root = rootOf(app)
  return async ({ headers = {}, remoteAddress } = {}) => {
    await root.ready()
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
    return audit(
      routes(),
      (url, all) => askInTime(root, { url, headers: all, remoteAddress: remoteAddress ?? strangerAddress() }),
      controlUrl,
      Object.fromEntries(lowerCase),
    )
  }
}
