import type { User } from '../../session/user.ts'

/** What a docs page asks to learn whether its session still stands. Never a time of day: clocks differ. */
export interface SessionExpiry {
  /** Tells one user from another: subjects of different issuers never mix. */
  readonly user: string
  /** In seconds, not too few: who asks then finds it expired. */
  readonly expiresIn: number
}

export const sessionExpiry = ({ issuer, subject, expiresAt }: User, now = Date.now()): SessionExpiry => ({
  user: `${issuer} ${subject}`,
  expiresIn: Math.max(0, Math.ceil((expiresAt - now) / 1000)),
})
