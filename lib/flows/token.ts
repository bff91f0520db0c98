import { InvalidCredentialsError, OversizedAccountError } from '../errors.ts'
import { about } from '../events.ts'
import type { Gate } from '../gate/gate.ts'
import { readCredentials } from '../http/basic-credentials.ts'
import { isCrossOrigin } from '../http/cross-origin.ts'
import { isForm, parseForm } from '../http/form.ts'
import { isRetryable, type Outcome, refusal, retryAfter } from '../http/outcome.ts'
import type { RequestLike } from '../http/request.ts'
import { type HttpResponse, NO_STORE } from '../http/response.ts'
import type { IssuedToken } from '../session/sessions.ts'
import { parseScope } from '../validation/scope.ts'
import { refuseCrossOrigin } from './deny-access.ts'

/** The body of the response to a login and to a token request. @see RFC 6749, section 5.1 */
export const tokenBody = ({ token, expiresInSeconds, scope }: IssuedToken) => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: expiresInSeconds,
  scope,
})

// RFC 6749, section 5.1: both headers, for caches that know only one.
const HEADERS = { ...NO_STORE, pragma: 'no-cache' }

// RFC 6749, section 5.2, and RFC 7009, section 2.2.1
type OAuthError =
  | 'invalid_request'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'unsupported_token_type'

const oauthError = (error: OAuthError, description: string): HttpResponse => ({
  status: 400,
  headers: HEADERS,
  body: { error, error_description: description },
})

const NOT_A_FORM = oauthError('invalid_request', 'The body has to be a form, with each parameter once.')

function formOf(request: RequestLike, body: unknown): ReadonlyMap<string, string> | null {
  return isForm(request.headers['content-type']) ? parseForm(body) : null
}

// Without a scope parameter, all scopes of the user; otherwise those of the requested scopes that the user has.
function grantedScopes(requested: string | undefined, held: readonly string[]): readonly string[] | null {
  const scopes = parseScope(requested ?? '')
  if (scopes === null || scopes.length === 0) return scopes && held
  const granted = held.filter((scope) => scopes.includes(scope))
  return granted.length === 0 ? null : granted
}

async function grant(
  { sessions, attempt, emit }: Gate,
  request: RequestLike,
  form: ReadonlyMap<string, string>,
): Promise<HttpResponse> {
  const credentials = readCredentials(form.get('username'), form.get('password'))
  const account = await attempt(credentials, request)
  const scopes = grantedScopes(form.get('scope'), account.scopes)
  if (!scopes) return oauthError('invalid_scope', 'None of these scopes can be granted.')
  const issued = await sessions.open(account, scopes)
  emit('login', { username: account.username, ...about(request), reason: 'password_grant' })
  return { status: 200, headers: HEADERS, body: tokenBody(issued) }
}

function refuseGrant(error: unknown): Outcome {
  if (error instanceof InvalidCredentialsError)
    return oauthError('invalid_grant', 'The user name or the password is wrong.')
  if (error instanceof OversizedAccountError)
    return oauthError('invalid_scope', 'All scopes of the account are too many for a token. Ask for some.')
  if (!isRetryable(error)) throw error
  return refusal(error, retryAfter(error))
}

/** `POST /token`. @see RFC 6749, section 4.3 */
export async function grantToken(gate: Gate, request: RequestLike, body: unknown): Promise<Outcome> {
  // A page of another site must not use up its visitors' budgets of failed logins.
  if (isCrossOrigin(request, gate.settings.trustedOrigins)) return refuseCrossOrigin(gate, request)
  const form = formOf(request, body)
  if (!form) return NOT_A_FORM
  const grantType = form.get('grant_type')
  if (grantType === undefined) return oauthError('invalid_request', 'grant_type is missing.')
  if (grantType !== 'password') return oauthError('unsupported_grant_type', 'grant_type has to be password.')
  const missing = ['username', 'password'].find((name) => !form.has(name))
  if (missing !== undefined) return oauthError('invalid_request', `${missing} is missing.`)
  try {
    return await grant(gate, request, form)
  } catch (error) {
    return refuseGrant(error)
  }
}

/** `POST /revoke`. @see RFC 7009 */
export async function revokeToken(
  { settings, sessions }: Gate,
  request: RequestLike,
  body: unknown,
): Promise<HttpResponse> {
  if (settings.session.store === 'stateless')
    return oauthError('unsupported_token_type', 'Tokens of this service end when they expire.')
  const token = formOf(request, body)?.get('token')
  if (token === undefined) return oauthError('invalid_request', 'token is missing.')
  const id = sessions.claimsOf(token)?.sid
  if (id !== undefined) await sessions.end(id, { ...about(request), reason: 'revoked' })
  // RFC 7009, section 2.2: an invalid token counts as revoked.
  return { status: 200, headers: HEADERS }
}
