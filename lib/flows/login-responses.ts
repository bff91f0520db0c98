import {
  type BusyError,
  InvalidCredentialsError,
  OversizedAccountError,
  ThrottledError,
  UnauthenticatedError,
} from '../errors.ts'
import type { Gate } from '../gate/gate.ts'
import { isNavigation, wantsPage } from '../http/navigation.ts'
import { type Outcome, refusal, retryAfter } from '../http/outcome.ts'
import { locationFrom, withQuery } from '../http/relative-reference.ts'
import { header, type RequestLike } from '../http/request.ts'
import { type HttpResponse, NO_STORE, redirect } from '../http/response.ts'
import { pageResponse } from '../pages/page.ts'
import { type SignIn, signInPage } from '../pages/sign-in.ts'
import { cookieProblemPage, reloadPage } from '../pages/small-pages.ts'
import type { IssuedToken } from '../session/sessions.ts'
import type { SessionEnd } from './previous-session.ts'
import { tokenBody } from './token.ts'
import { type Reload, reloaded } from './withheld-cookie.ts'

/** What somebody brings to the login route. */
export interface LoginRequest {
  readonly request: RequestLike
  readonly returnTo: string | undefined
}

/** What the login route answers: pages to people, JSON and errors to programs. */
export interface LoginResponses {
  /** The sign-in page of form mode. */
  form(visit: LoginRequest, ending: SessionEnd | undefined): HttpResponse
  /** The one 401 after a session: the browser drops the credentials that it has cached, and asks. */
  challengeOnce(visit: LoginRequest, ending: SessionEnd): HttpResponse
  /** Whoever is not in may not sign in ahead of time. */
  readonly refusePrefetch: HttpResponse
  /** Nobody, or nobody yet. */
  unauthorized(visit: LoginRequest): Outcome
  /** Name or password are wrong. */
  failed(visit: LoginRequest, username: string | undefined): Outcome
  /** The credentials were not even looked at. */
  retryLater(visit: LoginRequest, error: ThrottledError | BusyError, username: string | undefined): Outcome
  /** Whether the credentials are good cannot be said, or no session can begin. */
  unavailable(visit: LoginRequest, error: unknown, username: string | undefined): HttpResponse
  /** A page that leads to the login once more, as a page of this site. */
  reload(visit: LoginRequest, reload: Reload): HttpResponse
  /** On to where one is going. */
  redirectOn(visit: LoginRequest, cookies: readonly string[]): HttpResponse
  token(issued: IssuedToken, cookies: readonly string[]): HttpResponse
  /** The browser does not keep the cookie of this name. */
  cookieProblem(visit: LoginRequest, name: string, cookies: readonly string[]): HttpResponse
}

export function loginResponses({ settings, paths, challenges, pages }: Gate): LoginResponses {
  const { texts } = pages

  const destinationOf = ({ request, returnTo }: LoginRequest): string =>
    locationFrom(request.url, returnTo ?? paths.afterLogin)

  const signIn = ({ request, returnTo }: LoginRequest, more: Partial<SignIn> = {}) =>
    signInPage(pages, {
      url: request.url,
      returnTo,
      username: undefined,
      notice: undefined,
      problem: undefined,
      ...more,
    })

  // A browser opens its dialog for Basic only: never over a fetch, nor over the sign-in page's own form.
  function challengeFor(request: RequestLike) {
    const wantsDialog = wantsPage(request)
      ? settings.login.mode === 'basic' && isNavigation(request)
      : header(request, 'sec-fetch-mode') === undefined
    return { 'www-authenticate': wantsDialog ? challenges.basic : challenges.bearer.missing }
  }

  return {
    form: (visit, ending) => pageResponse(pages, 200, signIn(visit, { notice: ending && texts[ending] })),
    // The realm is the one of the cached credentials: browsers drop them for that alone.
    challengeOnce: (visit, ending) =>
      pageResponse(pages, 401, signIn(visit, { notice: texts[ending] }), {
        'www-authenticate': challenges.basic,
      }),
    // No challenge: a 401 would make a browser drop the credentials that it has cached. With an error's status a browser
    // throws away what it has fetched ahead, and asks again when somebody goes there.
    refusePrefetch: { status: 403, headers: NO_STORE },
    unauthorized(visit) {
      const challenge = challengeFor(visit.request)
      if (!wantsPage(visit.request)) return refusal(new UnauthenticatedError(), challenge)
      return pageResponse(pages, 401, signIn(visit), challenge)
    },
    failed(visit, username) {
      const challenge = challengeFor(visit.request)
      if (!wantsPage(visit.request)) return refusal(new InvalidCredentialsError(), challenge)
      const problem = { text: texts.wrongCredentials, isWrong: true }
      return pageResponse(pages, 401, signIn(visit, { username, problem }), challenge)
    },
    retryLater(visit, error, username) {
      const headers = retryAfter(error)
      if (!wantsPage(visit.request)) return refusal(error, headers)
      const text = error instanceof ThrottledError ? texts.throttled : texts.busy
      const problem = { text, waitSeconds: error.retryAfterSeconds }
      return pageResponse(pages, error.statusCode as number, signIn(visit, { username, problem }), headers)
    },
    unavailable(visit, error, username) {
      const text = error instanceof OversizedAccountError ? texts.tooManyScopes : texts.unavailable
      return pageResponse(pages, 503, signIn(visit, { username, problem: { text } }))
    },
    reload({ request, returnTo }, reload) {
      const login = withQuery(locationFrom(request.url, paths.login), 'returnTo', returnTo)
      return pageResponse(pages, 200, reloadPage(pages, request.url, reloaded(login, reload)))
    },
    redirectOn: (visit, cookies) => redirect(destinationOf(visit), cookies),
    token: (issued, cookies) => ({ status: 200, headers: NO_STORE, cookies, body: tokenBody(issued) }),
    cookieProblem(visit, name, cookies) {
      const content = cookieProblemPage(pages, visit.request.url, name, destinationOf(visit))
      return { ...pageResponse(pages, 200, content), cookies }
    },
  }
}
