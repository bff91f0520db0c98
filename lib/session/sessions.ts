import { InvalidCredentialsError } from '../errors.ts'
import type { EventDetails } from '../events.ts'
import { isPromise, type MaybePromise } from '../http/request.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { createdAtOf, createSessionId } from './session-id.ts'
import type { Standing, VerifiedToken } from './standing.ts'
import { keptSessions } from './store/kept-sessions.ts'
import type { Session, SessionStore } from './store/session-store.ts'
import { sessionTokens } from './token/session-tokens.ts'
import type { Claims, TokenCodec } from './token/token.ts'
import type { AuthenticatedBy } from './user.ts'
import { hasBegunWith, userStanding } from './user-standing.ts'

export interface SessionSettings {
  readonly issuer: string
  readonly idleTimeoutSeconds: number
  readonly absoluteTimeoutSeconds: number
  readonly maxPerUser: number
}

/** A token as it is handed out. */
export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly session: Session
}

export interface Sessions {
  /**
   * Begins a session of a user, with all of their scopes or some.
   * @throws `DOCS_GATE_INVALID_CREDENTIALS` where the user is out by now
   */
  open(account: Account, scopes?: readonly string[]): Promise<IssuedToken>
  judge(token: string, by: AuthenticatedBy): MaybePromise<Standing>
  /** A token for the rest of the session where half the life of this one has passed. */
  renew(verified: VerifiedToken): string | undefined
  /** What a token of ours says, expired or not; undefined where it is none of ours. */
  claimsOf(token: string): Claims | undefined
  /** Ends a session, if there is one. `about` is told of it. */
  end(id: string, about?: EventDetails): Promise<void>
  endOf(issuer: string, subject: string, about?: EventDetails): Promise<void>
  /** Ends the sessions of a local user that did not begin with the version that they have now; all, where they are out. */
  endOutdated(subject: string): Promise<void>
  of(issuer: string, subject: string): Promise<readonly Session[]>
  close(): Promise<void>
}

const FOREIGN: Standing = { state: 'foreign' }
const OUT: EventDetails = { reason: 'user_out' }

/**
 * The sessions of a gate. A token is good while it has not expired, its session stands, and its user is in good
 * standing with the version that the session began with. `store` is null for stateless sessions.
 */
export function gateSessions(
  settings: SessionSettings,
  codec: TokenCodec,
  store: SessionStore | null,
  directory: UserDirectory,
  now: () => number = Date.now,
  onEnded: (about: EventDetails) => void = () => {},
): Sessions {
  const { issuer, idleTimeoutSeconds, absoluteTimeoutSeconds, maxPerUser } = settings
  const tokens = sessionTokens({ codec, idleTimeoutSeconds, carryProfile: !directory.find, now })
  const kept = keptSessions({ store, maxPerUser, now, onEnded })
  const judgeUser = userStanding(directory, (id) => {
    kept.end(id, OUT).catch(() => {})
  })

  function sessionAt(createdAt: number, id: string, subject: string): Session {
    return { id, issuer, subject, createdAt, expiresAt: createdAt + absoluteTimeoutSeconds * 1000 }
  }

  function judgeSession(
    verified: VerifiedToken,
    by: AuthenticatedBy,
    session: Session | null | undefined,
    at: number,
  ): MaybePromise<Standing> {
    const { sid, iss, sub } = verified.claims
    const stands = session && session.issuer === iss && session.subject === sub && at < session.expiresAt
    if (!stands) return { state: 'over', sessionId: sid }
    verified.sessionExpiresAt = session.expiresAt
    return judgeUser(verified, by)
  }

  // Who was taken out while they logged in had no session yet that could have been ended.
  async function endWhereOut({ id, subject }: Session): Promise<void> {
    let reason: unknown = new InvalidCredentialsError()
    try {
      if (!directory.find || hasBegunWith(id, await directory.find(subject))) return
    } catch (error) {
      reason = error
    }
    await kept.end(id, OUT)
    throw reason
  }

  return {
    async open(account, scopes = account.scopes) {
      const createdAt = now()
      const session = sessionAt(createdAt, createSessionId(createdAt, account.version), account.username)
      await kept.set(session, absoluteTimeoutSeconds)
      await endWhereOut(session)
      await kept.makeRoom(session)
      const { token, claims } = tokens.issue(session, account, scopes)
      return { token, expiresInSeconds: claims.exp - claims.iat, scope: claims.scope, session }
    },
    judge(token, by) {
      const verified = tokens.read(token)
      if (!verified) return FOREIGN
      const at = now()
      const { sid, sub } = verified.claims
      if (at >= verified.expiresAt) return { state: 'over', sessionId: sid }
      if (!store) return judgeSession(verified, by, sessionAt(createdAtOf(sid), sid, sub), at)
      const session = kept.get(sid)
      if (isPromise(session)) return session.then((known) => judgeSession(verified, by, known, now()))
      return judgeSession(verified, by, session, at)
    },
    renew: tokens.renew,
    claimsOf: (token) => tokens.read(token)?.claims,
    end: kept.end,
    async endOf(ofIssuer, subject, about) {
      const sessions = await kept.of(ofIssuer, subject)
      await Promise.all(sessions.map((session) => kept.end(session.id, about)))
    },
    async endOutdated(subject) {
      // Asked first: by the time that the sessions are there, the user may be let in again.
      const account = await directory.find?.(subject)
      const sessions = await kept.of(issuer, subject)
      const outdated = sessions.filter(({ id }) => !hasBegunWith(id, account))
      await Promise.all(outdated.map(({ id }) => kept.end(id, OUT)))
    },
    of: kept.of,
    async close() {
      await store?.close?.()
    },
  }
}
