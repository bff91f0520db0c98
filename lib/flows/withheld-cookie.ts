import type { Gate } from '../gate/gate.ts'
import { isFromAnotherSite } from '../http/cross-origin.ts'
import { withQuery } from '../http/relative-reference.ts'
import type { RequestLike } from '../http/request.ts'

// Parameters of the login's URL. A link may write them too: it then skips the page that reloads, and nothing else.
const RELOADED = 'reloaded'
const RETURN = 'return'

/** What the login's URL says of a navigation that began on another site. */
export interface Reload {
  /** Whether the gate's page has loaded this URL again. If there is no cookie now, the browser has none. */
  readonly isDone: boolean
  /** Whether to go back to `returnTo`, whose guard redirects refused browsers elsewhere than to the login. */
  readonly isForGuard: boolean
}

export function reloadIn(query: unknown): Reload {
  const parameters = Object(query) as Record<string, unknown>
  return { isDone: parameters[RELOADED] !== undefined, isForGuard: parameters[RETURN] !== undefined }
}

/** The login's URL for a browser that is to go back to the guard of `returnTo`. */
export const forGuard = (login: string): string => withQuery(login, RETURN, '')

/** The login's URL that the gate's page loads again. */
export function reloaded(login: string, { isForGuard }: Reload): string {
  return withQuery(isForGuard ? forGuard(login) : login, RELOADED, '')
}

/**
 * Whether the browser may have withheld the cookie, because it is `SameSite=Strict` and another site's link led here. It
 * stays withheld through redirects, until a page of this site begins a navigation.
 * @see RFC 6265bis, section 5.2
 */
export function isCookieWithheld({ settings, cookies }: Gate, request: RequestLike): boolean {
  const { sameSite } = settings.session.cookie
  return sameSite === 'strict' && isFromAnotherSite(request) && cookies.read(request).length === 0
}
