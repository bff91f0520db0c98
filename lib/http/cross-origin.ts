import { header, isSafeMethod, type RequestLike } from './request.ts'

/** The request's own page, or the user themselves (address bar, bookmark), caused it. */
export function isOwnFetchSite(site: string | undefined): boolean {
  return site === 'same-origin' || site === 'none'
}

// The port of a Host header may be left out or written out; the scheme of the origin says which is the default.
function namesHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  const own = `${protocol}//${host}`
  return URL.canParse(own) && originHost !== '' && new URL(own).host === originHost
}

/**
 * Whether a request that spends the cookie may do so. Safe methods pass; then `Sec-Fetch-Site` decides, without it
 * `Origin`, and a client that sends neither is no browser.
 * @see Fetch Metadata Request Headers, section 2.4; RFC 6454, section 7
 */
export function isCrossOrigin(request: RequestLike, trustedOrigins: ReadonlySet<string>): boolean {
  if (isSafeMethod(request.method)) return false
  const site = header(request, 'sec-fetch-site')
  const origin = header(request, 'origin')
  if (site !== undefined) return !isOwnFetchSite(site) && !trustedOrigins.has(origin ?? '')
  if (origin === undefined) return false
  return !namesHost(origin, request.host) && !trustedOrigins.has(origin)
}
