import { StoreUnavailableError } from '../../errors.ts'
import type { EventDetails } from '../../events.ts'
import { bounded } from '../../http/deadline.ts'
import type { MaybePromise } from '../../http/request.ts'
import type { Session, SessionStore } from './session-store.ts'

/** The sessions in a store, which may hang, fail or lie. @throws `DOCS_GATE_STORE_UNAVAILABLE`, each of them */
export interface KeptSessions {
  get(id: string): MaybePromise<Session | null | undefined>
  set(session: Session, ttlSeconds: number): MaybePromise<unknown>
  /** Of the sessions of the same user, the oldest beyond `maxPerUser` end; this one, which is stored already, stays. */
  makeRoom(session: Session): Promise<void>
  /** Ends a session, if there is one. `about` is told of it. */
  end(id: string, about?: EventDetails): Promise<void>
  of(issuer: string, subject: string): Promise<readonly Session[]>
}

export interface KeptSessionsOptions {
  /** Null for stateless sessions. */
  readonly store: SessionStore | null
  readonly maxPerUser: number
  readonly now: () => number
  readonly onEnded: (about: EventDetails) => void
}

const DEADLINE_MILLISECONDS = 1500

const storeUnavailable = (options: ErrorOptions): Error => new StoreUnavailableError(options)

export function keptSessions({ store, maxPerUser, now, onEnded }: KeptSessionsOptions): KeptSessions {
  const ask = <T>(run: (from: SessionStore) => MaybePromise<T>, without: T): MaybePromise<T> =>
    store ? bounded(() => run(store), DEADLINE_MILLISECONDS, storeUnavailable) : without

  const get = (id: string) => ask((from) => from.get(id), null)
  const look = async (id: string) => get(id)

  // Deleted whether it was found or not: a store may be behind with what it shows, never with what it deletes.
  async function end(id: string, about: EventDetails = { reason: 'ended' }): Promise<void> {
    const found = look(id).catch(() => null)
    await ask((from) => from.delete(id), undefined)
    const session = await found
    if (session) onEnded({ username: session.subject, ...about })
  }

  async function of(issuer: string, subject: string): Promise<readonly Session[]> {
    const sessions = await ask((from) => from.list(issuer, subject), [])
    if (!Array.isArray(sessions)) throw storeUnavailable({ cause: new TypeError('list() returned no list') })
    return sessions.filter((session) => now() < session.expiresAt)
  }

  return {
    get,
    set: (session, ttlSeconds) => ask((to) => to.set(session, ttlSeconds), undefined),
    end,
    of,
    // After the new one is stored: however many logins run at once, the last of them sees all.
    async makeRoom({ id, issuer, subject }) {
      const others = (await of(issuer, subject)).filter((session) => session.id !== id)
      const oldestFirst = others.sort((a, b) => a.createdAt - b.createdAt)
      const surplus = oldestFirst.slice(0, Math.max(0, others.length + 1 - maxPerUser))
      await Promise.all(surplus.map((session) => end(session.id, { reason: 'max_per_user' })))
    },
  }
}
