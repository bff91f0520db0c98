// RFC 6749, section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether this is a list of scope tokens. */
export function isScopeList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((scope) => typeof scope === 'string' && SCOPE_TOKEN.test(scope))
}

/** The scopes of a space-delimited list, each once, or null where it is not one. */
export function parseScope(scope: string): readonly string[] | null {
  const scopes = [...new Set(scope.split(' ').filter((token) => token !== ''))]
  return isScopeList(scopes) ? scopes : null
}

export const hasScopes = (held: readonly string[], asked: readonly string[]): boolean =>
  asked.every((scope) => held.includes(scope))
