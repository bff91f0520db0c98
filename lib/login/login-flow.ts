import {
  type BusyError,
  CrossOriginError,
  InvalidCredentialsError,
  ThrottledError,
  UnauthenticatedError,
} from '../errors.ts'
import { about } from '../events.ts'
import type { Gate } from '../gate.ts'
import { type Answer, NO_STORE, seeOther } from '../http/answer.ts'
import { isCrossOrigin, isOwnFetchSite } from '../http/cross-origin.ts'
import { isNavigation, wantsPage } from '../http/navigation.ts'
import { isNotNow, type Outcome, refusal, retryAfter } from '../http/outcome.ts'
import { locationFrom } from '../http/relative-reference.ts'
import { countHeader, header, type RequestLike } from '../http/request.ts'
import { pageAnswer } from '../pages/page.ts'
import { signInPage } from '../pages/sign-in.ts'
import { cookieProblemPage } from '../pages/small-pages.ts'
import { fill } from '../pages/texts.ts'
import type { IssuedToken } from '../session/sessions.ts'
import { type Credentials, isBasic, parseBasicCredentials, readCredentials } from './basic-credentials.ts'
import { parseForm } from './form.ts'
import { parseReturnTo } from './return-to.ts'

/** The body of a login's and a token's answer. @see RFC 6749, section 5.1 */
export const tokenBody = ({ token, expiresInSeconds, scope }: IssuedToken) => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: expiresInSeconds,
  scope,
})

/** What somebody brings to the login route. */
interface Visit {
  readonly request: RequestLike
  readonly returnTo: string | undefined
}

/** The login route's two methods. */
export interface LoginFlow {
  get(request: RequestLike, query: unknown): Promise<Outcome>
  post(request: RequestLike, body: unknown): Promise<Outcome>
}

