import type { Verdict } from './authenticator.ts'
import type { User } from './user.ts'

/** What the requests to one gate are worth. Each is judged once, however many guards stand before its handler. */
export interface Verdicts {
  /** The property of the request that holds its verdict. */
  readonly key: symbol
  of(request: object): Verdict | undefined
  keep(request: object, verdict: Verdict): Verdict
  /** The user whom a guard has let in: what the host makes of its own `request.user` is not asked. */
  userOf(request: object): User
}

type JudgedRequest = Record<symbol, Verdict | undefined>

export function requestVerdicts(): Verdicts {
  // Of this gate alone: whom another gate lets in, in a scope above, is a stranger here.
  const verdictKey = Symbol('docs-gate.verdict')
  const of = (request: object): Verdict | undefined => (request as JudgedRequest)[verdictKey]
  return {
    key: verdictKey,
    of,
    keep(request, verdict) {
      ;(request as JudgedRequest)[verdictKey] = verdict
      return verdict
    },
    userOf: (request) => of(request)?.user as User,
  }
}
