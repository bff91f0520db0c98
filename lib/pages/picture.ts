/** A picture with its media type, which is detected from the content. */
export interface Picture {
  readonly body: Buffer
  readonly contentType: string
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg'
// What is allowed before the root element. @see XML 1.0, section 2.8
const PROLOG = /\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^[>]*(?:\[[^\]]*\][^>]*)?>)/y
const ROOT = /\s*<svg[\s>]/y

const startsWith =
  (signature: string) =>
  (bytes: Buffer): boolean =>
    bytes.subarray(0, signature.length).toString('latin1') === signature

// Browsers do not show an SVG without its namespace.
function isSvg(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  PROLOG.lastIndex = ROOT.lastIndex = 0
  // Sticky patterns match from the beginning only. A search would take many seconds on comments that never end.
  while (PROLOG.test(text)) ROOT.lastIndex = PROLOG.lastIndex
  return ROOT.test(text) && text.includes(SVG_NAMESPACE)
}

// @see MIME Sniffing Standard, section 6.1
const KINDS: readonly (readonly [contentType: string, is: (bytes: Buffer) => boolean])[] = [
  ['image/png', startsWith('\x89PNG\r\n\x1a\n')],
  ['image/jpeg', startsWith('\xff\xd8\xff')],
  ['image/gif', startsWith('GIF8')],
  ['image/webp', (bytes) => startsWith('RIFF')(bytes) && startsWith('WEBP')(bytes.subarray(8))],
  ['image/svg+xml', isSvg],
]

/** Detects the type of a picture from its bytes. Undefined if it is of no type that browsers show. */
export function pictureOf(body: Buffer): Picture | undefined {
  const kind = KINDS.find(([, is]) => is(body))
  return kind && { body, contentType: kind[0] }
}
