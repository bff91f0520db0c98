import { header, type RequestLike } from './request.ts'
import { withVary } from './response.ts'

/** The part of a Fastify reply that is needed here. */
export interface HeadersReply {
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string): unknown
}

const trustedOrigin = (request: RequestLike, trustedOrigins: ReadonlySet<string>): string | undefined => {
  const origin = header(request, 'origin')
  return origin !== undefined && trustedOrigins.has(origin) ? origin : undefined
}

/**
 * Allows pages of the trusted origins, and of no others, to read a response that depends on the session.
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

/** Whether this is a preflight request of a trusted origin. @see Fetch Standard, section 3.2.2 */
export const isTrustedPreflight = (request: RequestLike, trustedOrigins: ReadonlySet<string>): boolean =>
  trustedOrigin(request, trustedOrigins) !== undefined &&
  header(request, 'access-control-request-method') !== undefined

/** The headers of the response to a preflight, in addition to those of {@link writeCorsHeaders}. */
export const preflightHeaders = (methods: string) => ({
  'access-control-allow-methods': methods,
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '600',
})
