import type { User } from '../../session/user.ts'

/** What a docs page needs to notice the end of its session. It has no time of day, because clocks differ. */
export const sessionExpiry = ({ issuer, subject, expiresAt }: User, now = Date.now()) => ({
  /** Identifies the user. Subjects are unique only within their issuer. */
  user: `${issuer} ${subject}`,
  /** In seconds, rounded up: after this time, the session has expired. */
  expiresIn: Math.max(0, Math.ceil((expiresAt - now) / 1000)),
})
