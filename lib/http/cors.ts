import { header, type RequestLike } from './request.ts'
import { withVary } from './response.ts'

/** What is needed of a Fastify reply. */
export interface HeadersReply {
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string): unknown
}

const trustedOrigin = (request: RequestLike, trustedOrigins: ReadonlySet<string>): string | undefined => {
  const origin = header(request, 'origin')
  return origin !== undefined && trustedOrigins.has(origin) ? origin : undefined
}

/**
 * Lets the pages of these origins, and of no others, read the answer, which depends on who the user is.
 * @see Fetch Standard, section 3.2.3
 */
export function writeCorsHeaders(
  request: RequestLike,
  reply: HeadersReply,
  trustedOrigins: ReadonlySet<string>,
): void {
  reply.header('vary', withVary(reply.getHeader('vary'), 'Origin'))
  const origin = trustedOrigin(request, trustedOrigins)
  if (origin === undefined) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-allow-credentials', 'true')
  reply.header('access-control-expose-headers', 'Retry-After, WWW-Authenticate')
}

/** Whether this is the preflight of one of these origins. @see Fetch Standard, section 3.2.2 */
export const isTrustedPreflight = (request: RequestLike, trustedOrigins: ReadonlySet<string>): boolean =>
  trustedOrigin(request, trustedOrigins) !== undefined &&
  header(request, 'access-control-request-method') !== undefined

/** What the answer to a preflight says, besides whose it is. */
export const preflightHeaders = (methods: string) => ({
  'access-control-allow-methods': methods,
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '600',
})
