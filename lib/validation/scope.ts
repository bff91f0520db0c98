// RFC 6749, section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

// Limits what is stored per user, far above what the groups of a company add up to.
const MAX_HELD_LENGTH = 100_000

// A refusal lists all of them in the WWW-Authenticate header.
const MAX_ASKED_LENGTH = 1500

/** Whether this is a list of scope tokens with at most `maxLength` characters in all. */
export function isScopeList(value: unknown, maxLength = MAX_HELD_LENGTH): value is readonly string[] {
  if (!Array.isArray(value)) return false
  let length = -1
  for (const scope of value) {
    if (typeof scope !== 'string' || !SCOPE_TOKEN.test(scope)) return false
    length += 1 + scope.length
    if (length > maxLength) return false
  }
  return true
}

/** Whether this is a list of scopes that a guard may require or a client may request. */
export const isAskedScopeList = (value: unknown): value is readonly string[] =>
  isScopeList(value, MAX_ASKED_LENGTH)

/** The scopes of a space-delimited list without duplicates, or null if it is malformed. */
export function parseScope(scope: string): readonly string[] | null {
  const scopes = [...new Set(scope.split(' ').filter((token) => token !== ''))]
  return isAskedScopeList(scopes) ? scopes : null
}

export const hasScopes = (held: readonly string[], required: readonly string[]): boolean =>
  required.every((scope) => held.includes(scope))
