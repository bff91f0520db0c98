import type { Account } from '../users/user-directory.ts'
import type { Claims } from './token/token.ts'
import type { User } from './user.ts'

/**
 * What a token is worth. `over`: it is ours, and its session has ended or its user is out.
 * `foreign`: it is none of ours. Both are refused alike; only the login page treats them differently.
 */
export type Standing =
  | { readonly state: 'good'; readonly user: User; readonly verified: VerifiedToken }
  | { readonly state: 'over'; readonly sessionId: string }
  | { readonly state: 'foreign' }

/** A token whose signature and claims are good, with what a request needs of it worked out once. */
export interface VerifiedToken {
  readonly token: string
  readonly claims: Claims
  readonly expiresAt: number
  /** Null: all that the user has when a request is judged. */
  readonly scopes: readonly string[] | null
  sessionExpiresAt: number
  /** The answers given so far; each is good for as long as the directory gives the same account. */
  bearer: GivenAnswer | undefined
  cookie: GivenAnswer | undefined
  renewal: { readonly token: string; readonly at: number } | undefined
}

export interface GivenAnswer {
  readonly account: Account | undefined
  readonly standing: Standing
}
