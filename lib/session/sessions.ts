import { InvalidCredentialsError, OversizedAccountError } from '../errors.ts'
import type { EventDetails } from '../events.ts'
import type { Outage } from '../runtime/outage.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { createdAtOf, createSessionId } from './session-id.ts'
import { hasBegunWith, sessionVerifier } from './session-status.ts'
import { sessionRepository } from './store/session-repository.ts'
import type { Session, SessionStore } from './store/session-store.ts'
import { sessionTokens } from './token/session-tokens.ts'
import type { Claims, TokenCodec } from './token/token.ts'

export interface SessionSettings {
  readonly issuer: string
  readonly idleTimeoutSeconds: number
  readonly absoluteTimeoutSeconds: number
  readonly maxPerUser: number
}

/** A new token, with its session. */
export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly session: Session
}

/** What sessions report to the rest of the gate, and how much room they have. */
interface SessionsSurroundings {
  readonly now?: (() => number) | undefined
  /** Called with every session that is ended. */
  readonly onEnded?: ((about: EventDetails) => void) | undefined
  /** Called with every failure and every answer of the store. */
  readonly outage?: Pick<Outage, 'failed' | 'answered'> | undefined
  /** The longest token that fits into the cookie, in characters. @default no limit */
  readonly maxTokenLength?: number | undefined
  /** Called with a user whose scopes do not fit. */
  readonly onOversized?: ((error: OversizedAccountError) => void) | undefined
}

const UNWATCHED: Pick<Outage, 'failed' | 'answered'> = { failed() {}, answered() {} }

const USER_OUT: EventDetails = { reason: 'user_out' }

export type Sessions = ReturnType<typeof gateSessions>

/**
 * The sessions of a gate. A token is valid while it has not expired, its session has not ended, and its user is enabled
 * with the version that the session began with. `store` is null for stateless sessions.
 */
export function gateSessions(
  settings: SessionSettings,
  codec: TokenCodec,
  store: SessionStore | null,
  directory: UserDirectory,
  surroundings: SessionsSurroundings = {},
) {
  const { issuer, idleTimeoutSeconds, absoluteTimeoutSeconds, maxPerUser } = settings
  const {
    now = Date.now,
    onEnded = () => {},
    outage = UNWATCHED,
    maxTokenLength = Number.POSITIVE_INFINITY,
  } = surroundings
  const tokens = sessionTokens({ codec, idleTimeoutSeconds, maxTokenLength, canAsk: !!directory.find, now })
  const repository = sessionRepository({ store, maxPerUser, now, onEnded, outage })

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

  function issue(...token: Parameters<typeof tokens.issue>): ReturnType<typeof tokens.issue> {
    try {
      return tokens.issue(...token)
    } catch (error) {
      if (error instanceof OversizedAccountError) surroundings.onOversized?.(error)
      throw error
    }
  }

  // A user who was disabled or removed during the login had no session yet that could have been ended then.
  async function refuseChangedUser({ id, subject }: Session): Promise<void> {
    if (directory.find && !hasBegunWith(id, await directory.find(subject)))
      throw new InvalidCredentialsError()
  }

  // A login that fails leaves no session behind: it would count towards `maxPerUser`.
  async function settle(session: Session): Promise<void> {
    try {
      await refuseChangedUser(session)
      await repository.makeRoom(session)
    } catch (error) {
      await repository
        .end(session.id, error instanceof InvalidCredentialsError ? USER_OUT : undefined)
        .catch(() => {})
      throw error
    }
  }

  return {
    /**
     * Begins a session of a user, with all of their scopes or some.
     * @throws `DOCS_GATE_INVALID_CREDENTIALS` where the user has been disabled or changed since; an
     * `OversizedAccountError` where the token would not fit into the cookie
     */
    async open(account: Account, scopes: readonly string[] = account.scopes): Promise<IssuedToken> {
      const session = await newSession(account)
      const issued = issue(session, account, scopes)
      await repository.set(session, absoluteTimeoutSeconds)
      await settle(session)
      return { ...issued, scope: scopes.join(' '), session }
    },
    verify: sessionVerifier({
      readToken: tokens.read,
      sessionOf: store ? ({ sid }) => repository.get(sid) : statelessSession,
      directory,
      endSession: (id) => void repository.end(id, USER_OUT).catch(() => {}),
      now,
    }),
    renew: tokens.renew,
    /** The claims of a token of this gate, expired or not; undefined for any other token. */
    claimsOf: (token: string): Claims | undefined => tokens.read(token)?.claims,
    end: repository.end,
    /** Ends all sessions of a user. */
    async endAll(ofIssuer: string, subject: string, about?: EventDetails): Promise<void> {
      const sessions = await repository.list(ofIssuer, subject)
      await Promise.all(sessions.map((session) => repository.end(session.id, about)))
    },
    /** Ends the sessions of a local user that did not begin with their present version; all, if they are disabled or gone. */
    async endOutdated(subject: string): Promise<void> {
      // The account first: by the time the list of sessions arrives, the user may be enabled again.
      const account = await directory.find?.(subject)
      const sessions = await repository.list(issuer, subject)
      const outdated = sessions.filter(({ id }) => !hasBegunWith(id, account))
      await Promise.all(outdated.map(({ id }) => repository.end(id, USER_OUT)))
    },
    list: repository.list,
    async close(): Promise<void> {
      await store?.close?.()
    },
  }
}
