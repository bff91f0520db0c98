import { randomInt } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { RouteGuard } from '../lib/app-routes/route-guards.ts'
import { type AuditFinding, type AuditOptions, audit } from '../lib/exposure/audit.ts'
import type { AuditResponse, Headers } from '../lib/exposure/audit-response.ts'
import { contentText } from '../lib/http/content.ts'

const DEADLINE_MILLISECONDS = 2000
const MAX_BYTES = 32 * 1024 * 1024

// RFC 2544: no client has such an address. A limit by address counts each request by itself, and affects nobody else.
const unusedAddress = (): string => `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(1, 255)}`

interface Body {
  readonly bytes: Buffer
  /** Whether it was read to its end, or to the size limit. */
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
    // The deadline or the handler has cut it off.
    return { bytes: Buffer.concat(chunks), isWhole: false }
  }
  return { bytes: Buffer.concat(chunks), isWhole: true }
}

interface AuditRequest {
  readonly url: string
  readonly headers: Headers
  readonly remoteAddress: string
}

const numberIn = (header: unknown): number | undefined => (header === undefined ? undefined : Number(header))

async function send(
  app: FastifyInstance,
  request: AuditRequest,
  signal: AbortSignal,
): Promise<AuditResponse> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity', ...request.headers }
  const response = await app.inject({ ...request, method: 'GET', headers, signal, payloadAsStream: true })
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

function sendInTime(app: FastifyInstance, request: AuditRequest): Promise<AuditResponse | undefined> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MILLISECONDS)
  return send(app, request, deadline.signal)
    .catch((err: unknown) => {
      app.log.warn(
        { err, url: request.url },
        'docs-gate: the audit got no answer here, so nothing is known of it',
      )
      return undefined
    })
    .finally(() => clearTimeout(timer))
}

// A scope's own ready() does not work once the app has started, so the root's is used.
function rootOf(app: FastifyInstance): FastifyInstance {
  const parent = Object.getPrototypeOf(app) as FastifyInstance
  return 'ready' in parent ? rootOf(parent) : app
}

/**
 * Sends anonymous requests to the GET routes of the app. Lists the responses that show documentation and those that say
 * nothing.
 *
 * @param controlUrl a public page
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
      (url, all) => sendInTime(root, { url, headers: all, remoteAddress: remoteAddress ?? unusedAddress() }),
      controlUrl,
      Object.fromEntries(lowerCase),
    )
  }
}
