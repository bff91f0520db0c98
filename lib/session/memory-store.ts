import type { Session, SessionStore } from './session-store.ts'

// A space cannot be in an issuer: the pair is told apart without escaping.
const userKey = (issuer: string, subject: string): string => `${issuer} ${subject}`

/** Sessions that live and die with this process. Each operation is one synchronous step, so nothing can race. */
export function memoryStore(now: () => number = Date.now): SessionStore {
  const sessions = new Map<string, Session>()
  const idsOfUser = new Map<string, Set<string>>()

  const forget = (session: Session): void => {
    sessions.delete(session.id)
    const key = userKey(session.issuer, session.subject)
    const ids = idsOfUser.get(key)
    ids?.delete(session.id)
    if (ids?.size === 0) idsOfUser.delete(key)
  }

  // Sessions of one gate live equally long, so those at the front of the map are the first to expire.
  const sweep = (): void => {
    for (const session of sessions.values()) {
      if (session.expiresAt > now()) return
      forget(session)
    }
  }

  return {
    get: (id) => sessions.get(id),
    set(session) {
      sweep()
      sessions.set(session.id, session)
      const key = userKey(session.issuer, session.subject)
      const ids = idsOfUser.get(key)
      if (ids) ids.add(session.id)
      else idsOfUser.set(key, new Set([session.id]))
    },
    delete(id) {
      const session = sessions.get(id)
      if (session) forget(session)
    },
    list(issuer, subject) {
      const ids = idsOfUser.get(userKey(issuer, subject)) ?? []
      return [...ids].map((id) => sessions.get(id) as Session).filter((session) => session.expiresAt > now())
    },
  }
}
