import { header, isSafeMethod, type RequestLike } from './request.ts'

/** The request's own page, or the user themselves (address bar, bookmark), caused it. */
export function isSameOriginFetchSite(site: string | undefined): boolean {
  return site === 'same-origin' || site === 'none'
}

// The port of a Host header may be left out or written out; the scheme of the origin says which is the default.
// What came over https was not sent by a page of http; the other way round there may be a proxy that ends https.
function isOwnOrigin(origin: string, request: RequestLike): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  if (request.protocol === 'https' && protocol === 'http:') return false
  const own = `${protocol}//${request.host}`
  return URL.canParse(own) && originHost !== '' && new URL(own).host === originHost
}

/** Whether another site led here. Where browsers say nothing of that, as on plain http, their Referer does. */
export function isFromAnotherSite(request: RequestLike): boolean {
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined) return site === 'cross-site'
  const referer = header(request, 'referer')
  return referer !== undefined && !isOwnOrigin(referer, request)
}

// A browser opens a WebSocket to any site, with the cookie and without asking. Its handshake is a GET (RFC 6455, section
// 4.1), or over HTTP/2 a CONNECT (RFC 8441, section 4).
function opensWebSocket({ headers }: RequestLike): boolean {
  const { upgrade } = headers
  return (
    headers['sec-fetch-mode'] === 'websocket' || (upgrade !== undefined && /\bwebsocket\b/i.test(upgrade))
  )
}

/**
 * Whether a request that would be judged by its cookie comes from a page that may not use it. Safe
 * methods pass, except the handshake of a WebSocket. Then `Sec-Fetch-Site` decides, or `Origin` where that is missing; a
 * client that sends neither is not a browser.
 * @see Fetch Metadata Request Headers, section 2.4; RFC 6454, section 7
 */
export function isCrossOrigin(request: RequestLike, trustedOrigins: ReadonlySet<string>): boolean {
  if (isSafeMethod(request.method) && !opensWebSocket(request)) return false
  const site = header(request, 'sec-fetch-site')
  const origin = header(request, 'origin')
  if (site !== undefined) return !isSameOriginFetchSite(site) && !trustedOrigins.has(origin ?? '')
  if (origin === undefined) return false
  return !isOwnOrigin(origin, request) && !trustedOrigins.has(origin)
}
