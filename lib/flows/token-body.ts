import type { IssuedToken } from '../session/sessions.ts'

/** The body of a login's and a token's answer. @see RFC 6749, section 5.1 */
export const tokenBody = ({ token, expiresInSeconds, scope }: IssuedToken) => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: expiresInSeconds,
  scope,
})
