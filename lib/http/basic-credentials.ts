/** A name and a password in NFC. Neither is empty or contains control characters. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

const MAX_USERNAME_BYTES = 256
const MAX_PASSWORD_BYTES = 1024
// RFC 7617, section 2: neither part may contain control characters.
const CONTROL_CHARACTER = /\p{Cc}/u

// Empty passwords are refused, because an LDAP server accepts them as an anonymous bind.
const fits = (text: string, maxBytes: number): boolean =>
  text !== '' && Buffer.byteLength(text) <= maxBytes && !CONTROL_CHARACTER.test(text) && text.isWellFormed()

/** Credentials that are worth checking, or null if no user can have them. */
export function readCredentials(username: unknown, password: unknown): Credentials | null {
  if (typeof username !== 'string' || typeof password !== 'string') return null
  if (!fits(username, MAX_USERNAME_BYTES) || !fits(password, MAX_PASSWORD_BYTES)) return null
  return { username: username.normalize('NFC'), password: password.normalize('NFC') }
}

const BASIC = /^basic(?: +(.*))?$/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Accepts only the canonical form with padding, as in RFC 4648, section 4.
function decodeBase64(text: string): string | null {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) return null
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/** Whether an Authorization header uses the Basic scheme, even if its credentials are malformed. */
export const isBasic = (authorization: string | undefined): authorization is string =>
  authorization !== undefined && BASIC.test(authorization)

/**
 * The credentials in a Basic Authorization header, or null if they are malformed. The first colon ends the name, so
 * passwords may contain colons and names may not.
 * @see RFC 7617, section 2
 */
export function parseBasicCredentials(authorization: string): Credentials | null {
  const decoded = decodeBase64(BASIC.exec(authorization)?.[1] ?? '')
  const colon = decoded?.indexOf(':') ?? -1
  if (!decoded || colon === -1) return null
  return readCredentials(decoded.slice(0, colon), decoded.slice(colon + 1))
}
