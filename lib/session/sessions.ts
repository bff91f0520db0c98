import { InvalidCredentialsError, OversizedAccountError } from '../errors.ts'
import type { EventDetails } from '../events.ts'
import { isPromise, type MaybePromise } from '../http/request.ts'
import type { Outage } from '../runtime/outage.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { accountStatus, hasBegunWith } from './account-status.ts'
import { createdAtOf, createSessionId } from './session-id.ts'
import type { SessionStatus, VerifiedToken } from './session-status.ts'
import { sessionRepository } from './store/session-repository.ts'
import type { Session, SessionStore } from './store/session-store.ts'
import { sessionTokens } from './token/session-tokens.ts'
import type { Claims, TokenCodec } from './token/token.ts'
import type { AuthenticatedBy } from './user.ts'

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
   * @throws `DOCS_GATE_INVALID_CREDENTIALS` where the user is out by now; an `OversizedAccountError` where the token
   * cannot carry what it has to say of the user
   */
  open(account: Account, scopes?: readonly string[]): Promise<IssuedToken>
  verify(token: string, by: AuthenticatedBy): MaybePromise<SessionStatus>
  /** A token for the rest of the session where half the life of this one has passed. */
  renew(verified: VerifiedToken): string | undefined
  /** What a token of ours says, expired or not; undefined where it is none of ours. */
  claimsOf(token: string): Claims | undefined
  /** Ends a session, if there is one. `about` goes into the event. */
  end(id: string, about?: EventDetails): Promise<void>
  endAll(issuer: string, subject: string, about?: EventDetails): Promise<void>
  /** Ends the sessions of a local user that did not begin with the version that they have now; all, where they are out. */
  endOutdated(subject: string): Promise<void>
  list(issuer: string, subject: string): Promise<readonly Session[]>
  close(): Promise<void>
}

/** What sessions need of the rest of the gate. */
export interface SessionsSurroundings {
  readonly now?: (() => number) | undefined
  /** Told of every session that is ended. */
  readonly onEnded?: ((about: EventDetails) => void) | undefined
  /** Told of how the store fares. */
  readonly outage?: Pick<Outage, 'failed' | 'answered'> | undefined
  /** How many characters of a token fit into the cookie. @default no limit */
  readonly maxTokenLength?: number | undefined
  /** Told of a user whose scopes do not. */
  readonly onOversized?: ((error: OversizedAccountError) => void) | undefined
}

const UNWATCHED: Pick<Outage, 'failed' | 'answered'> = { failed() {}, answered() {} }

const UNKNOWN: SessionStatus = { state: 'unknown' }
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
  surroundings: SessionsSurroundings = {},
): Sessions {
  const { issuer, idleTimeoutSeconds, absoluteTimeoutSeconds, maxPerUser } = settings
  const {
    now = Date.now,
    onEnded = () => {},
    outage = UNWATCHED,
    maxTokenLength = Number.POSITIVE_INFINITY,
  } = surroundings
  const tokens = sessionTokens({ codec, idleTimeoutSeconds, maxTokenLength, canAsk: !!directory.find, now })
  const repository = sessionRepository({ store, maxPerUser, now, onEnded, outage })
  const judgeUser = accountStatus(directory, (id) => {
    repository.end(id, OUT).catch(() => {})
  })

  const lastMoment = (beginning: number): number => beginning + absoluteTimeoutSeconds * 1000

  function statelessSession({ sid, sub }: Claims): Session {
    const createdAt = createdAtOf(sid)
    return { id: sid, issuer, subject: sub, createdAt, expiresAt: lastMoment(createdAt) }
  }

  async function newSession({ username, version }: Account): Promise<Session> {
    const createdAt = await repository.nextCreatedAt(issuer, username)
    const id = createSessionId(createdAt, version)
    return { id, issuer, subject: username, createdAt, expiresAt: lastMoment(createdAt) }
  }

  function judgeSession(
    verified: VerifiedToken,
    by: AuthenticatedBy,
    session: Session | null | undefined,
    at: number,
  ): MaybePromise<SessionStatus> {
    const { sid, iss, sub } = verified.claims
    const stands = session && session.issuer === iss && session.subject === sub && at < session.expiresAt
    if (!stands) return { state: 'ended', sessionId: sid }
    verified.sessionExpiresAt = session.expiresAt
    return judgeUser(verified, by)
  }

  function issue(...token: Parameters<typeof tokens.issue>): ReturnType<typeof tokens.issue> {
    try {
      return tokens.issue(...token)
    } catch (error) {
      if (error instanceof OversizedAccountError) surroundings.onOversized?.(error)
      throw error
    }
  }

  // Who was taken out while they logged in had no session yet that could have been ended.
  async function refuseWhereOut({ id, subject }: Session): Promise<void> {
    if (directory.find && !hasBegunWith(id, await directory.find(subject)))
      throw new InvalidCredentialsError()
  }

  // No session is left of a login that fails: it would be counted among those of its user.
  async function settle(session: Session): Promise<void> {
    try {
      await refuseWhereOut(session)
      await repository.makeRoom(session)
    } catch (error) {
      await repository
        .end(session.id, error instanceof InvalidCredentialsError ? OUT : undefined)
        .catch(() => {})
      throw error
    }
  }

  return {
    async open(account, scopes = account.scopes) {
      const session = await newSession(account)
      const issued = issue(session, account, scopes)
      await repository.set(session, absoluteTimeoutSeconds)
      await settle(session)
      return { ...issued, scope: scopes.join(' '), session }
    },
    verify(token, by) {
      const verified = tokens.read(token)
      if (!verified) return UNKNOWN
      const at = now()
      const { sid } = verified.claims
      if (at >= verified.expiresAt) return { state: 'ended', sessionId: sid }
      if (!store) return judgeSession(verified, by, statelessSession(verified.claims), at)
      const session = repository.get(sid)
      if (isPromise(session)) return session.then((known) => judgeSession(verified, by, known, now()))
      return judgeSession(verified, by, session, at)
    },
    renew: tokens.renew,
    claimsOf: (token) => tokens.read(token)?.claims,
    end: repository.end,
    async endAll(ofIssuer, subject, about) {
      const sessions = await repository.list(ofIssuer, subject)
      await Promise.all(sessions.map((session) => repository.end(session.id, about)))
    },
    async endOutdated(subject) {
      // Asked first: by the time that the sessions are there, the user may be let in again.
      const account = await directory.find?.(subject)
      const sessions = await repository.list(issuer, subject)
      const outdated = sessions.filter(({ id }) => !hasBegunWith(id, account))
      await Promise.all(outdated.map(({ id }) => repository.end(id, OUT)))
    },
    list: repository.list,
    async close() {
      await store?.close?.()
    },
  }
}
