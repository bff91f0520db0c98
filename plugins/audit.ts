import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type AuditAnswer, type AuditFinding, audit } from '../lib/docs/exposure/audit.ts'
import type { RouteGuard } from '../lib/docs/routes/route-guards.ts'
import { contentText } from '../lib/http/content.ts'

const DEADLINE_MILLISECONDS = 2000
const MAX_BYTES = 32 * 1024 * 1024

// A stream that does not end is judged by what has come of it.
async function read(stream: Readable): Promise<Buffer> {
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
  }
  return Buffer.concat(chunks)
}

async function ask(app: FastifyInstance, url: string, signal: AbortSignal): Promise<AuditAnswer> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity' }
  const response = await app.inject({ method: 'GET', url, headers, signal, payloadAsStream: true })
  const { 'content-type': contentType = '', 'content-encoding': encoding = '' } = response.headers
  const body = await read(response.stream())
  return {
    status: response.statusCode,
    contentType: String(contentType),
    text: contentText(body, String(encoding)),
  }
}

function askInTime(app: FastifyInstance, url: string): Promise<AuditAnswer | undefined> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MILLISECONDS)
  return ask(app, url, deadline.signal)
    .catch((err: unknown) => {
      app.log.warn({ err, url }, 'docs-gate: the audit got no answer here, so nothing is known of it')
      return undefined
    })
    .finally(() => clearTimeout(timer))
}

/** Asks every GET route of the app without parameters, as a stranger does, and tells which answers show documentation. */
export function auditOf(
  app: FastifyInstance,
  routes: () => readonly RouteGuard[],
): () => Promise<readonly AuditFinding[]> {
  return async () => {
    await app.ready()
    return audit(routes(), (url) => askInTime(app, url))
  }
}
