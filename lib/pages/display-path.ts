const MAX_LENGTH = 60

// What looks like something else than it is, or like nothing: control and format characters, spaces.
const UNCLEAR = /[\p{C}\p{Z}]/u

function decoded(pathname: string): string {
  try {
    const path = decodeURI(pathname)
    return UNCLEAR.test(path) ? pathname : path
  } catch {
    return pathname
  }
}

/** A path of this site as people read it: without the query, decoded where that is clear, and not too long. */
export function displayPath(target: string): string {
  const path = decoded(target.split(/[?#]/, 1)[0] as string)
  const characters = [...path]
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : path
}
