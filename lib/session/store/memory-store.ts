import type { Session, SessionStore } from './session-store.ts'

/** A session, linked to the next older and the next newer session of its user. */
interface Entry {
  readonly session: Session
  older: Entry | undefined
  newer: Entry | undefined
}

// Expired sessions are removed in small batches: a million of them would hold up the login that removes them.
const SWEEP_INTERVAL_MILLISECONDS = 1000
const MAX_SWEPT = 5000

/**
 * Sessions in the memory of this process. Each operation is one synchronous step, so nothing can race. The sessions of a
 * user form a linked list, because a set for each user would take more memory than a session.
 */
export function memoryStore(now: () => number = Date.now): SessionStore {
  const entries = new Map<string, Entry>()
  // By issuer, then by subject.
  const newestOfUsers = new Map<string, Map<string, Entry>>()
  let sweptAt = Number.NEGATIVE_INFINITY

  function usersOf(issuer: string): Map<string, Entry> {
    const users = newestOfUsers.get(issuer) ?? new Map<string, Entry>()
    newestOfUsers.set(issuer, users)
    return users
  }

  function keep(session: Session): void {
    const users = usersOf(session.issuer)
    const older = users.get(session.subject)
    const entry: Entry = { session, older, newer: undefined }
    if (older) older.newer = entry
    users.set(session.subject, entry)
    entries.set(session.id, entry)
  }

  function forget({ session, older, newer }: Entry): void {
    entries.delete(session.id)
    if (older) older.newer = newer
    if (newer) newer.older = older
    else if (older) usersOf(session.issuer).set(session.subject, older)
    else usersOf(session.issuer).delete(session.subject)
  }

  function remove(id: string): void {
    const entry = entries.get(id)
    if (entry) forget(entry)
  }

  // Sessions of one gate live equally long, so those at the front of the map are the first to expire.
  function sweep(): void {
    const at = now()
    if (at - sweptAt < SWEEP_INTERVAL_MILLISECONDS) return
    sweptAt = at
    let swept = 0
    for (const entry of entries.values()) {
      if (entry.session.expiresAt > at || swept++ === MAX_SWEPT) return
      forget(entry)
    }
  }

  return {
    get: (id) => entries.get(id)?.session,
    set(session) {
      sweep()
      remove(session.id)
      keep(session)
    },
    delete: remove,
    list(issuer, subject) {
      const newestFirst: Session[] = []
      let entry = newestOfUsers.get(issuer)?.get(subject)
      for (; entry; entry = entry.older) newestFirst.push(entry.session)
      return newestFirst.reverse().filter((session) => session.expiresAt > now())
    },
  }
}
