import { CrossOriginError, type DocsGateError, UnauthenticatedError } from '../errors.ts'
import { about, denial } from '../events.ts'
import type { Gate } from '../gate/gate.ts'
import type { BearerChallenges } from '../http/challenge.ts'
import { isNavigation } from '../http/navigation.ts'
import { type Outcome, type Refusal, refusal } from '../http/outcome.ts'
import { locationFrom, withQuery } from '../http/relative-reference.ts'
import { originForm, type RequestLike } from '../http/request.ts'
import { redirect } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import type { AuthorizeSettings } from '../options/authorize.ts'
import type { AuthenticationResult } from '../session/authenticator.ts'
import { insufficientScope } from './insufficient-scope.ts'
import { forGuard, isCookieWithheld } from './withheld-cookie.ts'

/** Refuses a request that a page of another origin has made, and reports it. */
export function refuseCrossOrigin({ emit }: Pick<Gate, 'emit'>, request: RequestLike): Refusal {
  const error = new CrossOriginError()
  emit('denied', denial(request, error))
  return refusal(error)
}

/** The refusal for an error of authentication, with its challenge. @see RFC 6750, section 3 */
export function unauthorized(error: DocsGateError, { missing, invalidToken }: BearerChallenges): Outcome {
  if (error instanceof CrossOriginError) return refusal(error)
  return refusal(error, {
    'www-authenticate': error instanceof UnauthenticatedError ? missing : invalidToken,
  })
}

/** A request that a guard does not admit, and what the guard requires. */
export interface AccessRequest extends AuthorizeSettings {
  readonly request: RequestLike
  readonly result: AuthenticationResult
  /** Whether it is one of the gate's own routes. */
  readonly isDocs: boolean
}

/**
 * The response to a request that a guard does not admit. A browser is redirected to `redirectTo`; without one, to the
 * login if nobody is logged in. A user who lacks a scope gets a page or an error that says so. All others get the error
 * with its challenge.
 * @see RFC 6750, section 3
 */
export function denyAccess(
  gate: Gate,
  { request, result, scopes, redirectTo, isDocs }: AccessRequest,
): Outcome {
  const { paths, challenges, emit } = gate
  const { user } = result

  function sendTo(path: string): Outcome {
    const returnTo = parseReturnTo(originForm(request.url), paths.reserved)
    return redirect(withQuery(locationFrom(request.url, path), 'returnTo', returnTo))
  }

  if (user) emit('denied', { username: user.username, ...about(request), reason: 'insufficient_scope' })
  if (redirectTo !== undefined && isNavigation(request))
    return sendTo(!user && isCookieWithheld(gate, request) ? forGuard(paths.login) : redirectTo)
  if (user) return insufficientScope(gate, { request, user, scopes, isDocs })
  if (result.error.statusCode === 401 && isNavigation(request)) return sendTo(paths.login)
  emit('denied', denial(request, result.error))
  return unauthorized(result.error, challenges.bearer)
}
