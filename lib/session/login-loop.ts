import { LRUCache } from 'lru-cache'
import { maxEntries } from '../runtime/max-entries.ts'

const LOOP_SECONDS = 10
const MAX_REMEMBERED_LOGINS = 10_000

/**
 * Notices a browser that does not keep the cookie: it logs in, arrives without a session, is sent to log in again, and
 * so on for ever, because its Basic credentials are good.
 */
export interface LoginLoopDetector {
  /** Whether this login follows one of the same user and address whose session was never used. Remembers this one. */
  detect(username: string, address: string | undefined, sessionId: string): boolean
  /** The session was used: the cookie is kept. */
  markUsed(sessionId: string): void
}

export function loginLoopDetector(now: () => number = Date.now): LoginLoopDetector {
  const limits = {
    ...maxEntries(MAX_REMEMBERED_LOGINS),
    ttl: LOOP_SECONDS * 1000,
    ttlResolution: 0,
    perf: { now },
  }
  const unusedSessions = new LRUCache<string, string>(limits)
  const loginOfSession = new LRUCache<string, string>(limits)

  return {
    detect(username, address, sessionId) {
      const login = `${address} ${username}`
      const previous = unusedSessions.get(login)
      unusedSessions.set(login, sessionId)
      loginOfSession.set(sessionId, login)
      return previous !== undefined
    },
    markUsed(sessionId) {
      if (loginOfSession.size === 0) return
      const login = loginOfSession.get(sessionId)
      if (login === undefined) return
      loginOfSession.delete(sessionId)
      if (unusedSessions.get(login) === sessionId) unusedSessions.delete(login)
    },
  }
}
