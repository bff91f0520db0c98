import { createHash } from 'node:crypto'
import fresh from 'fresh'
import type { RequestLike } from './request.ts'
import type { HttpResponse } from './response.ts'

/** The content codings that are made. @see RFC 9110, section 8.4.1 */
export type ContentCoding = 'br' | 'gzip'

/** Bytes to send, with the validator that stands for them. */
export interface Representation {
  readonly body: Buffer
  /** Strong: of these very bytes, so another one for each coding. @see RFC 9110, section 8.8.3 */
  readonly etag: string
  readonly contentType: string
  readonly contentCoding?: ContentCoding
}

/** A strong entity tag of bytes. */
export const etagOf = (body: Uint8Array): string =>
  `"${createHash('sha256').update(body).digest('base64url')}"`

export function represent(text: string | Buffer, contentType: string): Representation {
  const body = Buffer.from(text as string)
  return { body, etag: etagOf(body), contentType }
}

/** The bytes, or 304 where the client has them already. For requests that may read them. @see RFC 9110, section 13.1.2 */
export function representationAnswer(
  request: RequestLike,
  { body, etag, contentType, contentCoding }: Representation,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  if (fresh(request.headers, { etag })) return { status: 304, headers: { ...headers, etag } }
  return {
    status: 200,
    headers: {
      ...headers,
      etag,
      'content-type': contentType,
      ...(contentCoding && { 'content-encoding': contentCoding }),
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}
