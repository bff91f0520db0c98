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
import type { Verdict } from '../session/authenticator.ts'
import { accessDenied } from './insufficient-scope.ts'
import { forGuard, isCookieWithheld } from './withheld-cookie.ts'

/** The answer to a request that a page of another origin makes: the event, and the error. */
export function refuseCrossOrigin({ emit }: Pick<Gate, 'emit'>, request: RequestLike): Refusal {
  const error = new CrossOriginError()
  emit('denied', denial(request, error))
  return refusal(error)
}

/** A refusal with the challenge that belongs to it. @see RFC 6750, section 3 */
export function unauthorized(error: DocsGateError, { missing, invalidToken }: BearerChallenges): Outcome {
  if (error instanceof CrossOriginError) return refusal(error)
  return refusal(error, {
    'www-authenticate': error instanceof UnauthenticatedError ? missing : invalidToken,
  })
}

/** Who may not enter, and what was asked of them. */
export interface UnwelcomeRequest extends AuthorizeSettings {
  readonly request: RequestLike
  readonly verdict: Verdict
  /** Whether it is one of the gate's own routes. */
  readonly isOwn: boolean
}

/**
 * The answer to who may not enter. A browser goes to `redirectTo`, or a stranger's to the login, and comes back from
 * there; a user who lacks a scope is told so; everyone else gets the error with its challenge.
 * @see RFC 6750, section 3
 */
export function turnAway(
  gate: Gate,
  { request, verdict, scopes, redirectTo, isOwn }: UnwelcomeRequest,
): Outcome {
  const { paths, challenges, emit } = gate
  const { user } = verdict

  function sendTo(path: string): Outcome {
    const returnTo = parseReturnTo(originForm(request.url), paths.reserved)
    return redirect(withQuery(locationFrom(request.url, path), 'returnTo', returnTo))
  }

  if (user) emit('denied', { username: user.username, ...about(request), reason: 'insufficient_scope' })
  if (redirectTo !== undefined && isNavigation(request))
    return sendTo(!user && isCookieWithheld(gate, request) ? forGuard(paths.login) : redirectTo)
  if (user) return accessDenied(gate, { request, user, scopes, isDocs: isOwn })
  if (verdict.error.statusCode === 401 && isNavigation(request)) return sendTo(paths.login)
  emit('denied', denial(request, verdict.error))
  return unauthorized(verdict.error, challenges.bearer)
}
