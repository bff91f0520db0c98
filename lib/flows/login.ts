import {
  type BusyError,
  InvalidCredentialsError,
  OversizedAccountError,
  ThrottledError,
  UnauthenticatedError,
} from '../errors.ts'
import { about } from '../events.ts'
import type { Gate } from '../gate/gate.ts'
import { type Credentials, readCredentials } from '../http/basic-credentials.ts'
import { isCrossOrigin } from '../http/cross-origin.ts'
import { readFields } from '../http/form.ts'
import { isNavigation, wantsPage } from '../http/navigation.ts'
import { isRetryable, isUnavailable, type Outcome, refusal, retryAfter } from '../http/outcome.ts'
import { locationFrom } from '../http/relative-reference.ts'
import { header, type RequestLike } from '../http/request.ts'
import { type HttpResponse, NO_STORE, redirect } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { pageResponse } from '../pages/page.ts'
import { type SignIn, signInPage } from '../pages/sign-in.ts'
import { cookieProblemPage } from '../pages/small-pages.ts'
import type { IssuedToken } from '../session/sessions.ts'
import { refuseCrossOrigin } from './deny-access.ts'
import { tokenBody } from './token.ts'

/** A request to the login route, and the page to go to afterwards. */
export interface LoginRequest {
  readonly request: RequestLike
  readonly returnTo: string | undefined
}

export const loginRequest = (gate: Gate, request: RequestLike, returnTo: unknown): LoginRequest => ({
  request,
  returnTo: parseReturnTo(returnTo, gate.paths.reserved),
})

export const returnToIn = (query: unknown): unknown => (query as { returnTo?: unknown }).returnTo

const credentialsIn = (form: ReadonlyMap<string, string>): Credentials | null =>
  readCredentials(form.get('username'), form.get('password'))

/** The sign-in page, with what differs from its first display. */
export const signInContent = (
  { pages }: Gate,
  { request, returnTo }: LoginRequest,
  more: Partial<SignIn> = {},
) =>
  signInPage(pages, {
    url: request.url,
    returnTo,
    username: undefined,
    notice: undefined,
    problem: undefined,
    ...more,
  })

// A Basic challenge opens the browser's dialog: never over a fetch, nor over the form of the sign-in page.
function challengeFor({ settings, challenges }: Gate, request: RequestLike) {
  const wantsDialog = wantsPage(request)
    ? settings.login.mode === 'basic' && isNavigation(request)
    : header(request, 'sec-fetch-mode') === undefined
  return { 'www-authenticate': wantsDialog ? challenges.basic : challenges.bearer.missing }
}

const destinationOf = ({ paths }: Gate, { request, returnTo }: LoginRequest): string =>
  locationFrom(request.url, returnTo ?? paths.afterLogin)

/** Sends the browser on to the page that it asked for. */
export const redirectOn = (gate: Gate, login: LoginRequest, cookies: readonly string[]): HttpResponse =>
  redirect(destinationOf(gate, login), cookies)

/** Asks for credentials: there are none in the request. */
export function askForCredentials(gate: Gate, login: LoginRequest): Outcome {
  const challenge = challengeFor(gate, login.request)
  if (!wantsPage(login.request)) return refusal(new UnauthenticatedError(), challenge)
  return pageResponse(gate.pages, 401, signInContent(gate, login), challenge)
}

function refuseCredentials(gate: Gate, login: LoginRequest, username: string | undefined): Outcome {
  const challenge = challengeFor(gate, login.request)
  if (!wantsPage(login.request)) return refusal(new InvalidCredentialsError(), challenge)
  const problem = { text: gate.pages.texts.wrongCredentials, isWrong: true }
  return pageResponse(gate.pages, 401, signInContent(gate, login, { username, problem }), challenge)
}

function retryLater(
  gate: Gate,
  login: LoginRequest,
  error: ThrottledError | BusyError,
  username: string | undefined,
): Outcome {
  const headers = retryAfter(error)
  if (!wantsPage(login.request)) return refusal(error, headers)
  const { texts } = gate.pages
  const text = error instanceof ThrottledError ? texts.throttled : texts.busy
  const problem = { text, waitSeconds: error.retryAfterSeconds }
  const content = signInContent(gate, login, { username, problem })
  return pageResponse(gate.pages, error.statusCode as number, content, headers)
}

