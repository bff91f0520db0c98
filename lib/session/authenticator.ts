import { CrossOriginError, type DocsGateError, InvalidTokenError, UnauthenticatedError } from '../errors.ts'
import { isCrossOrigin } from '../http/cross-origin.ts'
import { isPrefetch } from '../http/navigation.ts'
import { countHeader, isPromise, type MaybePromise, type RequestLike } from '../http/request.ts'
import type { Cookies } from './cookie.ts'
import type { SessionStatus } from './session-status.ts'
import type { Sessions } from './sessions.ts'
import type { User } from './user.ts'

/** What a request's credential is worth: a user, with the cookie to set where their session is renewed, or a refusal. */
export type AuthenticationResult =
  | { readonly user: User; readonly cookie: string | undefined }
  | { readonly user: null; readonly error: DocsGateError }

export type Authenticator = (request: RequestLike) => MaybePromise<AuthenticationResult>

const BEARER = /^bearer(?: +|$)/i

/** The token of a Bearer Authorization header; undefined for any other scheme. @see RFC 6750, section 2.1 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const scheme = BEARER.exec(authorization)
  return scheme ? authorization.slice(scheme[0].length) : undefined
}

const refuse = (error: DocsGateError): AuthenticationResult => ({ user: null, error })

/** Who sent a request: by its Bearer header, judged alone, or else by its cookie. */
export function authenticator(
  sessions: Sessions,
  cookies: Cookies,
  trustedOrigins: ReadonlySet<string>,
): Authenticator {
  const byBearer = (status: SessionStatus): AuthenticationResult =>
    status.state === 'valid' ? { user: status.user, cookie: undefined } : refuse(new InvalidTokenError())

  function byCookie(status: SessionStatus, request: RequestLike): AuthenticationResult {
    if (status.state !== 'valid') return refuse(new InvalidTokenError())
    const renewal = sessions.renew(status.verified)
    // What is fetched ahead is no use of the session.
    const cookie = renewal && !isPrefetch(request) ? cookies.setSession(renewal, request) : undefined
    return { user: status.user, cookie }
  }

  // The first good one counts, wherever among the values of its name it stands.
  async function pickGood(values: readonly string[]): Promise<SessionStatus> {
    for (const value of values) {
      const status = await sessions.verify(value, 'cookie')
      if (status.state === 'valid') return status
    }
    return { state: 'unknown' }
  }

  return function authenticate(request) {
    const token = bearerToken(request.headers.authorization)
    if (token !== undefined) {
      if (countHeader(request, 'authorization') > 1) return refuse(new InvalidTokenError())
      const status = sessions.verify(token, 'bearer')
      return isPromise(status) ? status.then(byBearer) : byBearer(status)
    }
    const values = cookies.read(request)
    if (values.length === 0) return refuse(new UnauthenticatedError())
    if (isCrossOrigin(request, trustedOrigins)) return refuse(new CrossOriginError())
    const status = values.length === 1 ? sessions.verify(values[0] as string, 'cookie') : pickGood(values)
    if (isPromise(status)) return status.then((known) => byCookie(known, request))
    return byCookie(status, request)
  }
}
