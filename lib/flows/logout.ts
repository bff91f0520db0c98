import { about } from '../events.ts'
import type { Gate } from '../gate/gate.ts'
import { isCrossOrigin, isSameOriginFetchSite } from '../http/cross-origin.ts'
import { readFields } from '../http/form.ts'
import { isNavigation, isPrefetch } from '../http/navigation.ts'
import type { Outcome } from '../http/outcome.ts'
import { locationFrom, withQuery } from '../http/relative-reference.ts'
import { header, type RequestLike } from '../http/request.ts'
import { type HttpResponse, redirect } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { pageResponse } from '../pages/page.ts'
import { loggedOutPage, logOutPage } from '../pages/small-pages.ts'
import { bearerToken } from '../session/authenticator.ts'
import { refuseCrossOrigin } from './deny-access.ts'

/** The logout route's two methods, and where they lead. */
export interface LogoutFlow {
  get(request: RequestLike): Promise<Outcome>
  post(request: RequestLike, body: unknown): Promise<Outcome>
  loggedOut(request: RequestLike): HttpResponse
}

// A person followed a link of this site or typed the address. An image, a frame, another site's link or a prefetch did not.
function isDeliberate(request: RequestLike): boolean {
  return (
    isNavigation(request) &&
    header(request, 'sec-fetch-dest') === 'document' &&
    isSameOriginFetchSite(header(request, 'sec-fetch-site')) &&
    !isPrefetch(request)
  )
}

export function logoutFlow(gate: Gate): LogoutFlow {
  const { settings, paths, sessions, cookies, loginLoop } = gate

  // Who leaves in order to sign in as somebody else goes there at once.
  function destinationOf(request: RequestLike, returnTo: string | undefined): string {
    if (returnTo === undefined) return locationFrom(request.url, paths.afterLogout)
    return withQuery(locationFrom(request.url, paths.login), 'returnTo', returnTo)
  }

  async function logOut(request: RequestLike, returnTo?: string): Promise<HttpResponse> {
    const bearer = bearerToken(request.headers.authorization)
    const tokens = bearer === undefined ? cookies.read(request) : [...cookies.read(request), bearer]
    const ended = tokens.flatMap((token) => sessions.claimsOf(token) ?? [])
    for (const { sid } of ended) loginLoop.markUsed(sid)
    await Promise.all(ended.map(({ sid }) => sessions.end(sid, { ...about(request), reason: 'logout' })))
    gate.emit('logout', { username: ended[0]?.sub, ...about(request), reason: 'asked' })
    return redirect(destinationOf(request, returnTo), [
      cookies.clearSession(request),
      cookies.setLoggedOut(request),
    ])
  }

  return {
    async get(request) {
      if (isDeliberate(request)) return logOut(request)
      const { logout, afterLogin } = paths
      return pageResponse(
        gate.pages,
        200,
        logOutPage(gate.pages, { url: request.url, logout, back: afterLogin }),
      )
    },
    async post(request, body) {
      if (!isCrossOrigin(request, settings.trustedOrigins))
        return logOut(request, parseReturnTo(readFields(body).get('returnTo'), paths.reserved))
      return refuseCrossOrigin(gate, request)
    },
    loggedOut: (request) =>
      pageResponse(gate.pages, 200, loggedOutPage(gate.pages, { url: request.url, login: paths.login })),
  }
}
