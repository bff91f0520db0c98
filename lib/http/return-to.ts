import { randomUUID } from 'node:crypto'

const MAX_LENGTH = 2048
// The base URL for parsing. Random, so that no value can contain it.
const THIS_SITE = `http://${randomUUID()}.invalid`

// Most paths are plain and need none of the checks below.
const PLAIN = /^(?:\/[a-z0-9_-]+)*\/?$/i

// More often than any chain of proxies decodes a path.
const MAX_DECODINGS = 5
const MALFORMED_ESCAPE = /%(?![0-9a-f]{2})/i
const ESCAPES = /(?:%[0-9a-f]{2})+/gi
// Accents and invisible characters: some servers map `á` to `a`, and drop characters that show nothing.
const UNSEEN = /[\p{M}\p{Cf}]/gu
// Control characters, which a server may drop or take for the path's end, and an escape that only some servers know.
const UNCLEAR = /\p{Cc}|%u[0-9a-f]{4}/iu
// Servers that convert UTF-8 to a one-byte encoding map mathematical slashes to `/` and `\`.
const SLASH = /[/\\\u2044\u2215\u2216]/
const PARAMETERS_OR_QUERY = /[;?#]/
const DOT_SEGMENT = /^\.{1,2}$/
// The lookbehind avoids quadratic time on a long run of dots.
const TRAILING_DOTS = /(?<![. ])[. ]+$/

// Ignores case, as a router may do.
const fold = (path: string): string => path.toUpperCase().toLowerCase()

/** Decodes a path until nothing changes any more. Undefined if it is not UTF-8 or needs too many decodings. */
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
    // The escapes are not UTF-8.
  }
  return undefined
}

const segmentsOf = (path: string): readonly string[] =>
  path.split(SLASH).map((segment) => segment.split(PARAMETERS_OR_QUERY, 1)[0]?.trim() as string)

// Windows ignores dots at the end of a name, and many servers merge repeated slashes.
const namesOf = (segments: readonly string[]): readonly string[] =>
  segments.map((segment) => segment.replace(TRAILING_DOTS, '')).filter((name) => name !== '')

const beginsWith = (names: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((name, index) => names[index] === name)

function contains(names: readonly string[], wanted: readonly string[]): boolean {
  let found = 0
  for (const name of names) if (name === wanted[found]) found++
  return found === wanted.length
}

// A reserved path includes the prefix of the parent scope, which may be anything that a router accepts.
const reservedNames = (prefix: string): readonly string[] =>
  namesOf(segmentsOf(decodedFully(prefix) ?? fold(prefix)))

/**
 * Whether no proxy or router can turn a path into a reserved one. Each of them decodes, resolves, strips and merges
 * different parts in a different order, so the check must not depend on the order.
 */
function avoidsReserved(pathname: string, reserved: readonly string[]): boolean {
  const path = decodedFully(pathname)
  if (path === undefined || UNCLEAR.test(path)) return false
  const segments = segmentsOf(path)
  // The URL parser has resolved ordinary dot segments, so these were encoded to hide them.
  if (segments.some((segment) => DOT_SEGMENT.test(segment))) return false
  // An encoded slash after `;` may or may not end the parameters, so it is unclear which names the path has.
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
    : avoidsReserved(pathname, reserved)

/**
 * The path on this site that a `returnTo` means, read as browsers read URLs. Undefined if it leads to another origin,
 * or to a route of the gate itself (a login must not end at `/auth/logout`), in any spelling that a proxy may rewrite.
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
