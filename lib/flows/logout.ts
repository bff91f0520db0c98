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

// The user followed a link of this site or typed the address: no image, frame, prefetch or link of another site.
function isDeliberate(request: RequestLike): boolean {
  return (
    isNavigation(request) &&
    header(request, 'sec-fetch-dest') === 'document' &&
    isSameOriginFetchSite(header(request, 'sec-fetch-site')) &&
    !isPrefetch(request)
  )
}

// A user who logs out in order to sign in as another one goes to the login at once.
function destinationOf({ paths }: Gate, request: RequestLike, returnTo: string | undefined): string {
  if (returnTo === undefined) return locationFrom(request.url, paths.afterLogout)
  return withQuery(locationFrom(request.url, paths.login), 'returnTo', returnTo)
}

async function logOut(gate: Gate, request: RequestLike, returnTo?: string): Promise<HttpResponse> {
  const { sessions, cookies, loginLoop } = gate
  const bearer = bearerToken(request.headers.authorization)
  const tokens = bearer === undefined ? cookies.read(request) : [...cookies.read(request), bearer]
  const ended = tokens.flatMap((token) => sessions.claimsOf(token) ?? [])
  for (const { sid } of ended) loginLoop.markUsed(sid)
  await Promise.all(ended.map(({ sid }) => sessions.end(sid, { ...about(request), reason: 'logout' })))
  gate.emit('logout', { username: ended[0]?.sub, ...about(request), reason: 'asked' })
  return redirect(destinationOf(gate, request, returnTo), [
    cookies.clearSession(request),
    cookies.setLoggedOut(request),
  ])
}

/** `GET /logout`: logs out at once where the user asked for it; anything else gets a page with a button. */
export async function logOutOrAsk(gate: Gate, request: RequestLike): Promise<Outcome> {
  if (isDeliberate(request)) return logOut(gate, request)
  const { logout, afterLogin } = gate.paths
  const content = logOutPage(gate.pages, { url: request.url, logout, back: afterLogin })
  return pageResponse(gate.pages, 200, content)
}

/** `POST /logout`: the button of that page and of the documentation. */
export async function logOutByForm(gate: Gate, request: RequestLike, body: unknown): Promise<Outcome> {
  const { settings, paths } = gate
  if (isCrossOrigin(request, settings.trustedOrigins)) return refuseCrossOrigin(gate, request)
  return logOut(gate, request, parseReturnTo(readFields(body).get('returnTo'), paths.reserved))
}

/** `GET /logged-out`: the confirmation. */
export const loggedOutResponse = ({ pages, paths }: Gate, { url }: RequestLike): HttpResponse =>
  pageResponse(pages, 200, loggedOutPage(pages, { url, login: paths.login }))
