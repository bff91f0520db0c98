import { header, isSafeMethod, type RequestLike } from './request.ts'

/** Whether the request was caused by a page of this origin, or by the user directly (address bar, bookmark). */
export function isSameOriginFetchSite(site: string | undefined): boolean {
  return site === 'same-origin' || site === 'none'
}

// The Host header may omit the default port, which depends on the scheme of the origin. An http page is never the
// origin of an https request. An https page can be the origin of an http request, if a proxy in between terminates TLS.
function isSameOrigin(origin: string, request: RequestLike): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  if (request.protocol === 'https' && protocol === 'http:') return false
  const requestOrigin = `${protocol}//${request.host}`
  return URL.canParse(requestOrigin) && originHost !== '' && new URL(requestOrigin).host === originHost
}

/** Whether a link or form of another site led here. Without `Sec-Fetch-Site`, as on plain http, `Referer` decides. */
export function isFromAnotherSite(request: RequestLike): boolean {
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined) return site === 'cross-site'
  const referer = header(request, 'referer')
  return referer !== undefined && !isSameOrigin(referer, request)
}

// Browsers let every page open a WebSocket to any site, and send the cookie without a preflight. The handshake is a GET
// (RFC 6455, section 4.1), or over HTTP/2 a CONNECT (RFC 8441, section 4).
function opensWebSocket({ headers }: RequestLike): boolean {
  const { upgrade } = headers
  return (
    headers['sec-fetch-mode'] === 'websocket' || (upgrade !== undefined && /\bwebsocket\b/i.test(upgrade))
  )
}

/**
 * Whether a request with a cookie was sent by a page of another origin that is not trusted. Safe methods are allowed,
 * except the handshake of a WebSocket. For all others `Sec-Fetch-Site` decides, or `Origin` if that is missing. Clients
 * that send neither are not browsers.
 * @see Fetch Metadata Request Headers, section 2.4; RFC 6454, section 7
 */
export function isCrossOrigin(request: RequestLike, trustedOrigins: ReadonlySet<string>): boolean {
  if (isSafeMethod(request.method) && !opensWebSocket(request)) return false
  const site = header(request, 'sec-fetch-site')
  const origin = header(request, 'origin')
  if (site !== undefined) return !isSameOriginFetchSite(site) && !trustedOrigins.has(origin ?? '')
  if (origin === undefined) return false
  return !isSameOrigin(origin, request) && !trustedOrigins.has(origin)
}
