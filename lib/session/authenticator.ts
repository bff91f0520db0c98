import { CrossOriginError, type DocsGateError, InvalidTokenError, UnauthenticatedError } from '../errors.ts'
import { isCrossOrigin } from '../http/cross-origin.ts'
import { isPrefetch } from '../http/navigation.ts'
import { countHeader, isPromise, type MaybePromise, type RequestLike } from '../http/request.ts'
import type { Cookies } from './cookie.ts'
import type { Standing } from './session-status.ts'
import type { Sessions } from './sessions.ts'
import type { User } from './user.ts'

/** What a request's credential is worth: a user, with the cookie to set where their session is renewed, or a refusal. */
export type Verdict =
  | { readonly user: User; readonly cookie: string | undefined }
  | { readonly user: null; readonly error: DocsGateError }

export type Authenticator = (request: RequestLike) => MaybePromise<Verdict>

const BEARER = /^bearer(?: +|$)/i

/** The token of a Bearer Authorization header; undefined for any other scheme. @see RFC 6750, section 2.1 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const scheme = BEARER.exec(authorization)
  return scheme ? authorization.slice(scheme[0].length) : undefined
}

const refuse = (error: DocsGateError): Verdict => ({ user: null, error })

/** Who sent a request: by its Bearer header, judged alone, or else by its cookie. */
export function authenticator(
  sessions: Sessions,
  cookies: Cookies,
  trustedOrigins: ReadonlySet<string>,
): Authenticator {
  const byBearer = (standing: Standing): Verdict =>
    standing.state === 'good' ? { user: standing.user, cookie: undefined } : refuse(new InvalidTokenError())

  function byCookie(standing: Standing, request: RequestLike): Verdict {
    if (standing.state !== 'good') return refuse(new InvalidTokenError())
    const renewal = sessions.renew(standing.verified)
    // What is fetched ahead is no use of the session.
    const cookie = renewal && !isPrefetch(request) ? cookies.carry(renewal, request) : undefined
    return { user: standing.user, cookie }
  }

  // The first good one counts, wherever among the values of its name it stands.
  async function pickGood(values: readonly string[]): Promise<Standing> {
    for (const value of values) {
      const standing = await sessions.judge(value, 'cookie')
      if (standing.state === 'good') return standing
    }
    return { state: 'foreign' }
  }

  return function authenticate(request) {
    const token = bearerToken(request.headers.authorization)
    if (token !== undefined) {
      if (countHeader(request, 'authorization') > 1) return refuse(new InvalidTokenError())
      const standing = sessions.judge(token, 'bearer')
      return isPromise(standing) ? standing.then(byBearer) : byBearer(standing)
    }
    const values = cookies.read(request)
    if (values.length === 0) return refuse(new UnauthenticatedError())
    if (isCrossOrigin(request, trustedOrigins)) return refuse(new CrossOriginError())
    const standing = values.length === 1 ? sessions.judge(values[0] as string, 'cookie') : pickGood(values)
    if (isPromise(standing)) return standing.then((known) => byCookie(known, request))
    return byCookie(standing, request)
  }
}
