import { CrossOriginError } from '../errors.ts'
import { about } from '../events.ts'
import type { Gate } from '../gate.ts'
import { type Answer, seeOther } from '../http/answer.ts'
import { isCrossOrigin, isOwnFetchSite } from '../http/cross-origin.ts'
import { isNavigation } from '../http/navigation.ts'
import { type Outcome, refusal } from '../http/outcome.ts'
import { locationFrom } from '../http/relative-reference.ts'
import { header, type RequestLike } from '../http/request.ts'
import { pageAnswer } from '../pages/page.ts'
import { loggedOutPage, logOutPage } from '../pages/small-pages.ts'
import { bearerToken } from '../session/authenticator.ts'

/** The logout route's two methods, and where they lead. */
export interface LogoutFlow {
  get(request: RequestLike): Promise<Outcome>
  post(request: RequestLike): Promise<Outcome>
  loggedOut(request: RequestLike): Answer
}

// A person followed a link of this site or typed the address. An image, a frame, another site's link or a prefetch did not.
function isDeliberate(request: RequestLike): boolean {
  return (
    isNavigation(request) &&
    header(request, 'sec-fetch-dest') === 'document' &&
    isOwnFetchSite(header(request, 'sec-fetch-site')) &&
    request.headers['sec-purpose'] === undefined
  )
}

export function logoutFlow(gate: Gate): LogoutFlow {
  const { settings, paths, sessions, cookies, circle } = gate

  async function logOut(request: RequestLike): Promise<Answer> {
    const bearer = bearerToken(request.headers.authorization)
    const tokens = bearer === undefined ? cookies.read(request) : [...cookies.read(request), bearer]
    const ended = tokens.flatMap((token) => sessions.claimsOf(token) ?? [])
    for (const { sid } of ended) circle.used(sid)
    await Promise.all(ended.map(({ sid }) => sessions.end(sid, { ...about(request), reason: 'logout' })))
    gate.emit('logout', { username: ended[0]?.sub, ...about(request), reason: 'asked' })
    const marker = settings.login.mode === 'basic' ? [cookies.mark(request)] : []
    return seeOther(locationFrom(request.url, paths.afterLogout), [cookies.clear(request), ...marker])
  }

  return {
    async get(request) {
      if (isDeliberate(request)) return logOut(request)
      return pageAnswer(gate.pages, 200, logOutPage(gate.pages, locationFrom(request.url, paths.logout)))
    },
    async post(request) {
      if (!isCrossOrigin(request, settings.trustedOrigins)) return logOut(request)
      gate.emit('denied', { ...about(request), reason: 'cross_origin' })
      return refusal(new CrossOriginError())
    },
    loggedOut: (request) =>
      pageAnswer(gate.pages, 200, loggedOutPage(gate.pages, locationFrom(request.url, paths.login))),
  }
}
