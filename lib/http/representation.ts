import fresh from 'fresh'
import type { Representation } from '../docs/view.ts'
import type { Answer } from './answer.ts'
import type { RequestLike } from './request.ts'

/** The bytes, or 304 where the client has them already. For requests that may read them. @see RFC 9110, section 13.1.2 */
export function representationAnswer(
  request: RequestLike,
  { body, etag, contentType }: Representation,
  headers: Readonly<Record<string, string>>,
): Answer {
  if (fresh(request.headers, { etag })) return { status: 304, headers: { ...headers, etag } }
  return {
    status: 200,
    headers: { ...headers, etag, 'content-type': contentType, 'x-content-type-options': 'nosniff' },
    body,
  }
}
