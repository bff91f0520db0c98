import { CrossOriginError, type DocsGateError, UnauthenticatedError } from '../errors.ts'
import type { BearerChallenges } from '../http/challenge.ts'
import { type Outcome, refusal } from '../http/outcome.ts'

/** A refusal with the challenge that belongs to it. @see RFC 6750, section 3 */
export function unauthorized(error: DocsGateError, { missing, invalidToken }: BearerChallenges): Outcome {
  if (error instanceof CrossOriginError) return refusal(error)
  return refusal(error, {
    'www-authenticate': error instanceof UnauthenticatedError ? missing : invalidToken,
  })
}
