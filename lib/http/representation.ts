import { createHash } from 'node:crypto'
import fresh from 'fresh'
import type { RequestLike } from './request.ts'
import type { HttpResponse } from './response.ts'

/** The content codings that the gate uses. @see RFC 9110, section 8.4.1 */
export type ContentCoding = 'br' | 'gzip'

/** A body with its entity tag. */
export interface Representation {
  readonly body: Buffer
  /** A strong validator of these bytes, so it differs for each content coding. @see RFC 9110, section 8.8.3 */
  readonly etag: string
  readonly contentType: string
  readonly contentCoding?: ContentCoding
}

/** The strong entity tag of these bytes. */
export const etagOf = (body: Uint8Array): string =>
  `"${createHash('sha256').update(body).digest('base64url')}"`

export function represent(text: string | Buffer, contentType: string): Representation {
  const body = Buffer.from(text as string)
  return { body, etag: etagOf(body), contentType }
}

/** Responds with the body, or with 304 if the client has it already. @see RFC 9110, section 13.1.2 */
export function representationResponse(
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
