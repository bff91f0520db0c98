import Negotiator from 'negotiator'
import { header, type RequestLike } from './request.ts'

// In this order, `Accept: */*` means JSON: only who asks for HTML gets HTML.
const MEDIA_TYPES = ['application/json', 'text/html']
// What has none of it cannot rank HTML above JSON, and programs that are refused are not to cost a negotiation.
const SOME_TEXT = /text\//i

/** Whether `Accept` ranks text/html above application/json. */
export function prefersHtml(request: RequestLike): boolean {
  if (!SOME_TEXT.test(header(request, 'accept') ?? '')) return false
  return new Negotiator(request).mediaType(MEDIA_TYPES) === 'text/html'
}

/** Whether a person's browser loads this as a page: a form's POST included. */
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

// The name of the header before Fetch Metadata had one: of Chromium and WebKit.
const OLD_PURPOSE = /^(?:prefetch|prerender|preview)\b/i

/**
 * Whether a browser fetches or renders this ahead, for somebody who may never go there.
 * @see HTML Standard, section 7.4.6 (Speculative loading), the `Sec-Purpose` header
 */
export function isPrefetch(request: RequestLike): boolean {
  return request.headers['sec-purpose'] !== undefined || OLD_PURPOSE.test(header(request, 'purpose') ?? '')
}
