import type { Gate } from '../gate/gate.ts'
import { type Credentials, isBasic, parseBasicCredentials } from '../http/basic-credentials.ts'
import { isFromAnotherSite, isSameOriginFetchSite } from '../http/cross-origin.ts'
import { isNavigation, isPrefetch } from '../http/navigation.ts'
import type { Outcome } from '../http/outcome.ts'
import { locationFrom, withQuery } from '../http/relative-reference.ts'
import { countHeader, header, type RequestLike } from '../http/request.ts'
import { type HttpResponse, NO_STORE } from '../http/response.ts'
import { pageResponse } from '../pages/page.ts'
import { reloadPage } from '../pages/small-pages.ts'
import { refuseCrossOrigin } from './deny-access.ts'
import {
  askForCredentials,
  type LoginRequest,
  logIn,
  loginRequest,
  redirectOn,
  returnToIn,
  signInContent,
} from './login.ts'
import { isCookieWithheld, type Reload, reloaded, reloadIn } from './withheld-cookie.ts'

/** How the previous session of a browser ended, as far as its cookies show. */
type SessionEnd = 'signedOut' | 'sessionEnded'

// No challenge: a 401 would make a browser drop the credentials that it has cached. With an error's status a browser
// discards what it has prefetched, and asks again when the user goes there.
const REFUSED_PREFETCH: HttpResponse = { status: 403, headers: NO_STORE }

function soleCredentials(request: RequestLike, authorization: string): Credentials | null {
  return countHeader(request, 'authorization') === 1 ? parseBasicCredentials(authorization) : null
}

// Undefined where there was no session, or where one is still valid.
async function previousSessionEnd(
  { cookies, sessions }: Gate,
  request: RequestLike,
): Promise<SessionEnd | undefined> {
  if (cookies.isLoggedOut(request)) return 'signedOut'
  const verified = cookies.read(request).map((token) => sessions.verify(token, 'cookie'))
  const states = (await Promise.all(verified)).map(({ state }) => state)
  return states.includes('ended') && !states.includes('valid') ? 'sessionEnded' : undefined
}

/** The Set-Cookie values that delete every trace of the previous session. */
const clearTraces = ({ cookies }: Gate, request: RequestLike): readonly string[] => [
  cookies.clearSession(request),
  cookies.clearLoggedOut(request),
]

// The mark of a logout is shown once. The cookie of an ended session stays until the next login replaces it.
async function showForm(gate: Gate, login: LoginRequest): Promise<Outcome> {
  const ending = await previousSessionEnd(gate, login.request)
  const notice = ending && gate.pages.texts[ending]
  const page = pageResponse(gate.pages, 200, signInContent(gate, login, { notice }))
  return ending === 'signedOut' ? { ...page, cookies: clearTraces(gate, login.request) } : page
}

// One 401 after the end of a session: the browser drops the credentials that it has cached, and asks the user. It drops
// them only if the realm is the one that it has cached them for.
function challengeOnce(gate: Gate, login: LoginRequest, ending: SessionEnd): Outcome {
  const content = signInContent(gate, login, { notice: gate.pages.texts[ending] })
  const page = pageResponse(gate.pages, 401, content, { 'www-authenticate': gate.challenges.basic })
  return { ...page, cookies: clearTraces(gate, login.request) }
}

async function continueSessionOrAsk(gate: Gate, login: LoginRequest): Promise<Outcome> {
  const result = await gate.authenticate(login.request)
  if (result.user) {
    gate.loginLoop.markUsed(result.user.sessionId as string)
    return redirectOn(gate, login, result.cookie === undefined ? [] : [result.cookie])
  }
  return gate.settings.login.mode === 'basic' ? askForCredentials(gate, login) : showForm(gate, login)
}

// The credentials that a browser has cached must not log in by themselves once its session has ended.
async function challengeOnceOrLogIn(gate: Gate, login: LoginRequest): Promise<Outcome> {
  const { request } = login
  const { authorization } = request.headers
  const hasBasic = isBasic(authorization)
  const mayHaveCached = hasBasic || gate.settings.login.mode === 'basic'
  const ending = mayHaveCached ? await previousSessionEnd(gate, request) : undefined
  if (ending) return challengeOnce(gate, login, ending)
  if (hasBasic) return logIn(gate, login, soleCredentials(request, authorization))
  return continueSessionOrAsk(gate, login)
}

// From another site's link, a browser withholds a `SameSite=Strict` cookie. A page of this site then loads the same URL
// again, with the cookie; only that request is decided on.
async function answerNavigation(gate: Gate, login: LoginRequest, reload: Reload): Promise<Outcome> {
  const { request, returnTo } = login
  if (!reload.isDone && isCookieWithheld(gate, request)) return answerReload(gate, login, reload)
  const isForGuard = reload.isDone && reload.isForGuard && !isFromAnotherSite(request)
  return isForGuard && returnTo !== undefined
    ? redirectOn(gate, login, [])
    : challengeOnceOrLogIn(gate, login)
}

function answerReload({ pages, paths }: Gate, { request, returnTo }: LoginRequest, reload: Reload): Outcome {
  const loginUrl = withQuery(locationFrom(request.url, paths.login), 'returnTo', returnTo)
  return pageResponse(pages, 200, reloadPage(pages, request.url, reloaded(loginUrl, reload)))
}

// The user may never come here. So no session begins or ends, and the one 401 after a logout is kept for their visit.
async function answerPrefetch(gate: Gate, login: LoginRequest): Promise<Outcome> {
  const { user } = await gate.authenticate(login.request)
  return user && isNavigation(login.request) ? redirectOn(gate, login, []) : REFUSED_PREFETCH
}

/** `GET /login`: logs in by Basic, or shows a browser how to sign in. */
export async function answerLogin(gate: Gate, request: RequestLike, query: unknown): Promise<Outcome> {
  const login = loginRequest(gate, request, returnToIn(query))
  if (isPrefetch(request)) return answerPrefetch(gate, login)
  if (isNavigation(request)) return answerNavigation(gate, login, reloadIn(query))
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined && !isSameOriginFetchSite(site)) return refuseCrossOrigin(gate, request)
  const { authorization } = request.headers
  if (!isBasic(authorization)) return askForCredentials(gate, login)
  return logIn(gate, login, soleCredentials(request, authorization))
}
