/** A name and a password, normalized: NFC, no control characters, neither of them empty. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

const MAX_USERNAME_BYTES = 256
const MAX_PASSWORD_BYTES = 1024
// RFC 7617, section 2: neither part may contain control characters.
const CONTROL_CHARACTER = /\p{Cc}/u

// An empty password is refused here: an LDAP server takes it for an anonymous bind and says yes.
const fits = (text: string, maxBytes: number): boolean =>
  text !== '' && Buffer.byteLength(text) <= maxBytes && !CONTROL_CHARACTER.test(text) && text.isWellFormed()

/** Credentials as they may be checked, or null where they can be nobody's. */
export function readCredentials(username: unknown, password: unknown): Credentials | null {
  if (typeof username !== 'string' || typeof password !== 'string') return null
  if (!fits(username, MAX_USERNAME_BYTES) || !fits(password, MAX_PASSWORD_BYTES)) return null
  return { username: username.normalize('NFC'), password: password.normalize('NFC') }
}

const BASIC = /^basic(?: +(.*))?$/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Only the canonical spelling with its padding: the base64 that RFC 4648, section 4 describes.
function decodeBase64(text: string): string | null {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) return null
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/** Whether an Authorization header is of the Basic scheme, however broken the rest is. */
export const isBasic = (authorization: string | undefined): authorization is string =>
  authorization !== undefined && BASIC.test(authorization)

/**
 * The credentials in a Basic Authorization header, or null where they are malformed.
 * The first colon splits: a password may contain colons, a name may not.
 * @see RFC 7617, section 2
 */
export function parseBasicCredentials(authorization: string): Credentials | null {
  const decoded = decodeBase64(BASIC.exec(authorization)?.[1] ?? '')
  const colon = decoded?.indexOf(':') ?? -1
  if (!decoded || colon === -1) return null
  return readCredentials(decoded.slice(0, colon), decoded.slice(colon + 1))
}
