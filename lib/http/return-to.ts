import { randomUUID } from 'node:crypto'

const MAX_LENGTH = 2048
// Stands for this site while parsing. Random, so that no value can name it.
const THIS_SITE = `http://${randomUUID()}.invalid`

// What needs none of the care below. Most paths are of these.
const PLAIN = /^(?:\/[a-z0-9_-]+)*\/?$/i

// No chain of proxies decodes a path more often.
const MAX_DECODINGS = 5
const MALFORMED_ESCAPE = /%(?![0-9a-f]{2})/i
const ESCAPES = /(?:%[0-9a-f]{2})+/gi
// Accents and characters that show nothing: some servers map what is left of a letter without them to the letter.
const UNSEEN = /[\p{M}\p{Cf}]/gu
// Control characters, which may end a path or vanish from it, and an escape that only some servers know.
const UNCLEAR = /\p{Cc}|%u[0-9a-f]{4}/iu
// The slashes of mathematics are taken for slashes where UTF-8 is squeezed into one byte.
const SLASH = /[/\\\u2044\u2215\u2216]/
const PARAMETERS_OR_QUERY = /[;?#]/
const DOT_SEGMENT = /^\.{1,2}$/
// The lookbehind keeps a long run of dots from being tried from each of them.
const TRAILING_DOTS = /(?<![. ])[. ]+$/

// Of any case in the end: a router may ignore it.
const fold = (path: string): string => path.toUpperCase().toLowerCase()

/** A path after every decoding that changes something, or undefined where it is not UTF-8 or does not settle. */
function decodedFully(pathname: string): string | undefined {
  if (MALFORMED_ESCAPE.test(pathname)) return undefined
  let path = pathname
  try {
    for (let decodings = 0; decodings <= MAX_DECODINGS; decodings++) {
      const decoded = path.replace(ESCAPES, decodeURIComponent).normalize('NFKD').replace(UNSEEN, '')
      if (decoded === path) return fold(path)
      path = decoded
    }
  } catch {
    // Bytes that are not UTF-8.
  }
  return undefined
}

const segmentsOf = (path: string): readonly string[] =>
  path.split(SLASH).map((segment) => segment.split(PARAMETERS_OR_QUERY, 1)[0]?.trim() as string)

// Windows ignores dots at the end of a name; doubled slashes are one slash to many.
const namesOf = (segments: readonly string[]): readonly string[] =>
  segments.map((segment) => segment.replace(TRAILING_DOTS, '')).filter((name) => name !== '')

const beginsWith = (names: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((name, index) => names[index] === name)

function contains(names: readonly string[], wanted: readonly string[]): boolean {
  let found = 0
  for (const name of names) if (name === wanted[found]) found++
  return found === wanted.length
}

// The prefix of a parent may be anything that a router takes.
const reservedNames = (prefix: string): readonly string[] =>
  namesOf(segmentsOf(decodedFully(prefix) ?? fold(prefix)))

/**
 * Whether no proxy and no router on the way can take a path for one of the reserved: whatever they decode, resolve, strip
 * and merge, and however often. Each does some of it, in an order of its own, so the order must not matter.
 */
function leadsPast(pathname: string, reserved: readonly string[]): boolean {
  const path = decodedFully(pathname)
  if (path === undefined || UNCLEAR.test(path)) return false
  const segments = segmentsOf(path)
  // The URL parser has resolved those that are meant: these are hidden from it.
  if (segments.some((segment) => DOT_SEGMENT.test(segment))) return false
  // A slash within the parameters of a segment belongs to them or ends them: which names are left, nobody knows.
  const isAmbiguous = path.includes(';') && pathname.includes('%')
  const reaches = isAmbiguous ? contains : beginsWith
  const names = namesOf(segments)
  return !reserved.some((prefix) => reaches(names, reservedNames(prefix)))
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

const isAllowed = (pathname: string, reserved: readonly string[]): boolean =>
  PLAIN.test(pathname)
    ? !reserved.some((prefix) => isUnder(pathname.toLowerCase(), prefix.toLowerCase()))
    : leadsPast(pathname, reserved)

/**
 * The path on this site that a `returnTo` names, as the URL parser of browsers reads it, or undefined where it names
 * anything else: another origin in any spelling, or a route of the gate itself (a login that led to `/auth/logout`), in any
 * spelling that a proxy in front turns into one.
 * @see WHATWG URL Standard, section 4.4
 */
export function parseReturnTo(value: unknown, reserved: readonly string[]): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > MAX_LENGTH) return undefined
  if (!URL.canParse(value, THIS_SITE)) return undefined
  const { origin, pathname, search } = new URL(value, THIS_SITE)
  if (origin !== THIS_SITE || pathname.startsWith('//')) return undefined
  const target = pathname + search
  return target.length <= MAX_LENGTH && isAllowed(pathname, reserved) ? target : undefined
}
