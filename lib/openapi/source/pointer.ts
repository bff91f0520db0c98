import { escaped, tokenFrom } from '../pointer.ts'

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
