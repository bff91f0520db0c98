import type { Gate } from '../gate/gate.ts'
import type { RequestLike } from '../http/request.ts'

/** How the last session of a browser ended, as far as its cookies tell. */
export type Ending = 'signedOut' | 'sessionEnded'

/** What a browser still has of a session that is over. */
export interface PastSession {
  /** Undefined where there was no session, or one that stands. */
  endingOf(request: RequestLike): Promise<Ending | undefined>
  /** The Set-Cookie values that take every trace of it away. */
  forget(request: RequestLike): readonly string[]
}

export function pastSession({ cookies, sessions }: Gate): PastSession {
  return {
    async endingOf(request) {
      if (cookies.isMarked(request)) return 'signedOut'
      const judged = cookies.read(request).map((token) => sessions.judge(token, 'cookie'))
      const states = (await Promise.all(judged)).map(({ state }) => state)
      return states.includes('over') && !states.includes('good') ? 'sessionEnded' : undefined
    },
    forget: (request) => [cookies.clear(request), cookies.unmark(request)],
  }
}
