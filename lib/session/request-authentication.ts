import type { AuthenticationResult } from './authenticator.ts'
import type { User } from './user.ts'

/** What the requests to one gate are worth. Each is judged once, however many guards stand before its handler. */
export interface RequestAuthentication {
  /** The property of the request that holds its result. */
  readonly key: symbol
  of(request: object): AuthenticationResult | undefined
  keep(request: object, result: AuthenticationResult): AuthenticationResult
  /** The user whom a guard has let in: what the host makes of its own `request.user` is not asked. */
  userOf(request: object): User
}

type JudgedRequest = Record<symbol, AuthenticationResult | undefined>

export function requestAuthentication(): RequestAuthentication {
  // Of this gate alone: whom another gate lets in, in a scope above, is a stranger here.
  const verdictKey = Symbol('docs-gate.authentication')
  const of = (request: object): AuthenticationResult | undefined => (request as JudgedRequest)[verdictKey]
  return {
    key: verdictKey,
    of,
    keep(request, result) {
      ;(request as JudgedRequest)[verdictKey] = result
      return result
    },
    userOf: (request) => of(request)?.user as User,
  }
}
