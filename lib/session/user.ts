/** How a request carried its credential. */
export type AuthenticatedBy = 'bearer' | 'cookie'

/** The user who sent a request. Frozen, because requests of one session share it. */
export interface User {
  readonly username: string
  /** The authority that authenticated the user: `session.issuer` for the users of this gate. */
  readonly issuer: string
  /** The issuer's name for the user. Unique only together with the issuer. */
  readonly subject: string
  /** The scopes of the token that the user still has. */
  readonly scopes: readonly string[]
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly authenticatedBy: AuthenticatedBy
  /** Absent for tokens that another issuer signed. */
  readonly sessionId?: string | undefined
  /** When this credential expires, in milliseconds since the epoch. */
  readonly expiresAt: number
}
