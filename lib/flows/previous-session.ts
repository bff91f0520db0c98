import type { Gate } from '../gate/gate.ts'
import type { RequestLike } from '../http/request.ts'

/** How the last session of a browser ended, as far as its cookies tell. */
export type SessionEnd = 'signedOut' | 'sessionEnded'

/** What a browser still has of a session that is over. */
export interface PreviousSession {
  /** Undefined where there was no session, or one that stands. */
  endOf(request: RequestLike): Promise<SessionEnd | undefined>
  /** The Set-Cookie values that take every trace of it away. */
  clearTraces(request: RequestLike): readonly string[]
}

export function previousSession({ cookies, sessions }: Gate): PreviousSession {
  return {
    async endOf(request) {
      if (cookies.isLoggedOut(request)) return 'signedOut'
      const judged = cookies.read(request).map((token) => sessions.verify(token, 'cookie'))
      const states = (await Promise.all(judged)).map(({ state }) => state)
      return states.includes('ended') && !states.includes('valid') ? 'sessionEnded' : undefined
    },
    clearTraces: (request) => [cookies.clearSession(request), cookies.clearLoggedOut(request)],
  }
}
