import { pathOf } from './request.ts'

/**
 * A path of this site as a relative reference from the request's own path, so that a proxy which strips a path prefix
 * needs no setting. Always begins with a dot segment: never a scheme, never `//host`.
 * @see RFC 3986, sections 4.2 and 5.2
 */
export function relativeReference(requestTarget: string, path: string): string {
  const depth = pathOf(requestTarget).split('/').length - 2
  return `${depth > 0 ? Array(depth).fill('..').join('/') : '.'}${path}`
}

/** Where a redirect leads: a path of this site relatively, a URL of another site as it is. */
export function locationFrom(requestTarget: string, pathOrUrl: string): string {
  return pathOrUrl.startsWith('/') ? relativeReference(requestTarget, pathOrUrl) : pathOrUrl
}

/** The location with one more query parameter, which goes before a fragment. */
export function withQuery(location: string, name: string, value: string | undefined): string {
  if (value === undefined) return location
  const end = location.indexOf('#')
  const [target, fragment] = end === -1 ? [location, ''] : [location.slice(0, end), location.slice(end)]
  return `${target}${target.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}${fragment}`
}
