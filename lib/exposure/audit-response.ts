import { type DocumentationKind, detectDocumentation } from './detect-documentation.ts'

export interface AuditResponse {
  readonly status: number
  readonly contentType: string
  /** The Location header; empty without one. */
  readonly location: string
  readonly text: string
  /** Whether the response was read to its end. */
  readonly isWhole: boolean
  /** The limit of a rate limiter and what remains of it, if the response has these headers. */
  readonly limit: number | undefined
  readonly remaining: number | undefined
}

export type Headers = Readonly<Record<string, string>>

const SHOWN: Readonly<Record<DocumentationKind, string>> = {
  document: 'An API document is sent to everybody.',
  page: 'A page that shows API documentation is sent to everybody.',
  file: 'A file of a page that shows API documentation is sent to everybody.',
}

/** Why nothing is known about a route. */
export const NOT_CHECKED = {
  silent: 'Not checked: no answer came in time.',
  unfinished: 'Not checked: the answer did not end in time.',
  limited: 'Not checked: a rate limit answered.',
  spared: 'Not checked: the rate limit counts these requests together with others and was not to be used up.',
  failed: 'Not checked: the server failed.',
  misdirected: 'Not checked: the app does not answer for this host.',
  elsewhere: 'Not checked: the answer redirects to another scheme or host.',
  loop: 'Not checked: the redirects do not end.',
  everywhere: 'Not checked: the app refuses every request, public pages included.',
  constrained: 'Not checked: only the app knows which requests meet the constraints of this route.',
}

const isRedirect = ({ status, location }: AuditResponse): boolean =>
  status >= 300 && status < 400 && location !== ''

/** The target of a redirect. */
export interface Target {
  /** The path and query; undefined if the target is another scheme or host. */
  readonly url: string | undefined
  /** Whether the path stays the same, apart from a prefix or a slash. */
  readonly isSamePath: boolean
}

export function targetOf(response: AuditResponse, url: string, headers: Headers): Target | undefined {
  const { host = 'localhost:80', 'x-forwarded-proto': scheme = 'http' } = headers
  const from = `${scheme}://${host}${url}`
  const { location } = response
  if (!isRedirect(response) || !URL.canParse(location, from)) return undefined
  const [requested, to] = [new URL(from), new URL(location, from)]
  const path = to.pathname.replace(/\/$/, '')
  return {
    url: to.origin === requested.origin ? to.pathname + to.search : undefined,
    isSamePath:
      path.endsWith(requested.pathname.replace(/\/$/, '')) && (requested.pathname !== '/' || path === ''),
  }
}

/** How the app responds to a public page, which shows what it does with every request. */
export interface Control {
  /** The status that refuses every request; undefined if there is none. */
  readonly refusal: number | undefined
  /** Whether every request is redirected to another scheme or host. */
  readonly isMoved: boolean
}

export function controlOf(response: AuditResponse | undefined, url: string, headers: Headers): Control {
  const status = response?.status ?? 0
  // 401 comes from a guard of the host's in front of all routes: anonymous clients see nothing, so all is well.
  const refusal = status >= 400 && status !== 401 ? status : undefined
  const target = response && targetOf(response, url, headers)
  return { refusal, isMoved: target !== undefined && target.url === undefined }
}

function whyUnknown({ status, isWhole, contentType }: AuditResponse, control: Control): string | undefined {
  if (status === 429) return NOT_CHECKED.limited
  if (status === 421) return NOT_CHECKED.misdirected
  if (status >= 500 || status === 408) return NOT_CHECKED.failed
  if (status === control.refusal) return NOT_CHECKED.everywhere
  // Event streams never end.
  return isWhole || contentType.startsWith('text/event-stream') ? undefined : NOT_CHECKED.unfinished
}

/** The documentation in a response, or why it says nothing; undefined if anonymous clients get no documentation. */
export function faultOf(response: AuditResponse, control: Control): string | undefined {
  const kind = detectDocumentation(response.contentType, response.text)
  return kind ? SHOWN[kind] : whyUnknown(response, control)
}

// The same path at another host has the content of the route. Other targets, like a provider's login, do not.
export const isContentElsewhere = ({ isSamePath }: Target, { isMoved }: Control): boolean =>
  isSamePath || isMoved

/** Whether a rate limit counts the audit's requests together with others, which would soon be refused. */
export const isRunningOut = ({ status, limit = 0, remaining = 0 }: AuditResponse): boolean =>
  status !== 429 && remaining < limit - 1 && remaining <= limit / 2
