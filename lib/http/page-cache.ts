import { isNavigation } from './navigation.ts'
import { header, type RequestLike } from './request.ts'

// WebKit's own version: Chromium says 537.36 for ever. Every browser on iOS is a WebKit.
const WEBKIT = /\bAppleWebKit\/(?!537\.36\b)/

/**
 * Whether the browser would bring the answer back after a logout: on plain http WebKit keeps pages that are `no-store`
 * for its Back button. Ours hide themselves; what is no page, JSON above all, has no script that could.
 */
export const isKeptForBack = (request: RequestLike): boolean =>
  request.protocol === 'http' && WEBKIT.test(header(request, 'user-agent') ?? '') && isNavigation(request)
