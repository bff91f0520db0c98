import type { Account } from '../users/user-directory.ts'
import type { Claims } from './token/token.ts'

/** What carried the credential of a request. */
export type AuthenticatedBy = 'bearer' | 'cookie'

/** Who sent a request. Frozen: requests of one session share it. */
export interface User {
  readonly username: string
  /** Who vouches for the user: `session.issuer` for the users of this gate. */
  readonly issuer: string
  /** The user, as their issuer names them. Unique only together with the issuer. */
  readonly subject: string
  /** What the token may do and the user still may. */
  readonly scopes: readonly string[]
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly authenticatedBy: AuthenticatedBy
  /** Absent for tokens that another issuer signed. */
  readonly sessionId?: string | undefined
  /** When this credential expires, in milliseconds since the epoch. */
  readonly expiresAt: number
}

// A token without scopes of its own has those of the user; where nobody can be asked for them, none.
function scopesOf(tokenScopes: readonly string[] | null, account: Account | undefined): readonly string[] {
  if (!account) return [...(tokenScopes ?? [])]
  if (!tokenScopes) return [...account.scopes]
  const held = new Set(account.scopes)
  return tokenScopes.filter((scope) => held.has(scope))
}

/** The user that good claims speak of, as the directory knows them now (or, undefined, cannot know). */
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
