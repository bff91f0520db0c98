import { UsersUnavailableError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../http/request.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { createdAtOf, fingerprint, fingerprintOf } from './session-id.ts'
import type { Session } from './store/session-store.ts'
import type { Claims } from './token/token.ts'
import type { AuthenticatedBy, User } from './user.ts'

/**
 * What a token is worth. `ended`: this gate issued it, and its session has ended or its user may not log in any more.
 * `unknown`: this gate did not issue it. Both are refused alike; only the login page treats them differently.
 */
export type SessionStatus =
  | { readonly state: 'valid'; readonly user: User; readonly verified: VerifiedToken }
  | { readonly state: 'ended'; readonly sessionId: string }
  | { readonly state: 'unknown' }

/** A token whose signature and claims are good, with what its requests need worked out once. */
export interface VerifiedToken {
  readonly token: string
  readonly claims: Claims
  readonly expiresAt: number
  /** Null: all scopes that the user has at the time of the request. */
  readonly scopes: readonly string[] | null
  sessionExpiresAt: number
  /** The last status by Bearer and by cookie. Each stays valid while the directory returns the same account object. */
  bearer: CachedStatus | undefined
  cookie: CachedStatus | undefined
  renewal: { readonly token: string; readonly at: number } | undefined
}

interface CachedStatus {
  readonly account: Account | undefined
  readonly status: SessionStatus
}

/** An account as a directory returns it; undefined where the directory cannot look users up. */
type FoundAccount = Account | null | undefined

/** What the status of a session depends on. */
interface StatusSources {
  /** The verified token; undefined where this gate did not issue it. */
  readToken(token: string): VerifiedToken | undefined
  /** The session that a token belongs to, if it is still there. */
  sessionOf(claims: Claims): MaybePromise<Session | null | undefined>
  readonly directory: UserDirectory
  /** Ends the session of a user who may not log in any more: re-enabling the user must not bring it back. */
  endSession(sessionId: string): void
  now(): number
}

const UNKNOWN: SessionStatus = { state: 'unknown' }

const ended = ({ sid }: Claims): SessionStatus => ({ state: 'ended', sessionId: sid })

/** Whether a session began with this account: enabled, and with the version (the password, for one) that it has now. */
export const hasBegunWith = (sessionId: string, account: FoundAccount): account is Account =>
  !!account && fingerprint(account.version) === fingerprintOf(sessionId)

const belongsTo = ({ issuer, subject }: Session, { iss, sub }: Claims): boolean =>
  issuer === iss && subject === sub

// A directory may spell a name differently than the user typed it. Any other name is another user, and this session would
// take on that user's name and scopes.
function refuseOtherUser(account: FoundAccount, { sub }: Claims): void {
  if (!account || account.username.toLowerCase() === sub.toLowerCase()) return
  throw new UsersUnavailableError({
    cause: new TypeError('find() answered another user than the one that it was asked for'),
  })
}

// A token without scopes of its own has those of the user; where the user cannot be looked up, none.
function scopesOf(tokenScopes: readonly string[] | null, account: Account | undefined): readonly string[] {
  if (!account) return [...(tokenScopes ?? [])]
  if (!tokenScopes) return [...account.scopes]
  const held = new Set(account.scopes)
  return tokenScopes.filter((scope) => held.has(scope))
}

/** The user of a verified token, as the directory knows them now; from the token alone where it cannot look users up. */
export function userOf(
  claims: Claims,
  tokenScopes: readonly string[] | null,
  account: Account | undefined,
  authenticatedBy: AuthenticatedBy,
): User {
  const { name, email } = account ?? claims
  return Object.freeze({
    username: account?.username ?? claims.sub,
    issuer: claims.iss,
    subject: claims.sub,
    scopes: Object.freeze(scopesOf(tokenScopes, account)),
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    authenticatedBy,
    sessionId: claims.sid,
    expiresAt: claims.exp * 1000,
  })
}

function validStatus(
  verified: VerifiedToken,
  by: AuthenticatedBy,
  account: Account | undefined,
): SessionStatus {
  const user = userOf(verified.claims, verified.scopes, account, by)
  const status: SessionStatus = { state: 'valid', user, verified }
  verified[by] = { account, status }
  return status
}

/** Decides what a token is worth: first by its own dates, then by its session, then by the account of its user. */
export function sessionVerifier({ readToken, sessionOf, directory, endSession, now }: StatusSources) {
  // `account` is undefined if this process has read nothing of the user since the session began. The request is refused,
  // but the session does not end: another process may know the user's newer version.
  function outdated(claims: Claims, account: FoundAccount): SessionStatus {
    if (account !== undefined) endSession(claims.sid)
    return ended(claims)
  }

  function byAccount(
    verified: VerifiedToken,
    by: AuthenticatedBy,
    account: FoundAccount,
  ): MaybePromise<SessionStatus> {
    const cached = verified[by]
    if (cached && cached.account === account) return cached.status
    const { claims } = verified
    refuseOtherUser(account, claims)
    if (account === undefined || hasBegunWith(claims.sid, account)) return validStatus(verified, by, account)
    const byNewerAccount = (newer: FoundAccount): SessionStatus => {
      refuseOtherUser(newer, claims)
      return hasBegunWith(claims.sid, newer) ? validStatus(verified, by, newer) : outdated(claims, newer)
    }
    const newer = directory.findSince?.(claims.sub, createdAtOf(claims.sid))
    return isPromise(newer) ? newer.then(byNewerAccount) : byNewerAccount(newer)
  }

  function bySession(
    verified: VerifiedToken,
    by: AuthenticatedBy,
    session: Session | null | undefined,
    at: number,
  ): MaybePromise<SessionStatus> {
    const { claims } = verified
    // A session whose end is not a number has ended too.
    const isRunning = session && belongsTo(session, claims) && at < session.expiresAt
    if (!isRunning) return ended(claims)
    verified.sessionExpiresAt = session.expiresAt
    const account = directory.find?.(claims.sub)
    return isPromise(account)
      ? account.then((found) => byAccount(verified, by, found))
      : byAccount(verified, by, account)
  }

  return function verify(token: string, by: AuthenticatedBy): MaybePromise<SessionStatus> {
    const verified = readToken(token)
    if (!verified) return UNKNOWN
    const at = now()
    if (at >= verified.expiresAt) return ended(verified.claims)
    const session = sessionOf(verified.claims)
    if (isPromise(session)) return session.then((found) => bySession(verified, by, found, now()))
    return bySession(verified, by, session, at)
  }
}
