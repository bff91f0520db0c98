const MAX_LENGTH = 60

// Control and format characters and spaces: invisible, or able to make a path look like another one.
const UNCLEAR = /[\p{C}\p{Z}]/u

function decoded(pathname: string): string {
  try {
    const path = decodeURI(pathname)
    return UNCLEAR.test(path) ? pathname : path
  } catch {
    return pathname
  }
}

/** A path of this site for people to read: without its query, decoded unless that is unclear, and cut if it is long. */
export function displayPath(target: string): string {
  const path = decoded(target.split(/[?#]/, 1)[0] as string)
  const characters = [...path]
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : path
}
