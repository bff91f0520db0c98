import { headersMeeting } from '../app-routes/constraints.ts'
import type { RouteGuard } from '../app-routes/route-guards.ts'
import {
  type AuditResponse,
  type Control,
  controlOf,
  faultOf,
  type Headers,
  isContentElsewhere,
  isRunningOut,
  NOT_CHECKED,
  targetOf,
} from './audit-response.ts'
import { candidateUrls } from './patterns.ts'

/** One response to an anonymous client that contains documentation, or one that leaves unknown whether it would. */
export interface AuditFinding {
  readonly method: string
  readonly url: string
  /** 0 if there was no response or the route could not be requested; 429 also if a rate limit was to be spared. */
  readonly status: number
  /** A fixed sentence, followed by the headers that the route needs. */
  readonly reason: string
}

/** How the requests of an audit are sent. */
export interface AuditOptions {
  /**
   * Headers of every request: those that the app needs to respond as in production, where it may check the host or
   * redirect to https first.
   *
   * @example { host: 'api.example.com', 'x-forwarded-proto': 'https' }
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The client address of every request: the proxy's if `trustProxy` names one.
   *
   * @default a random address of 198.18.0.0/15 for each request, so that no limit by address counts them together
   */
  readonly remoteAddress?: string | undefined
}

/** Sends an anonymous GET request; undefined if no response comes in time. */
export type SendRequest = (url: string, headers: Headers) => Promise<AuditResponse | undefined>

const MAX_CONCURRENT = 8
const MAX_REDIRECTS = 5

const otherSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) || '/' : `${url}/`)

interface AuditRequest {
  readonly url: string
  /** Undefined if it is unknown which headers the route's constraints need. */
  readonly headers: Headers | undefined
}

const textOf = (headers: Headers | undefined = {}): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')

const keyOf = ({ url, headers }: AuditRequest): string => `${url} ${headers && textOf(headers)}`

// A route with unknown constraints cannot be requested. It is listed unless a guard of the gate protects it.
function requestsOf({ url, constraints = {}, scopes }: RouteGuard): readonly AuditRequest[] {
  const headers = headersMeeting(constraints)
  if (headers)
    return candidateUrls(url).flatMap((one) => [one, otherSlash(one)].map((to) => ({ url: to, headers })))
  return scopes === null ? [{ url, headers }] : []
}

/** The requests to send: for the URLs of every GET route, with and without a trailing slash, each once. */
export function auditRequests(routes: readonly RouteGuard[]): readonly AuditRequest[] {
  const requests = routes.filter(({ method }) => method === 'GET').flatMap(requestsOf)
  return [...new Map(requests.map((request) => [keyOf(request), request])).values()]
}

/** Requests each URL once: many redirects lead to the same login. Notices when a rate limit is nearly used up. */
class CachingClient {
  readonly #send: SendRequest
  readonly #responses = new Map<string, Promise<AuditResponse | undefined>>()
  isLimitNear = false

  constructor(send: SendRequest) {
    this.#send = send
  }

  async #sendNew(url: string, headers: Headers): Promise<AuditResponse | undefined> {
    const response = await this.#send(url, headers)
    this.isLimitNear ||= response !== undefined && isRunningOut(response)
    return response
  }

  send(url: string, headers: Headers): Promise<AuditResponse | undefined> {
    const key = keyOf({ url, headers })
    const response = this.#responses.get(key) ?? this.#sendNew(url, headers)
    this.#responses.set(key, response)
    return response
  }
}

type Finding = Omit<AuditFinding, 'method'>

/** Requests a URL and follows redirects within the app. */
async function findingAt(
  first: string,
  headers: Headers,
  client: CachingClient,
  control: Control,
): Promise<Finding | undefined> {
  const visited = new Set<string>()
  let [url, status] = [first, 0]
  while (!visited.has(url) && visited.size <= MAX_REDIRECTS) {
    if (client.isLimitNear) return { url, status: 429, reason: NOT_CHECKED.spared }
    visited.add(url)
    const response = await client.send(url, headers)
    if (!response) return { url, status: 0, reason: NOT_CHECKED.silent }
    status = response.status
    const fault = faultOf(response, control)
    if (fault !== undefined) return { url, status, reason: fault }
    const target = targetOf(response, url, headers)
    if (!target) return undefined
    if (target.url === undefined)
      return isContentElsewhere(target, control) ? { url, status, reason: NOT_CHECKED.elsewhere } : undefined
    url = target.url
  }
  return { url, status, reason: NOT_CHECKED.loop }
}

function withNeeds(found: Finding, headers: Headers): AuditFinding {
  const needs = textOf(headers)
  const reason = needs === '' ? found.reason : `${found.reason} (${needs})`
  return { method: 'GET', url: found.url, status: found.status, reason }
}

/**
 * Requests every URL, a few at a time, and lists the responses that show documentation and those that say nothing.
 *
 * @param controlUrl a public page
 */
export async function audit(
  routes: readonly RouteGuard[],
  send: SendRequest,
  controlUrl: string,
  everyHeader: Headers = {},
): Promise<readonly AuditFinding[]> {
  const requests = auditRequests(routes)
  const client = new CachingClient(send)
  const control = controlOf(await client.send(controlUrl, everyHeader), controlUrl, everyHeader)
  const findings: (AuditFinding | undefined)[] = []
  const next = requests.entries()
  async function work(): Promise<void> {
    for (const [index, { url, headers }] of next) {
      const found = headers
        ? await findingAt(url, { ...everyHeader, ...headers }, client, control)
        : { url, status: 0, reason: NOT_CHECKED.constrained }
      findings[index] = found && withNeeds(found, headers ?? {})
    }
  }
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, work))
  // In the order of the routes. A target that several routes redirect to is listed once.
  const found = findings.filter((finding) => finding !== undefined)
  return [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()]
}
