import { OversizedAccountError } from '../errors.ts'
import type { Gate } from '../gate/gate.ts'
import {
  type Credentials,
  isBasic,
  parseBasicCredentials,
  readCredentials,
} from '../http/basic-credentials.ts'
import { isCrossOrigin, isFromAnotherSite, isSameOriginFetchSite } from '../http/cross-origin.ts'
import { readFields } from '../http/form.ts'
import { isNavigation, isPrefetch, wantsPage } from '../http/navigation.ts'
import { isUnavailable, type Outcome } from '../http/outcome.ts'
import { countHeader, header, type RequestLike } from '../http/request.ts'
import type { HttpResponse } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { refuseCrossOrigin } from './deny-access.ts'
import { logIn } from './log-in.ts'
import { type LoginRequest, loginResponses } from './login-responses.ts'
import { previousSession } from './previous-session.ts'
import { isCookieWithheld, type Reload, reloadIn } from './withheld-cookie.ts'

/** The login route's two methods. */
export interface LoginFlow {
  get(request: RequestLike, query: unknown): Promise<Outcome>
  post(request: RequestLike, body: unknown): Promise<Outcome>
  /** What a browser is shown in an error's stead; undefined where the error is to be thrown. */
  errorPage(error: unknown, request: RequestLike, query: unknown, body: unknown): HttpResponse | undefined
}

const returnToIn = (query: unknown): unknown => (query as { returnTo?: unknown }).returnTo

const credentialsIn = (form: ReadonlyMap<string, string>): Credentials | null =>
  readCredentials(form.get('username'), form.get('password'))

function soleCredentials(request: RequestLike, authorization: string): Credentials | null {
  return countHeader(request, 'authorization') === 1 ? parseBasicCredentials(authorization) : null
}

export function loginFlow(gate: Gate): LoginFlow {
  const { settings, paths, loginLoop } = gate
  const isBasicMode = settings.login.mode === 'basic'
  const responses = loginResponses(gate)
  const enter = logIn(gate, responses)
  const previous = previousSession(gate)

  const visitOf = (request: RequestLike, returnTo: unknown): LoginRequest => ({
    request,
    returnTo: parseReturnTo(returnTo, paths.reserved),
  })

  // A marker is told of once; a cookie whose session is over tells until the next login takes its place.
  async function offerForm(visit: LoginRequest): Promise<Outcome> {
    const ending = await previous.endOf(visit.request)
    const answer = responses.form(visit, ending)
    return ending === 'signedOut' ? { ...answer, cookies: previous.clearTraces(visit.request) } : answer
  }

  // A browser whose session stands goes on.
  async function arrive(visit: LoginRequest): Promise<Outcome> {
    const result = await gate.authenticate(visit.request)
    if (result.user) {
      loginLoop.markUsed(result.user.sessionId as string)
      return responses.redirectOn(visit, result.cookie === undefined ? [] : [result.cookie])
    }
    return isBasicMode ? responses.unauthorized(visit) : offerForm(visit)
  }

  // A browser's cached credentials must not log in by themselves once its session is over.
  async function navigate(visit: LoginRequest): Promise<Outcome> {
    const { request } = visit
    const { authorization } = request.headers
    const isWithBasic = isBasic(authorization)
    const ending = isBasicMode || isWithBasic ? await previous.endOf(request) : undefined
    if (ending) return { ...responses.challengeOnce(visit, ending), cookies: previous.clearTraces(request) }
    return isWithBasic ? enter(visit, soleCredentials(request, authorization)) : arrive(visit)
  }

  // Nobody has gone here yet: no session begins or ends, and the one 401 after a logout stays for whoever does.
  async function foresee(visit: LoginRequest): Promise<Outcome> {
    const { user } = await gate.authenticate(visit.request)
    return user && isNavigation(visit.request) ? responses.redirectOn(visit, []) : responses.refusePrefetch
  }

  // Judged when the browser had no reason to keep the cookie back.
  async function navigateFromAnywhere(visit: LoginRequest, reload: Reload): Promise<Outcome> {
    const { request, returnTo } = visit
    if (!reload.isDone && isCookieWithheld(gate, request)) return responses.reload(visit, reload)
    const isJudgedThere = reload.isDone && reload.isForGuard && !isFromAnotherSite(request)
    return isJudgedThere && returnTo !== undefined ? responses.redirectOn(visit, []) : navigate(visit)
  }

  return {
    async get(request, query) {
      const visit = visitOf(request, returnToIn(query))
      if (isPrefetch(request)) return foresee(visit)
      if (isNavigation(request)) return navigateFromAnywhere(visit, reloadIn(query))
      const site = header(request, 'sec-fetch-site')
      if (site !== undefined && !isSameOriginFetchSite(site)) return refuseCrossOrigin(gate, request)
      const { authorization } = request.headers
      if (!isBasic(authorization)) return responses.unauthorized(visit)
      return enter(visit, soleCredentials(request, authorization))
    },
    async post(request, body) {
      if (isCrossOrigin(request, settings.trustedOrigins)) return refuseCrossOrigin(gate, request)
      const form = readFields(body)
      return enter(visitOf(request, form.get('returnTo')), credentialsIn(form))
    },
    errorPage(error, request, query, body) {
      const isForPage = isUnavailable(error) || error instanceof OversizedAccountError
      if (!isForPage || !wantsPage(request)) return undefined
      const form = readFields(body)
      const visit = visitOf(request, form.get('returnTo') ?? returnToIn(query))
      return responses.unavailable(visit, error, credentialsIn(form)?.username)
    },
  }
}
