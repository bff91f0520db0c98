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
import { urlsToAsk } from './patterns.ts'

/** One answer to a stranger that has documentation in it, or that says nothing of what is served there. */
export interface AuditFinding {
  readonly method: string
  readonly url: string
  /** 0 where no answer came, or where the route could not be asked; 429 where a rate limit was to be spared, too. */
  readonly status: number
  /** A fixed sentence; the headers that a route needs are added to it. */
  readonly reason: string
}

/** How the questions of an audit are asked. */
export interface AuditOptions {
  /**
   * Headers of every question: those that the app needs to answer as it does in production, where a host check or a
   * redirect to https comes first.
   *
   * @example { host: 'api.example.com', 'x-forwarded-proto': 'https' }
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The address that every question comes from: that of the proxy where `trustProxy` names it.
   *
   * @default another one of 198.18.0.0/15 for each question, so that no limit by address counts them together
   */
  readonly remoteAddress?: string | undefined
}

/** Asks for a URL as a stranger; undefined where no answer comes in time. */
export type AuditAsk = (url: string, headers: Headers) => Promise<AuditResponse | undefined>

const AT_ONCE = 8
const MAX_REDIRECTS = 5

const otherSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) || '/' : `${url}/`)

interface Question {
  readonly url: string
  /** Undefined where it is not known what a request for this route needs. */
  readonly headers: Headers | undefined
}

const textOf = (headers: Headers | undefined = {}): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')

const keyOf = ({ url, headers }: Question): string => `${url} ${headers && textOf(headers)}`

// A route that nobody knows how to reach is no question where a guard of ours stands before it.
function questionsOf({ url, constraints = {}, scopes }: RouteGuard): readonly Question[] {
  const headers = headersMeeting(constraints)
  if (headers)
    return urlsToAsk(url).flatMap((one) => [one, otherSlash(one)].map((to) => ({ url: to, headers })))
  return scopes === null ? [{ url, headers }] : []
}

/** What to ask: every GET route without parameters, with and without a slash at the end, each once. */
export function auditQuestions(routes: readonly RouteGuard[]): readonly Question[] {
  const questions = routes.filter(({ method }) => method === 'GET').flatMap(questionsOf)
  return [...new Map(questions.map((question) => [keyOf(question), question])).values()]
}

/** Asks each URL once: many redirects lead to one login. Knows when a rate limit would be used up for others. */
class Inquiry {
  readonly #ask: AuditAsk
  readonly #answers = new Map<string, Promise<AuditResponse | undefined>>()
  isOver = false

  constructor(ask: AuditAsk) {
    this.#ask = ask
  }

  async #askAnew(url: string, headers: Headers): Promise<AuditResponse | undefined> {
    const answer = await this.#ask(url, headers)
    this.isOver ||= answer !== undefined && isRunningOut(answer)
    return answer
  }

  ask(url: string, headers: Headers): Promise<AuditResponse | undefined> {
    const key = keyOf({ url, headers })
    const answer = this.#answers.get(key) ?? this.#askAnew(url, headers)
    this.#answers.set(key, answer)
    return answer
  }
}

type Finding = Omit<AuditFinding, 'method'>

/** Asks for a URL, and follows redirects within the app. */
async function findingAt(
  first: string,
  headers: Headers,
  inquiry: Inquiry,
  control: Control,
): Promise<Finding | undefined> {
  const asked = new Set<string>()
  let [url, status] = [first, 0]
  while (!asked.has(url) && asked.size <= MAX_REDIRECTS) {
    if (inquiry.isOver) return { url, status: 429, reason: NOT_CHECKED.spared }
    asked.add(url)
    const answer = await inquiry.ask(url, headers)
    if (!answer) return { url, status: 0, reason: NOT_CHECKED.silent }
    status = answer.status
    const fault = faultOf(answer, control)
    if (fault !== undefined) return { url, status, reason: fault }
    const target = targetOf(answer, url, headers)
    if (!target) return undefined
    if (target.url === undefined)
      return isContentElsewhere(target, control) ? { url, status, reason: NOT_CHECKED.elsewhere } : undefined
    url = target.url
  }
  return { url, status, reason: NOT_CHECKED.circle }
}

function withNeeds(found: Finding, headers: Headers): AuditFinding {
  const needs = textOf(headers)
  const reason = needs === '' ? found.reason : `${found.reason} (${needs})`
  return { method: 'GET', url: found.url, status: found.status, reason }
}

/**
 * Asks for every URL, a few at a time, and lists the answers that show documentation and those that say nothing.
 *
 * @param controlUrl a page that everybody may see
 */
export async function audit(
  routes: readonly RouteGuard[],
  ask: AuditAsk,
  controlUrl: string,
  everyHeader: Headers = {},
): Promise<readonly AuditFinding[]> {
  const questions = auditQuestions(routes)
  const inquiry = new Inquiry(ask)
  const control = controlOf(await inquiry.ask(controlUrl, everyHeader), controlUrl, everyHeader)
  const findings: (AuditFinding | undefined)[] = []
  const next = questions.entries()
  async function work(): Promise<void> {
    for (const [index, { url, headers }] of next) {
      const found = headers
        ? await findingAt(url, { ...everyHeader, ...headers }, inquiry, control)
        : { url, status: 0, reason: NOT_CHECKED.constrained }
      findings[index] = found && withNeeds(found, headers ?? {})
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  // In the order of the routes; what several of them lead to, once.
  const found = findings.filter((finding) => finding !== undefined)
  return [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()]
}
