// RFC 6749, section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

// They are in the token, and browsers drop cookies over 4,096 bytes (RFC 6265, section 6.1).
const MAX_SCOPES_LENGTH = 1500

/** Whether this is a list of scope tokens that fits into a cookie. */
export function isScopeList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((scope) => typeof scope === 'string' && SCOPE_TOKEN.test(scope)) &&
    value.join(' ').length <= MAX_SCOPES_LENGTH
  )
}

/** The scopes of a space-delimited list, each once, or null where it is not one. */
export function parseScope(scope: string): readonly string[] | null {
  const scopes = [...new Set(scope.split(' ').filter((token) => token !== ''))]
  return isScopeList(scopes) ? scopes : null
}

export const hasScopes = (held: readonly string[], asked: readonly string[]): boolean =>
  asked.every((scope) => held.includes(scope))