export function loginFlow(gate: Gate): LoginFlow {
  const { settings, paths, sessions, cookies, circle, challenges } = gate
  const { texts } = gate.pages
  const isBasicMode = settings.login.mode === 'basic'

  const visitOf = (request: RequestLike, returnTo: unknown): Visit => ({
    request,
    returnTo: parseReturnTo(returnTo, paths.reserved),
  })

  const destinationOf = ({ request, returnTo }: Visit): string =>
    locationFrom(request.url, returnTo ?? paths.afterLogin)

  const signIn = ({ request, returnTo }: Visit, problem?: string, username?: string): string =>
    signInPage(gate.pages, {
      action: locationFrom(request.url, paths.login),
      returnTo,
      problem,
      username,
    })

  // A browser opens its dialog for Basic only: never over a fetch, nor over the sign-in page's own form.
  function challengeFor(request: RequestLike): string {
    const wantsDialog = wantsPage(request)
      ? isBasicMode && isNavigation(request)
      : header(request, 'sec-fetch-mode') === undefined
    return wantsDialog ? challenges.basic : challenges.bearer.missing
  }

  function unauthorized(visit: Visit, failed: boolean, username?: string): Outcome {
    const { request } = visit
    const challenge = { 'www-authenticate': challengeFor(request) }
    const problem = failed ? texts.wrongCredentials : undefined
    if (wantsPage(request)) return pageAnswer(gate.pages, 401, signIn(visit, problem, username), challenge)
    return refusal(failed ? new InvalidCredentialsError() : new UnauthenticatedError(), challenge)
  }

  // Whether the browser's cached credentials must not log in by themselves: its session is over.
  async function isAfterSession(request: RequestLike): Promise<boolean> {
    if (cookies.isMarked(request)) return true
    const standings = await Promise.all(cookies.read(request).map((token) => sessions.judge(token, 'cookie')))
    return standings.some(({ state }) => state === 'over') && !standings.some(({ state }) => state === 'good')
  }

  const forgetPast = (request: RequestLike): readonly string[] => [
    cookies.clear(request),
    cookies.unmark(request),
  ]

  // The realm is the one of the cached credentials: on this answer the browser drops them and asks.
  const askOnce = (visit: Visit): Answer => ({
    ...pageAnswer(gate.pages, 401, signIn(visit), { 'www-authenticate': challenges.basic }),
    cookies: forgetPast(visit.request),
  })

  async function endCarriedSessions(request: RequestLike): Promise<void> {
    const ids = cookies.read(request).flatMap((token) => sessions.claimsOf(token)?.sid ?? [])
    for (const id of ids) circle.used(id)
    await Promise.all(ids.map((id) => sessions.end(id, { ...about(request), reason: 'new_login' })))
  }

  function welcome(visit: Visit, username: string, issued: IssuedToken): Answer {
    const { request } = visit
    const cookie = cookies.carry(issued.token, request)
    const set = cookies.isMarked(request) ? [cookie, cookies.unmark(request)] : [cookie]
    if (!wantsPage(request)) return { status: 200, headers: NO_STORE, cookies: set, body: tokenBody(issued) }
    if (!circle.closes(username, request.ip, issued.session.id)) return seeOther(destinationOf(visit), set)
    const name = cookie.slice(0, cookie.indexOf('='))
    return {
      ...pageAnswer(gate.pages, 200, cookieProblemPage(gate.pages, name, destinationOf(visit))),
      cookies: set,
    }
  }

  async function enter(visit: Visit, credentials: Credentials | null): Promise<Outcome> {
    const { request } = visit
    if (!credentials) gate.emit('login_failed', { ...about(request), reason: 'malformed_credentials' })
    const account = credentials && (await gate.attempt(credentials, request))
    if (!account) return unauthorized(visit, true, credentials?.username)
    await endCarriedSessions(request)
    const issued = await sessions.open(account)
    const reason = request.method === 'POST' ? 'form' : 'basic'
    gate.emit('login', { username: account.username, ...about(request), reason })
    return welcome(visit, account.username, issued)
  }

  // A person gets the sign-in page with what to do, a program the error; the password was not even looked at.
  function notNow(visit: Visit, error: ThrottledError | BusyError, username: string | undefined): Outcome {
    const headers = retryAfter(error)
    if (!wantsPage(visit.request)) return refusal(error, headers)
    const minutes = String(Math.ceil(error.retryAfterSeconds / 60))
    const problem = error instanceof ThrottledError ? fill(texts.throttled, { minutes }) : texts.busy
    return pageAnswer(gate.pages, error.statusCode as number, signIn(visit, problem, username), headers)
  }

  async function tryToEnter(visit: Visit, credentials: Credentials | null): Promise<Outcome> {
    try {
      return await enter(visit, credentials)
    } catch (error) {
      if (!isNotNow(error)) throw error
      return notNow(visit, error, credentials?.username)
    }
  }

  async function arriveWithout(visit: Visit, isNavigating: boolean): Promise<Outcome> {
    const { request } = visit
    if (!isNavigating) return unauthorized(visit, false)
    const verdict = await gate.authenticate(request)
    if (verdict.user) {
      circle.used(verdict.user.sessionId as string)
      return seeOther(destinationOf(visit), verdict.cookie === undefined ? [] : [verdict.cookie])
    }
    if (isBasicMode) return unauthorized(visit, false)
    return {
      ...pageAnswer(gate.pages, 200, signIn(visit)),
      cookies: cookies.isMarked(request) ? forgetPast(request) : [],
    }
  }

  function denied(request: RequestLike): Outcome {
    gate.emit('denied', { ...about(request), reason: 'cross_origin' })
    return refusal(new CrossOriginError())
  }

  function soleCredentials(request: RequestLike, authorization: string): Credentials | null {
    return countHeader(request, 'authorization') === 1 ? parseBasicCredentials(authorization) : null
  }

  return {
    async get(request, query) {
      const isNavigating = isNavigation(request)
      const site = header(request, 'sec-fetch-site')
      if (!isNavigating && site !== undefined && !isOwnFetchSite(site)) return denied(request)
      const visit = visitOf(request, (query as { returnTo?: unknown }).returnTo)
      const { authorization } = request.headers
      const isWithBasic = isBasic(authorization)
      const isAsked = isNavigating && (isBasicMode || isWithBasic)
      if (isAsked && (await isAfterSession(request))) return askOnce(visit)
      if (isWithBasic) return tryToEnter(visit, soleCredentials(request, authorization))
      return arriveWithout(visit, isNavigating)
    },
    async post(request, body) {
      if (isCrossOrigin(request, settings.trustedOrigins)) return denied(request)
      const form = parseForm(body) ?? new Map<string, string>()
      const credentials = readCredentials(form.get('username'), form.get('password'))
      return tryToEnter(visitOf(request, form.get('returnTo')), credentials)
    },
  }
}
