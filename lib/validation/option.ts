import { OptionsError } from '../errors.ts'
import { isAskedScopeList, isScopeList } from './scope.ts'

// A URL may contain a password, as when `redis://user:password@host` is given instead of a client.
const withoutUserinfo = (text: string): string => text.replace(/\/\/\S*@/g, '//…@')

/** Describes a value briefly, for an error message. Not for secrets. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    const text = withoutUserinfo(value)
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  return typeof value === 'undefined' ? 'nothing' : `a value of type ${typeof value}`
}

/**
 * Describes a value that should be a list of scopes: the first item that is not a scope, or the value if not a list.
 */
export function describeScopes(value: unknown): string {
  const bad = Array.isArray(value) ? value.filter((scope) => !isScopeList([scope])) : [value]
  return describeValue(bad.length > 0 ? bad[0] : value)
}

/** Throws an error that names the option, its value, and what to write instead. */
export function invalidOption(option: string, value: unknown, remedy: string): never {
  throw new OptionsError(`${option}: ${remedy}, not ${describeValue(value)}`)
}

export type OptionFields = Readonly<Record<string, unknown>>

/** An object of options. Unknown keys are errors, so that a misspelled option is not silently ignored. */
export function readOptions(option: string, value: unknown, known: readonly string[]): OptionFields {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    invalidOption(option, value, 'write an object')
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new OptionsError(`${option}.${unknown} is not an option; ${option} has ${known.join(', ')}`)
  }
  return value as OptionFields
}

function readScopes(
  option: string,
  value: unknown,
  isList: (value: unknown) => value is readonly string[],
  most: string,
): readonly string[] {
  if (value === undefined) return []
  if (isList(value)) return [...value]
  const remedy = `write a list of scopes without spaces, ${most} characters in all`
  throw new OptionsError(`${option}: ${remedy}, not ${describeScopes(value)}`)
}

/** A list of scopes that are required; empty if absent. */
export const requiredScopes = (option: string, value: unknown): readonly string[] =>
  readScopes(option, value, isAskedScopeList, '1,500')

/** A list of scopes that a user holds; empty if absent. */
export const heldScopes = (option: string, value: unknown): readonly string[] =>
  readScopes(option, value, (scopes): scopes is readonly string[] => isScopeList(scopes), '100,000')

export function positiveInteger(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    invalidOption(option, value, 'write a whole number of 1 or more')
  return value as number
}

export function nonEmptyString(option: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback
  if (typeof value !== 'string' || value.trim() === '') invalidOption(option, value, 'write a text')
  return value
}

export function oneOf<T>(option: string, value: unknown, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  if (!choices.includes(value as T))
    invalidOption(option, value, `write ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`)
  return value as T
}

// Only characters without a special meaning to the router: no encoding, parameter, wildcard or regular expression.
const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/

/** A path under which the gate declares routes. */
export function routePath(option: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback
  const isPlain = typeof value === 'string' && PLAIN_PATH.test(value) && !/\/\.{1,2}(?:\/|$)/.test(value)
  if (!isPlain)
    invalidOption(
      option,
      value,
      `write a plain path like ${JSON.stringify(fallback)}, with no slash at its end`,
    )
  return value
}

/** A path of this site, or a whole http(s) URL. */
export function destination(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const remedy = 'write a path of this site that begins with one slash, or an http(s) URL'
  if (typeof value !== 'string' || !URL.canParse(value, 'http://docs-gate.invalid'))
    invalidOption(option, value, remedy)
  const url = new URL(value, 'http://docs-gate.invalid')
  if (/^https?:\/\//i.test(value)) return url.href
  if (!value.startsWith('/') || url.origin !== 'http://docs-gate.invalid')
    invalidOption(option, value, remedy)
  return url.pathname + url.search + url.hash
}
