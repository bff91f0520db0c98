import { UsersUnavailableError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../http/request.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { createdAtOf, fingerprint, fingerprintOf } from './session-id.ts'
import type { SessionStatus, VerifiedToken } from './session-status.ts'
import type { Claims } from './token/token.ts'
import { type AuthenticatedBy, userOf } from './user.ts'

/** What a directory says of a user; undefined where nobody can be asked. */
type Known = Account | null | undefined

/** Whether this is the account, in good standing, that a session began with: with the same version. */
export const hasBegunWith = (sessionId: string, account: Known): account is Account =>
  !!account && fingerprint(account.version) === fingerprintOf(sessionId)

// A directory may spell a name differently than it was typed. Another name is another user, whose name and scopes this
// session would take on.
function refuseAnother(account: Known, { sub }: Claims): void {
  if (!account || account.username.toLowerCase() === sub.toLowerCase()) return
  throw new UsersUnavailableError({
    cause: new TypeError('find() answered another user than the one that it was asked for'),
  })
}

function good(verified: VerifiedToken, by: AuthenticatedBy, account: Account | undefined): SessionStatus {
  const user = userOf(verified.claims, verified.scopes, account, by)
  const status: SessionStatus = { state: 'valid', user, verified }
  verified[by] = { account, status }
  return status
}

/**
 * Judges the user of a token whose session stands. `drop` ends the session of one who is out: were they let in again, it
 * would not come back with them.
 */
export function accountStatus(directory: UserDirectory, drop: (sessionId: string) => void) {
  // Of a session that began after all that this process knows of its user, another process knows more: it is refused,
  // and left to that one.
  function over({ sid }: Claims, known: Known): SessionStatus {
    if (known !== undefined) drop(sid)
    return { state: 'ended', sessionId: sid }
  }

  function judge(verified: VerifiedToken, by: AuthenticatedBy, account: Known): MaybePromise<SessionStatus> {
    const given = verified[by]
    if (given && given.account === account) return given.status
    const { claims } = verified
    refuseAnother(account, claims)
    if (account === undefined || hasBegunWith(claims.sid, account)) return good(verified, by, account)
    const conclude = (newer: Known): SessionStatus => {
      refuseAnother(newer, claims)
      return hasBegunWith(claims.sid, newer) ? good(verified, by, newer) : over(claims, newer)
    }
    const newer = directory.findSince?.(claims.sub, createdAtOf(claims.sid))
    return isPromise(newer) ? newer.then(conclude) : conclude(newer)
  }

  return (verified: VerifiedToken, by: AuthenticatedBy): MaybePromise<SessionStatus> => {
    const account = directory.find?.(verified.claims.sub)
    return isPromise(account)
      ? account.then((known) => judge(verified, by, known))
      : judge(verified, by, account)
  }
}
