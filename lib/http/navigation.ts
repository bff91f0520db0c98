import Negotiator from 'negotiator'
import { header, type RequestLike } from './request.ts'

// JSON is first, so that a client with `Accept: */*` gets JSON. Only clients that prefer HTML get HTML.
const MEDIA_TYPES = ['application/json', 'text/html']
// An `Accept` header without `text/` cannot rank HTML first. The check saves refused programs a negotiation.
const SOME_TEXT = /text\//i

/** Whether `Accept` ranks text/html above application/json. */
export function prefersHtml(request: RequestLike): boolean {
  if (!SOME_TEXT.test(header(request, 'accept') ?? '')) return false
  return new Negotiator(request).mediaType(MEDIA_TYPES) === 'text/html'
}

/** Whether a browser loads this as a page, by a form's POST too. */
export function wantsPage(request: RequestLike): boolean {
  const mode = header(request, 'sec-fetch-mode')
  return (mode === undefined || mode === 'navigate') && prefersHtml(request)
}

/**
 * Whether this is a browser's navigation: GET or HEAD, HTML preferred, and `Sec-Fetch-Mode`, if sent, `navigate`.
 * @see Fetch Metadata Request Headers, section 2.2
 */
export function isNavigation(request: RequestLike): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && wantsPage(request)
}

// The older `Purpose` header of Chromium and WebKit.
const OLD_PURPOSE = /^(?:prefetch|prerender|preview)\b/i

/**
 * Whether a browser prefetches or prerenders this page, which the user may never open.
 * @see HTML Standard, section 7.4.6 (Speculative loading), the `Sec-Purpose` header
 */
export function isPrefetch(request: RequestLike): boolean {
  return request.headers['sec-purpose'] !== undefined || OLD_PURPOSE.test(header(request, 'purpose') ?? '')
}

// Chromium claims AppleWebKit/537.36 for ever, WebKit has other versions. Every browser on iOS is a WebKit.
const WEBKIT = /\bAppleWebKit\/(?!537\.36\b)/

/**
 * Whether the Back button would show this response again after a logout: on plain http WebKit keeps even `no-store`
 * pages. The gate's own pages have a script that hides them; other responses, such as JSON, cannot hide themselves.
 */
export const isKeptForBack = (request: RequestLike): boolean =>
  request.protocol === 'http' && WEBKIT.test(header(request, 'user-agent') ?? '') && isNavigation(request)
