import { OptionsError } from '../errors.ts'
import { describeScopes, destination, invalidOption, readOptions } from '../validation/option.ts'
import { isAskedScopeList } from '../validation/scope.ts'

/** What `authorize` requires. */
export interface AuthorizeOptions {
  /** The user needs all of these; at least one. */
  readonly scopes: readonly string[]
  /** Redirects browsers that are refused, whether not logged in or missing a scope: a path of this site, or a URL. */
  readonly redirectTo?: string | undefined
}

/** The arguments of `authorize`, validated. */
export interface AuthorizeSettings {
  readonly scopes: readonly string[]
  readonly redirectTo: string | undefined
}

/** Validates the arguments of `authorize`: scopes, or one object with `scopes` and `redirectTo`. */
export function authorizeArguments(options: readonly unknown[]): AuthorizeSettings {
  const [first] = options
  if (Array.isArray(first))
    invalidOption('authorize', first, "write the scopes as arguments, as in authorize('a', 'b')")
  const isObject = options.length === 1 && typeof first === 'object' && first !== null
  const { scopes, redirectTo } = isObject
    ? readOptions('authorize', first, ['scopes', 'redirectTo'])
    : { scopes: options, redirectTo: undefined }
  if (!isAskedScopeList(scopes) || scopes.length === 0) {
    const remedy = 'write the scopes that a user needs, at least one; for none there is authenticate'
    throw new OptionsError(`authorize: ${remedy}, not ${describeScopes(scopes)}`)
  }
  return { scopes: [...scopes], redirectTo: destination('authorize.redirectTo', redirectTo) }
}
