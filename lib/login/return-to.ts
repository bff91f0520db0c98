import { randomUUID } from 'node:crypto'

const MAX_LENGTH = 2048
// Stands for this site while parsing. Random, so that no value can name it.
const THIS_SITE = `http://${randomUUID()}.invalid`

// What a router may take for the same path: percent-encoding, doubled slashes, another case, `;` parameters.
function routedPath(pathname: string): string | null {
  try {
    const path = decodeURIComponent(pathname)
      .replace(/\/{2,}/g, '/')
      .toLowerCase()
    return path.split(';', 1)[0] as string
  } catch {
    return null
  }
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

/**
 * The path on this site that a `returnTo` names, as the URL parser of browsers reads it, or undefined where it names
 * anything else: another origin in any spelling, or a route of the gate itself (a login that led to `/auth/logout`).
 * @see WHATWG URL Standard, section 4.4
 */
export function parseReturnTo(value: unknown, reserved: readonly string[]): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > MAX_LENGTH) return undefined
  if (!URL.canParse(value, THIS_SITE)) return undefined
  const { origin, pathname, search } = new URL(value, THIS_SITE)
  if (origin !== THIS_SITE || pathname.startsWith('//')) return undefined
  const path = routedPath(pathname)
  if (path === null || reserved.some((prefix) => isUnder(path, prefix.toLowerCase()))) return undefined
  const target = pathname + search
  return target.length > MAX_LENGTH ? undefined : target
}
