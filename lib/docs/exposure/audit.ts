import type { RouteGuard } from '../routes/route-guards.ts'
import { type Sign, signOf } from './signs.ts'

/** One answer to a stranger that has documentation in it. */
export interface AuditFinding {
  readonly method: string
  readonly url: string
  readonly status: number
  /** A fixed sentence. */
  readonly reason: string
}

export interface AuditAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** Asks for a URL as a stranger; undefined where no answer comes in time. */
export type AuditAsk = (url: string) => Promise<AuditAnswer | undefined>

const REASONS: Readonly<Record<Sign, string>> = {
  document: 'An API document is sent to everybody.',
  page: 'A page that shows API documentation is sent to everybody.',
  file: 'A file of a page that shows API documentation is sent to everybody.',
}

const AT_ONCE = 8

/** What a folder of documentation has in it. */
const FILES = [
  '',
  'index.html',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-initializer.js',
  'openapi.json',
  'openapi.yaml',
  'swagger.json',
  'swagger.yaml',
  'json',
  'yaml',
]

// find-my-way: `::` is a colon, `/:name?` may be left out at the end, `*` is the rest of the path.
function urlsOf(pattern: string): readonly string[] {
  const path = pattern.replace(/\/:[^/:()]+\?$/, '')
  const plain = path.replaceAll('::', '')
  if (plain.includes(':')) return []
  const literal = path.replaceAll('::', ':') || '/'
  if (!literal.includes('*')) return [literal]
  const folder = literal.replace(/\*.*$/, '')
  return FILES.map((file) => (folder.startsWith('/') ? folder : `/${folder}`) + file)
}

const otherSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) || '/' : `${url}/`)

/** The URLs to ask: of every GET route without parameters, with and without a slash at the end. */
export function auditUrls(routes: readonly RouteGuard[]): readonly string[] {
  const urls = routes.filter(({ method }) => method === 'GET').flatMap(({ url }) => urlsOf(url))
  return [...new Set(urls.flatMap((url) => [url, otherSlash(url)]))]
}

async function findingAt(url: string, ask: AuditAsk): Promise<AuditFinding | undefined> {
  const answer = await ask(url)
  const sign = answer && signOf(answer.contentType, answer.text)
  return sign && { method: 'GET', url, status: answer.status, reason: REASONS[sign] }
}

/** Asks for every URL, a few at a time, and tells of the answers that show documentation. */
export async function audit(routes: readonly RouteGuard[], ask: AuditAsk): Promise<readonly AuditFinding[]> {
  const urls = auditUrls(routes)
  const findings: AuditFinding[] = []
  const next = urls.values()
  async function work(): Promise<void> {
    for (const url of next) {
      const finding = await findingAt(url, ask)
      if (finding) findings.push(finding)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return findings.sort((a, b) => urls.indexOf(a.url) - urls.indexOf(b.url))
}
