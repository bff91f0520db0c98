/** How a request carried its credential. */
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
