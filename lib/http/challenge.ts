// RFC 9110, section 5.6.4
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** The Basic challenge. @see RFC 7617, section 2.1 (charset) */
export const basicChallenge = (realm: string): string => `Basic realm=${quoted(realm)}, charset="UTF-8"`

/** The Bearer challenges. @see RFC 6750, section 3 */
export type BearerChallenges = ReturnType<typeof bearerChallenges>

export function bearerChallenges(realm: string) {
  const missing = `Bearer realm=${quoted(realm)}`
  return {
    missing,
    invalidToken: `${missing}, error="invalid_token"`,
    insufficientScope: (scopes: readonly string[]): string =>
      `${missing}, error="insufficient_scope", scope=${quoted(scopes.join(' '))}`,
  }
}