/** The browser does not keep the session cookie: a redirect would lead back to the login, and so on without end. */
function cookieProblem(gate: Gate, login: LoginRequest, cookies: readonly [string, ...string[]]): Outcome {
  const [sessionCookie] = cookies
  const name = sessionCookie.slice(0, sessionCookie.indexOf('='))
  const content = cookieProblemPage(gate.pages, login.request.url, name, destinationOf(gate, login))
  return { ...pageResponse(gate.pages, 200, content), cookies }
}

// The sessions of the cookies that the new one replaces.
async function endReplacedSessions(
  { sessions, cookies, loginLoop }: Gate,
  request: RequestLike,
): Promise<void> {
  const ids = cookies.read(request).flatMap((token) => sessions.claimsOf(token)?.sid ?? [])
  for (const id of ids) loginLoop.markUsed(id)
  await Promise.all(ids.map((id) => sessions.end(id, { ...about(request), reason: 'new_login' })))
}

function respondToLogin(gate: Gate, login: LoginRequest, username: string, issued: IssuedToken): Outcome {
  const { request } = login
  const { cookies, loginLoop } = gate
  const session = cookies.setSession(issued.token, request)
  const set: readonly [string, ...string[]] = cookies.isLoggedOut(request)
    ? [session, cookies.clearLoggedOut(request)]
    : [session]
  if (!wantsPage(request)) return { status: 200, headers: NO_STORE, cookies: set, body: tokenBody(issued) }
  if (loginLoop.detect(username, request.ip, issued.session.id)) return cookieProblem(gate, login, set)
  return redirectOn(gate, login, set)
}

async function openSession(
  gate: Gate,
  login: LoginRequest,
  credentials: Credentials | null,
): Promise<Outcome> {
  const { request } = login
  const account = await gate.attempt(credentials, request)
  await endReplacedSessions(gate, request)
  const issued = await gate.sessions.open(account)
  const reason = request.method === 'POST' ? 'form' : 'basic'
  gate.emit('login', { username: account.username, ...about(request), reason })
  return respondToLogin(gate, login, account.username, issued)
}

/** Logs in with credentials, by a new session. Null credentials are malformed: they belong to no user. */
export async function logIn(
  gate: Gate,
  login: LoginRequest,
  credentials: Credentials | null,
): Promise<Outcome> {
  try {
    return await openSession(gate, login, credentials)
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return refuseCredentials(gate, login, credentials?.username)
    if (!isRetryable(error)) throw error
    return retryLater(gate, login, error, credentials?.username)
  }
}

/** `POST /login`: the form of the sign-in page. */
export async function logInByForm(gate: Gate, request: RequestLike, body: unknown): Promise<Outcome> {
  if (isCrossOrigin(request, gate.settings.trustedOrigins)) return refuseCrossOrigin(gate, request)
  const form = readFields(body)
  return logIn(gate, loginRequest(gate, request, form.get('returnTo')), credentialsIn(form))
}

/**
 * The sign-in page in place of an error: nobody can say whether the credentials are right, or no session can begin.
 * Undefined where the error is to be thrown: to programs, and any other error.
 */
export function loginErrorPage(
  gate: Gate,
  error: unknown,
  request: RequestLike,
  query: unknown,
  body: unknown,
): HttpResponse | undefined {
  const isOversized = error instanceof OversizedAccountError
  if (!(isOversized || isUnavailable(error)) || !wantsPage(request)) return undefined
  const form = readFields(body)
  const login = loginRequest(gate, request, form.get('returnTo') ?? returnToIn(query))
  const { texts } = gate.pages
  const problem = { text: isOversized ? texts.tooManyScopes : texts.unavailable }
  const content = signInContent(gate, login, { username: credentialsIn(form)?.username, problem })
  return pageResponse(gate.pages, 503, content)
}
