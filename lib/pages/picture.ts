/** A picture, with the media type that its content shows. */
export interface Picture {
  readonly body: Buffer
  readonly contentType: string
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg'
// What may stand before the root element. @see XML 1.0, section 2.8
const PROLOG = /\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^[>]*(?:\[[^\]]*\][^>]*)?>)/y
const ROOT = /\s*<svg[\s>]/y

const startsWith =
  (signature: string) =>
  (bytes: Buffer): boolean =>
    bytes.subarray(0, signature.length).toString('latin1') === signature

// Without its namespace an SVG is no picture to a browser.
function isSvg(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  PROLOG.lastIndex = ROOT.lastIndex = 0
  // From its beginning on: sought anywhere, openings without an end would take many seconds.
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

/** The picture that these bytes are, whatever their file is called; undefined where they are none that pages show. */
export function pictureOf(body: Buffer): Picture | undefined {
  const kind = KINDS.find(([, is]) => is(body))
  return kind && { body, contentType: kind[0] }
}
