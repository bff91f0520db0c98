import { InvalidCredentialsError } from '../errors.ts'
import { about } from '../events.ts'
import type { Gate } from '../gate/gate.ts'
import type { Credentials } from '../http/basic-credentials.ts'
import { wantsPage } from '../http/navigation.ts'
import { isRetryable, type Outcome } from '../http/outcome.ts'
import type { RequestLike } from '../http/request.ts'
import type { IssuedToken } from '../session/sessions.ts'
import type { LoginRequest, LoginResponses } from './login-responses.ts'

/** Lets in whose credentials are good, with a new session. Null credentials are nobody's. */
export type LogIn = (visit: LoginRequest, credentials: Credentials | null) => Promise<Outcome>

export function logIn(gate: Gate, responses: LoginResponses): LogIn {
  const { sessions, cookies, loginLoop } = gate

  async function endCarriedSessions(request: RequestLike): Promise<void> {
    const ids = cookies.read(request).flatMap((token) => sessions.claimsOf(token)?.sid ?? [])
    for (const id of ids) loginLoop.markUsed(id)
    await Promise.all(ids.map((id) => sessions.end(id, { ...about(request), reason: 'new_login' })))
  }

  function respondToLogin(visit: LoginRequest, username: string, issued: IssuedToken): Outcome {
    const { request } = visit
    const cookie = cookies.setSession(issued.token, request)
    const set = cookies.isLoggedOut(request) ? [cookie, cookies.clearLoggedOut(request)] : [cookie]
    if (!wantsPage(request)) return responses.token(issued, set)
    if (!loginLoop.detect(username, request.ip, issued.session.id)) return responses.redirectOn(visit, set)
    return responses.cookieProblem(visit, cookie.slice(0, cookie.indexOf('=')), set)
  }

  async function enter(visit: LoginRequest, credentials: Credentials | null): Promise<Outcome> {
    const { request } = visit
    if (!credentials) gate.emit('login_failed', { ...about(request), reason: 'malformed_credentials' })
    const account = credentials && (await gate.attempt(credentials, request))
    if (!account) throw new InvalidCredentialsError()
    await endCarriedSessions(request)
    const issued = await sessions.open(account)
    const reason = request.method === 'POST' ? 'form' : 'basic'
    gate.emit('login', { username: account.username, ...about(request), reason })
    return respondToLogin(visit, account.username, issued)
  }

  return async (visit, credentials) => {
    try {
      return await enter(visit, credentials)
    } catch (error) {
      if (error instanceof InvalidCredentialsError) return responses.failed(visit, credentials?.username)
      if (!isRetryable(error)) throw error
      return responses.retryLater(visit, error, credentials?.username)
    }
  }
}
