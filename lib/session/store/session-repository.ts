import { StoreUnavailableError } from '../../errors.ts'
import type { EventDetails } from '../../events.ts'
import type { MaybePromise } from '../../http/request.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { Outage } from '../../runtime/outage.ts'
import type { Session, SessionStore } from './session-store.ts'
import { readStoredSession, readStoredSessions } from './stored-session.ts'

/** The sessions in a store, which may hang, fail or lie. @throws `DOCS_GATE_STORE_UNAVAILABLE`, each of them */
export interface SessionRepository {
  /** When a session of this user begins that begins now: after all that are there, whichever process's clock they have. */
  nextCreatedAt(issuer: string, subject: string): Promise<number>
  get(id: string): MaybePromise<Session | null | undefined>
  set(session: Session, ttlSeconds: number): MaybePromise<unknown>
  /**
   * Of the sessions of the same user, the oldest beyond `maxPerUser` end. This one, which is stored already, is one of
   * them: where others began at the same time, it may have to end.
   */
  makeRoom(session: Session): Promise<void>
  /** Ends a session, if there is one. `about` goes into the event. */
  end(id: string, about?: EventDetails): Promise<void>
  list(issuer: string, subject: string): Promise<readonly Session[]>
}

export interface SessionRepositoryOptions {
  /** Null for stateless sessions. */
  readonly store: SessionStore | null
  readonly maxPerUser: number
  readonly now: () => number
  readonly onEnded: (about: EventDetails) => void
  readonly outage: Pick<Outage, 'failed' | 'answered'>
}

const DEADLINE_MILLISECONDS = 1500

// All processes agree on this order, so that logins at the same time do not end each other's sessions.
const byAge = (a: Session, b: Session): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

export function sessionRepository({
  store,
  maxPerUser,
  now,
  onEnded,
  outage,
}: SessionRepositoryOptions): SessionRepository {
  function unavailable({ cause }: ErrorOptions): Error {
    outage.failed(cause)
    return new StoreUnavailableError({ cause })
  }

  const call = <V, T>(run: () => MaybePromise<V>, read: (value: V) => T): MaybePromise<T> =>
    withDeadline(run, DEADLINE_MILLISECONDS, unavailable, read)

  // Whatever comes out of a store is read before it is heard.
  function heard<T>(answer: T): T {
    outage.answered()
    return answer
  }

  const get = (id: string): MaybePromise<Session | null> =>
    store
      ? call(
          () => store.get(id),
          (value) => heard(readStoredSession(value, id)),
        )
      : null

  const look = async (id: string) => get(id)

  // What a store says to a change means nothing, as long as it does not fail.
  const done = (): void => heard(undefined)

  // Deleted whether it was found or not: a store may be behind with what it shows, never with what it deletes.
  async function end(id: string, about: EventDetails = { reason: 'ended' }): Promise<void> {
    const found = look(id).catch(() => null)
    await (store && call(() => store.delete(id), done))
    const session = await found
    if (session) onEnded({ username: session.subject, ...about })
  }

  const read = async (issuer: string, subject: string): Promise<readonly Session[]> =>
    store
      ? call(
          () => store.list(issuer, subject),
          (value) => heard(readStoredSessions(value, issuer, subject)),
        )
      : []

  async function list(issuer: string, subject: string): Promise<readonly Session[]> {
    const sessions = await read(issuer, subject)
    return sessions.filter((session) => now() < session.expiresAt)
  }

  return {
    get,
    set: (session, ttlSeconds) => store && call(() => store.set(session, ttlSeconds), done),
    end,
    list,
    async nextCreatedAt(issuer, subject) {
      const sessions = await read(issuer, subject)
      return sessions.reduce((latest, { createdAt }) => Math.max(latest, createdAt + 1), now())
    },
    // After the new one is stored: however many logins run at once, the last of them sees all.
    async makeRoom(session) {
      const others = (await list(session.issuer, session.subject)).filter(({ id }) => id !== session.id)
      const oldestFirst = [...others, session].sort(byAge)
      const surplus = oldestFirst.slice(0, Math.max(0, oldestFirst.length - maxPerUser))
      await Promise.all(surplus.map(({ id }) => end(id, { reason: 'max_per_user' })))
    },
  }
}
