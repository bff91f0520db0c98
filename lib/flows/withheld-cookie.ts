import type { Gate } from '../gate/gate.ts'
import { isFromAnotherSite } from '../http/cross-origin.ts'
import { withQuery } from '../http/relative-reference.ts'
import type { RequestLike } from '../http/request.ts'

// Of the login's URL. Whatever a link writes there by itself, it is judged by the cookie, only one page sooner.
const RELOADED = 'reloaded'
const RETURN = 'return'

/** What the query of a login says of a navigation that another site began. */
export interface Reload {
  /** Whether it comes from our own page: what has no cookie now has none. */
  readonly isDone: boolean
  /** Whether the guard of `returnTo` decides, which sends browsers elsewhere than to the login. */
  readonly isForGuard: boolean
}

export function reloadIn(query: unknown): Reload {
  const parameters = Object(query) as Record<string, unknown>
  return { isDone: parameters[RELOADED] !== undefined, isForGuard: parameters[RETURN] !== undefined }
}

/** The login's URL, to be sent back from there to the guard. */
export const forGuard = (login: string): string => withQuery(login, RETURN, '')

/** The login's URL for our own page to lead to. */
export function reloaded(login: string, { isForGuard }: Reload): string {
  return withQuery(isForGuard ? forGuard(login) : login, RELOADED, '')
}

/**
 * Whether the browser may have kept our cookie back: `SameSite=Strict`, and another site's link. Redirects do not change
 * that; a navigation that a page of this site begins does.
 * @see RFC 6265bis, section 5.2
 */
export function isCookieWithheld({ settings, cookies }: Gate, request: RequestLike): boolean {
  const { sameSite } = settings.session.cookie
  return sameSite === 'strict' && isFromAnotherSite(request) && cookies.read(request).length === 0
}
