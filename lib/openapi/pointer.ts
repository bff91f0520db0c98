import { member } from './json.ts'

/** What a reference within a document leads to: the way there, and the value, undefined where there is none. */
export interface Location {
  readonly tokens: readonly string[]
  readonly value: unknown
}

/** What a reference token stands for. @see RFC 6901, section 4 */
const tokenFrom = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')
/** A key as a reference token. @see RFC 6901, section 3 */
export const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1')

/** What is no percent-encoding stays as it is: a % in a key, or in a password. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

// RFC 6901, section 6: percent-decoding comes first, so that %2F ends a token. Writers who encode each token by itself
// mean a slash in it: their reading goes first, and leads nowhere where it is not meant.
function readings(pointer: string): readonly (readonly string[])[] {
  const eachToken = pointer.split('/').map((token) => tokenFrom(percentDecoded(token)))
  if (!/%2f/i.test(pointer)) return [eachToken]
  return [eachToken, percentDecoded(pointer).split('/').map(tokenFrom)]
}

function valueAt(document: unknown, tokens: readonly string[]): unknown {
  let value = document
  for (const token of tokens) value = member(value, token)
  return value
}

/**
 * Follows a JSON pointer in the fragment of a reference: `#/components/schemas/Pet`.
 *
 * @returns undefined where the reference has no such fragment
 * @see RFC 6901, section 6
 */
export function locate(document: unknown, reference: string): Location | undefined {
  const start = reference.indexOf('#/')
  if (start === -1) return undefined
  const found = readings(reference.slice(start + 2)).map((tokens) => ({
    tokens,
    value: valueAt(document, tokens),
  }))
  return found.find(({ value }) => value !== undefined) ?? found[0]
}

/** The reference to a place within a document. */
export const referenceTo = (tokens: readonly string[]): string =>
  `#${tokens.map((token) => `/${encodeURI(escaped(token)).replaceAll('#', '%23')}`).join('')}`

/** A JSON pointer of keys. @see RFC 6901 */
export const pointerOf = (keys: readonly string[]): string => keys.map((key) => `/${escaped(key)}`).join('')

/** The keys of a pointer in a URL's fragment; undefined where it is none. @see RFC 6901, section 6 */
export function parsePointer(fragment: string): readonly string[] | undefined {
  let pointer: string
  try {
    pointer = decodeURIComponent(fragment)
  } catch {
    return undefined
  }
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer.slice(1).split('/').map(tokenFrom)
}
