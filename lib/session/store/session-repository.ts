import { StoreUnavailableError } from '../../errors.ts'
import type { EventDetails } from '../../events.ts'
import type { MaybePromise } from '../../http/request.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { Outage } from '../../runtime/outage.ts'
import type { Session, SessionStore } from './session-store.ts'
import { readStoredSession, readStoredSessions } from './stored-session.ts'

interface SessionRepositoryOptions {
  /** Null for stateless sessions. */
  readonly store: SessionStore | null
  readonly maxPerUser: number
  readonly now: () => number
  readonly onEnded: (about: EventDetails) => void
  readonly outage: Pick<Outage, 'failed' | 'answered'>
}

const DEADLINE_MILLISECONDS = 1500

// The same order in all processes, so that logins at the same time do not end each other's sessions.
const byAge = (a: Session, b: Session): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

/**
 * The sessions in a store that may hang, fail or return nonsense.
 * @throws `DOCS_GATE_STORE_UNAVAILABLE`, from each function
 */
export function sessionRepository({ store, maxPerUser, now, onEnded, outage }: SessionRepositoryOptions) {
  function unavailable({ cause }: ErrorOptions): Error {
    outage.failed(cause)
    return new StoreUnavailableError({ cause })
  }

  const call = <V, T>(run: () => MaybePromise<V>, read: (value: V) => T): MaybePromise<T> =>
    withDeadline(run, DEADLINE_MILLISECONDS, unavailable, read)

  // Called after the answer has been read: nonsense is no sign of life.
  function answered<T>(answer: T): T {
    outage.answered()
    return answer
  }

  // A store may return anything from a change, as long as it does not fail.
  const done = (): void => answered(undefined)

  /** The session of this id, or null. */
  function get(id: string): MaybePromise<Session | null> {
    if (!store) return null
    return call(
      () => store.get(id),
      (value) => answered(readStoredSession(value, id)),
    )
  }

  // As a promise in any case, so that a store that throws rejects.
  const getLater = async (id: string) => get(id)

  /** Keeps a session for that many seconds. */
  const set = (session: Session, ttlSeconds: number): MaybePromise<unknown> =>
    store && call(() => store.set(session, ttlSeconds), done)

  /**
   * Ends a session, if there is one. `about` goes into the event. The delete is sent even where no session was found: a
   * store that is behind may not show a session, and deletes it all the same.
   */
  async function end(id: string, about: EventDetails = { reason: 'ended' }): Promise<void> {
    const found = getLater(id).catch(() => null)
    await (store && call(() => store.delete(id), done))
    const session = await found
    if (session) onEnded({ username: session.subject, ...about })
  }

  async function read(issuer: string, subject: string): Promise<readonly Session[]> {
    if (!store) return []
    return call(
      () => store.list(issuer, subject),
      (value) => answered(readStoredSessions(value, issuer, subject)),
    )
  }

  /** The sessions of a user that have not ended. */
  async function list(issuer: string, subject: string): Promise<readonly Session[]> {
    const sessions = await read(issuer, subject)
    return sessions.filter((session) => now() < session.expiresAt)
  }

  /** When a new session of this user begins: now, or after all others, whose processes may have another clock. */
  async function nextCreatedAt(issuer: string, subject: string): Promise<number> {
    const sessions = await read(issuer, subject)
    return sessions.reduce((latest, { createdAt }) => Math.max(latest, createdAt + 1), now())
  }

  /**
   * Ends the oldest sessions of the user beyond `maxPerUser`. To be called once the new session is stored: of logins at
   * the same time, the last one then sees all sessions. The new session may be among those that end.
   */
  async function makeRoom(session: Session): Promise<void> {
    const others = (await list(session.issuer, session.subject)).filter(({ id }) => id !== session.id)
    const oldestFirst = [...others, session].sort(byAge)
    const surplus = oldestFirst.slice(0, Math.max(0, oldestFirst.length - maxPerUser))
    await Promise.all(surplus.map(({ id }) => end(id, { reason: 'max_per_user' })))
  }

  return { get, set, end, list, nextCreatedAt, makeRoom }
}
