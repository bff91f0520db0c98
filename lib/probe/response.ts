import { contentText } from '../http/content.ts'

/** A response, parsed. */
export interface ProbeResponse {
  readonly status: number
  readonly contentType: string
  /** Target of the Location or Refresh header; empty without one. */
  readonly location: string
  /** The Link header; empty without one. @see RFC 8288 */
  readonly link: string
  /** The decoded content as far as it was read, one character per byte. */
  readonly text: string
}

const HEAD = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n/

const fieldOf = (head: string, name: string): string =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(head)?.[1] ?? ''

// Every browser follows a Refresh header: `0; url=/docs`.
const refreshedTo = (refresh: string): string =>
  /^[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(refresh)?.[1] ?? ''

// RFC 9112, section 7.1. If the last chunk was cut off, its part is kept.
function joinChunks(text: string): string {
  let joined = ''
  let rest = text
  for (;;) {
    const size = /^([0-9a-f]{1,8})[^\r\n]*\r\n/i.exec(rest)
    const length = Number.parseInt(size?.[1] ?? '0', 16)
    if (!size || length === 0) return joined
    joined += rest.slice(size[0].length, size[0].length + length)
    rest = rest.slice(size[0].length + length + '\r\n'.length)
  }
}

/** Parses the final response in the bytes of a connection; undefined if there is none. */
export function parseResponse(bytes: Buffer): ProbeResponse | undefined {
  let text = bytes.toString('latin1')
  for (;;) {
    const match = HEAD.exec(text)
    if (!match) return undefined
    const [whole, code, head = ''] = match
    text = text.slice(whole.length)
    const status = Number(code)
    // RFC 9110, section 15.2: interim responses precede the final one.
    if (status < 200) continue
    const body = /\bchunked\b/i.test(fieldOf(head, 'transfer-encoding')) ? joinChunks(text) : text
    return {
      status,
      contentType: fieldOf(head, 'content-type'),
      location: fieldOf(head, 'location') || refreshedTo(fieldOf(head, 'refresh')),
      link: fieldOf(head, 'link'),
      text: contentText(Buffer.from(body, 'latin1'), fieldOf(head, 'content-encoding')),
    }
  }
}
