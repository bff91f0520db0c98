import { LRUCache } from 'lru-cache'
import { maxEntries } from '../runtime/max-entries.ts'

const LOOP_SECONDS = 10
const MAX_REMEMBERED_LOGINS = 10_000

/**
 * Detects a browser that does not keep the cookie: it logs in, comes back without a session, is redirected to the login,
 * and so on without end, because it sends the Basic credentials by itself.
 */
export function loginLoopDetector(now: () => number = Date.now) {
  const limits = {
    ...maxEntries(MAX_REMEMBERED_LOGINS),
    ttl: LOOP_SECONDS * 1000,
    ttlResolution: 0,
    perf: { now },
  }
  const unusedSessions = new LRUCache<string, string>(limits)
  const loginOfSession = new LRUCache<string, string>(limits)

  return {
    /** Whether this login follows one by the same user and address whose session was never used. Remembers this one. */
    detect(username: string, address: string | undefined, sessionId: string): boolean {
      const login = `${address} ${username}`
      const previous = unusedSessions.get(login)
      unusedSessions.set(login, sessionId)
      loginOfSession.set(sessionId, login)
      return previous !== undefined
    },
    /** To be called when a session is used: the browser has kept the cookie. */
    markUsed(sessionId: string): void {
      if (loginOfSession.size === 0) return
      const login = loginOfSession.get(sessionId)
      if (login === undefined) return
      loginOfSession.delete(sessionId)
      if (unusedSessions.get(login) === sessionId) unusedSessions.delete(login)
    },
  }
}
