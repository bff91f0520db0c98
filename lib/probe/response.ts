import { contentText } from '../http/content.ts'

/** An answer as it came over the wire. */
export interface ProbeResponse {
  readonly status: number
  readonly contentType: string
  /** Where the Location and Refresh headers lead; empty where there are none. */
  readonly location: string
  /** The Link header; empty where there is none. @see RFC 8288 */
  readonly link: string
  /** Decoded, one character per byte, as far as it was read. */
  readonly text: string
}

const HEAD = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n/

const fieldOf = (head: string, name: string): string =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(head)?.[1] ?? ''

// A header that every browser follows: `0; url=/docs`.
const refreshedTo = (refresh: string): string =>
  /^[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(refresh)?.[1] ?? ''

// RFC 9112, section 7.1. What is not there any more is left out.
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

/** Reads the final answer out of the bytes of a connection; undefined where there is none. */
export function parseResponse(bytes: Buffer): ProbeResponse | undefined {
  let text = bytes.toString('latin1')
  for (;;) {
    const match = HEAD.exec(text)
    if (!match) return undefined
    const [whole, code, head = ''] = match
    text = text.slice(whole.length)
    const status = Number(code)
    // RFC 9110, section 15.2: interim answers go before the final one.
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
