import { pathOf } from './request.ts'

/**
 * A path of this site as a relative reference from the path of the request, so that no setting is needed behind a proxy
 * that strips a prefix. It always begins with a dot segment, so it cannot be read as a scheme or as `//host`.
 * @see RFC 3986, sections 4.2 and 5.2
 */
export function relativeReference(requestTarget: string, path: string): string {
  const depth = pathOf(requestTarget).split('/').length - 2
  return `${depth > 0 ? Array(depth).fill('..').join('/') : '.'}${path}`
}

/** The `Location` of a redirect: a path of this site becomes relative, a URL of another site stays the same. */
export function locationFrom(requestTarget: string, pathOrUrl: string): string {
  return pathOrUrl.startsWith('/') ? relativeReference(requestTarget, pathOrUrl) : pathOrUrl
}

/** Adds a query parameter to a location, before its fragment. */
export function withQuery(location: string, name: string, value: string | undefined): string {
  if (value === undefined) return location
  const end = location.indexOf('#')
  const [target, fragment] = end === -1 ? [location, ''] : [location.slice(0, end), location.slice(end)]
  return `${target}${target.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}${fragment}`
}
