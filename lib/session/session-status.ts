import type { Account } from '../users/user-directory.ts'
import type { Claims } from './token/token.ts'
import type { User } from './user.ts'

/**
 * What a token is worth. `ended`: this gate issued it, and its session has ended or its user may not log in any more.
 * `unknown`: this gate did not issue it. Both are refused alike; only the login page treats them differently.
 */
export type SessionStatus =
  | { readonly state: 'valid'; readonly user: User; readonly verified: VerifiedToken }
  | { readonly state: 'ended'; readonly sessionId: string }
  | { readonly state: 'unknown' }

/** A token whose signature and claims are good, with what a request needs of it worked out once. */
export interface VerifiedToken {
  readonly token: string
  readonly claims: Claims
  readonly expiresAt: number
  /** Null: all that the user has when a request is judged. */
  readonly scopes: readonly string[] | null
  sessionExpiresAt: number
  /** The answers given so far; each is good for as long as the directory gives the same account. */
  bearer: CachedStatus | undefined
  cookie: CachedStatus | undefined
  renewal: { readonly token: string; readonly at: number } | undefined
}

export interface CachedStatus {
  readonly account: Account | undefined
  readonly status: SessionStatus
}
