// Bytes that are not UTF-8, percent-encoded ones too, are decoded to U+FFFD, a character that nobody types.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const isDamaged = (text: string): boolean => text.includes('\uFFFD')

/** Whether the media type is that of a form, with or without parameters. */
export const isForm = (contentType: string | undefined): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded'

const pairsIn = (body: unknown): readonly (readonly [string, string])[] =>
  Buffer.isBuffer(body) ? [...new URLSearchParams(utf8.decode(body))] : []

/**
 * The fields of a page's form. A field that is not UTF-8 or is sent twice counts as not filled in: we cannot know which
 * of two passwords is meant. The other fields stay valid, because browser extensions may add fields of their own.
 */
export function readFields(body: unknown): ReadonlyMap<string, string> {
  const pairs = pairsIn(body)
  const times = new Map<string, number>()
  for (const [name] of pairs) times.set(name, (times.get(name) ?? 0) + 1)
  return new Map(pairs.filter(([name, value]) => times.get(name) === 1 && !isDamaged(name + value)))
}

/**
 * The parameters of an OAuth request, or null if the body is malformed: it is not UTF-8, or a parameter is sent twice.
 * @see RFC 6749, section 3.2 (parameters must not be included more than once), section 5.2 (otherwise malformed) and
 * appendix B
 */
export function parseForm(body: unknown): ReadonlyMap<string, string> | null {
  const pairs = pairsIn(body)
  const form = new Map(pairs)
  const isWhole = form.size === pairs.length && pairs.every(([name, value]) => !isDamaged(name + value))
  return isWhole ? form : null
}
