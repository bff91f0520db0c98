import { type DocumentationKind, detectDocumentation } from './detect-documentation.ts'

export interface AuditResponse {
  readonly status: number
  readonly contentType: string
  /** The Location header; empty where there is none. */
  readonly location: string
  readonly text: string
  /** Whether the answer came to its end. */
  readonly isWhole: boolean
  /** What a rate limit says of itself, if the answer has it. */
  readonly limit: number | undefined
  readonly remaining: number | undefined
}

export type Headers = Readonly<Record<string, string>>

const SHOWN: Readonly<Record<DocumentationKind, string>> = {
  document: 'An API document is sent to everybody.',
  page: 'A page that shows API documentation is sent to everybody.',
  file: 'A file of a page that shows API documentation is sent to everybody.',
}

/** Why nothing is known of a route. */
export const NOT_CHECKED = {
  silent: 'Not checked: no answer came in time.',
  unfinished: 'Not checked: the answer did not end in time.',
  limited: 'Not checked: a rate limit answered.',
  spared: 'Not checked: the rate limit counts these requests together with others and was not to be used up.',
  failed: 'Not checked: the server failed.',
  misdirected: 'Not checked: the app does not answer for this host.',
  elsewhere: 'Not checked: the answer redirects to another scheme or host.',
  circle: 'Not checked: the redirects do not end.',
  everywhere: 'Not checked: the app refuses every request, public pages included.',
  constrained: 'Not checked: only the app knows which requests meet the constraints of this route.',
}

const isRedirect = ({ status, location }: AuditResponse): boolean =>
  status >= 300 && status < 400 && location !== ''

/** Where a redirect leads. */
export interface Target {
  /** The path, if it is one of the app's own. */
  readonly url: string | undefined
  /** Whether it is the same path at another scheme or host. */
  readonly isSamePath: boolean
}

export function targetOf(answer: AuditResponse, url: string, headers: Headers): Target | undefined {
  const { host = 'localhost:80', 'x-forwarded-proto': scheme = 'http' } = headers
  const from = `${scheme}://${host}${url}`
  const { location } = answer
  if (!isRedirect(answer) || !URL.canParse(location, from)) return undefined
  const [asked, to] = [new URL(from), new URL(location, from)]
  const path = to.pathname.replace(/\/$/, '')
  return {
    url: to.origin === asked.origin ? to.pathname + to.search : undefined,
    isSamePath: path.endsWith(asked.pathname.replace(/\/$/, '')) && (asked.pathname !== '/' || path === ''),
  }
}

/** What the app answers for a page that everybody may see, and so before it looks at any route. */
export interface Control {
  /** What it refuses everything with; undefined where it does not. */
  readonly refusal: number | undefined
  /** Whether everything is redirected to another scheme or host. */
  readonly isMoved: boolean
}

export function controlOf(answer: AuditResponse | undefined, url: string, headers: Headers): Control {
  const status = answer?.status ?? 0
  // A guard of the host's that stands before everything answers 401: then strangers are shown nothing.
  const refusal = status >= 400 && status !== 401 ? status : undefined
  const target = answer && targetOf(answer, url, headers)
  return { refusal, isMoved: target !== undefined && target.url === undefined }
}

function whyUnknown({ status, isWhole, contentType }: AuditResponse, control: Control): string | undefined {
  if (status === 429) return NOT_CHECKED.limited
  if (status === 421) return NOT_CHECKED.misdirected
  if (status >= 500 || status === 408) return NOT_CHECKED.failed
  if (status === control.refusal) return NOT_CHECKED.everywhere
  // Streams of events are meant not to end.
  return isWhole || contentType.startsWith('text/event-stream') ? undefined : NOT_CHECKED.unfinished
}

/** What is wrong with an answer: what it shows, or why it says nothing; undefined where a stranger gets nothing. */
export function faultOf(answer: AuditResponse, control: Control): string | undefined {
  const sign = detectDocumentation(answer.contentType, answer.text)
  return sign ? SHOWN[sign] : whyUnknown(answer, control)
}

// A link to another site, say to the login of a provider, has no content; one to the same path is where the content is.
export const isContentElsewhere = ({ isSamePath }: Target, { isMoved }: Control): boolean =>
  isSamePath || isMoved

/** Whether a limit counts the questions together with other requests, which would soon be refused. */
export const isRunningOut = ({ status, limit = 0, remaining = 0 }: AuditResponse): boolean =>
  status !== 429 && remaining < limit - 1 && remaining <= limit / 2
