import { type DocumentationKind, detectDocumentation } from '../exposure/detect-documentation.ts'
import type { ProbeResponse } from './response.ts'

/** What an answer gives away. */
export type Leak = DocumentationKind | 'exists'

/** Whether an answer says that there is something, or what can be done with it. @see RFC 9110, section 15 */
export const isThere = ({ status }: ProbeResponse): boolean =>
  (status >= 200 && status < 300) ||
  [304, 400, 405, 406, 411, 412, 415, 416, 417].includes(status) ||
  status >= 500

export const isRedirect = ({ status }: ProbeResponse): boolean =>
  status >= 300 && status < 400 && status !== 304

/** Whether an answer keeps a stranger out, or sends them on, say to a login. */
export const isRefusal = (answer: ProbeResponse): boolean =>
  [401, 403, 407].includes(answer.status) || isRedirect(answer)

// Consoles that show the schema of a GraphQL service.
const GRAPHQL_PAGE = [
  /\bid=["']?graphiql["'\s>]/i,
  /\bGraphQLPlayground\.init\s*\(/,
  /\bnew window\.EmbeddedSandbox\s*\(/,
  /\bAltairGraphQL\.init\s*\(/,
  /\bGraphQLVoyager\.(?:init|renderVoyager)\s*\(/,
]

export function documentationIn({ contentType, text }: ProbeResponse): DocumentationKind | undefined {
  return GRAPHQL_PAGE.some((pattern) => pattern.test(text)) ? 'page' : detectDocumentation(contentType, text)
}

/** Whether an answer differs from that of a place where nothing is, in a way that says that here is something. */
export const differs = (answer: ProbeResponse, beside: ProbeResponse): boolean =>
  answer.status !== beside.status

/** Whether it tells that something is there: not by refusing, which a guard does everywhere. */
export const reveals = (answer: ProbeResponse, beside: ProbeResponse): boolean =>
  differs(answer, beside) && isThere(answer)

/** Whether it refuses what is there, and says of what is not that it is not. */
export const revealsByRefusing = (answer: ProbeResponse, beside: ProbeResponse): boolean =>
  isRefusal(answer) && (beside.status === 404 || beside.status === 410)

/** Whether only the form that was asked for is missing. @see RFC 9110, section 15.5.7 */
export const isNotAcceptable = ({ status }: ProbeResponse): boolean => status === 406

/** Whether there is something to be had. */
export const isSuccess = ({ status }: ProbeResponse): boolean =>
  (status >= 200 && status < 300) || status === 304

/** An answer that says nothing of the place: the service had no time for it. */
export const isTemporary = ({ status }: ProbeResponse): boolean => status === 429 || status === 503
