import { type DocumentationKind, detectDocumentation } from '../exposure/detect-documentation.ts'
import type { ProbeResponse } from './response.ts'

/** What a response gives away. */
export type Leak = DocumentationKind | 'exists'

/** Whether the status shows that something exists at the path. @see RFC 9110, section 15 */
export const isThere = ({ status }: ProbeResponse): boolean =>
  (status >= 200 && status < 300) ||
  [304, 400, 405, 406, 411, 412, 415, 416, 417].includes(status) ||
  status >= 500

export const isRedirect = ({ status }: ProbeResponse): boolean =>
  status >= 300 && status < 400 && status !== 304

/** Whether a response refuses an anonymous client, or redirects it, for example to a login. */
export const isRefusal = (response: ProbeResponse): boolean =>
  [401, 403, 407].includes(response.status) || isRedirect(response)

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

/** Whether the status differs from that of a path that does not exist. */
export const differs = (response: ProbeResponse, baseline: ProbeResponse): boolean =>
  response.status !== baseline.status

/** Whether a response reveals that something is there. A refusal does not: a guard may refuse every path. */
export const reveals = (response: ProbeResponse, baseline: ProbeResponse): boolean =>
  differs(response, baseline) && isThere(response)

/** Whether a refusal reveals that something is there, because a missing path gets a 404 or 410. */
export const revealsByRefusing = (response: ProbeResponse, baseline: ProbeResponse): boolean =>
  isRefusal(response) && (baseline.status === 404 || baseline.status === 410)

/** Whether only the requested media type is missing. @see RFC 9110, section 15.5.7 */
export const isNotAcceptable = ({ status }: ProbeResponse): boolean => status === 406

/** Whether the response has the content, or says that the client has it already. */
export const isSuccess = ({ status }: ProbeResponse): boolean =>
  (status >= 200 && status < 300) || status === 304

/** Whether the service was too busy, so that the response says nothing about the path. */
export const isTemporary = ({ status }: ProbeResponse): boolean => status === 429 || status === 503
