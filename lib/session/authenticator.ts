import { CrossOriginError, type DocsGateError, InvalidTokenError, UnauthenticatedError } from '../errors.ts'
import { isCrossOrigin } from '../http/cross-origin.ts'
import { isPrefetch } from '../http/navigation.ts'
import { countHeader, isPromise, type MaybePromise, type RequestLike } from '../http/request.ts'
import type { Cookies } from './cookie.ts'
import type { SessionStatus } from './session-status.ts'
import type { Sessions } from './sessions.ts'
import type { User } from './user.ts'

/** Who sent a request: a user, with the cookie to set where their session is renewed; or the error to refuse it with. */
export type AuthenticationResult =
  | { readonly user: User; readonly cookie: string | undefined }
  | { readonly user: null; readonly error: DocsGateError }

export type Authenticator = ReturnType<typeof authenticator>

const BEARER = /^bearer(?: +|$)/i

/** The token of a Bearer Authorization header; undefined for any other scheme. @see RFC 6750, section 2.1 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const scheme = BEARER.exec(authorization)
  return scheme ? authorization.slice(scheme[0].length) : undefined
}

const refuse = (error: DocsGateError): AuthenticationResult => ({ user: null, error })

/** Authenticates requests: by the Bearer header alone where there is one, or else by the cookie. */
export function authenticator(sessions: Sessions, cookies: Cookies, trustedOrigins: ReadonlySet<string>) {
  const byBearer = (status: SessionStatus): AuthenticationResult =>
    status.state === 'valid' ? { user: status.user, cookie: undefined } : refuse(new InvalidTokenError())

  function byCookie(status: SessionStatus, request: RequestLike): AuthenticationResult {
    if (status.state !== 'valid') return refuse(new InvalidTokenError())
    const renewal = sessions.renew(status.verified)
    // A prefetch is not use of the session, so it does not prolong it.
    const cookie = renewal && !isPrefetch(request) ? cookies.setSession(renewal, request) : undefined
    return { user: status.user, cookie }
  }

  // Several cookies of the same name: the first valid one counts, wherever it stands.
  async function firstValid(values: readonly string[]): Promise<SessionStatus> {
    for (const value of values) {
      const status = await sessions.verify(value, 'cookie')
      if (status.state === 'valid') return status
    }
    return { state: 'unknown' }
  }

  return function authenticate(request: RequestLike): MaybePromise<AuthenticationResult> {
    const token = bearerToken(request.headers.authorization)
    if (token !== undefined) {
      if (countHeader(request, 'authorization') > 1) return refuse(new InvalidTokenError())
      const status = sessions.verify(token, 'bearer')
      return isPromise(status) ? status.then(byBearer) : byBearer(status)
    }
    const values = cookies.read(request)
    if (values.length === 0) return refuse(new UnauthenticatedError())
    if (isCrossOrigin(request, trustedOrigins)) return refuse(new CrossOriginError())
    const status = values.length === 1 ? sessions.verify(values[0] as string, 'cookie') : firstValid(values)
    if (isPromise(status)) return status.then((known) => byCookie(known, request))
    return byCookie(status, request)
  }
}

type AuthenticatedRequest = { [key: symbol]: AuthenticationResult | undefined }

/** Authenticates each request to one gate once, however many guards stand before its handler. */
export function requestAuthentication(authenticate: Authenticator) {
  // A key of this gate alone: a user of another gate, registered in a scope above, is not logged in here.
  const key: symbol = Symbol('docs-gate.authentication')
  const keptOf = (request: object): AuthenticationResult | undefined => (request as AuthenticatedRequest)[key]

  function keep(request: object, result: AuthenticationResult): AuthenticationResult {
    ;(request as AuthenticatedRequest)[key] = result
    return result
  }

  return {
    /** The property of a request that holds its result. */
    key,
    // Without a promise where there is none to wait for, as with sessions in memory: one more costs as much as all the rest.
    authenticateOnce(request: RequestLike): MaybePromise<AuthenticationResult> {
      const known = keptOf(request)
      if (known) return known
      const result = authenticate(request)
      return isPromise(result) ? result.then((late) => keep(request, late)) : keep(request, result)
    },
    /** The user whom a guard has let in. Not read from `request.user`, which the host may change. */
    userOf: (request: object): User => keptOf(request)?.user as User,
  }
}
