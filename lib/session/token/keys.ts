import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { OptionsError } from '../../errors.ts'

/** A secret or a PEM private key. */
export type Secret = string | Buffer

export type SigningAlgorithm = 'HS256' | 'ES256' | 'EdDSA'

/** What @fastify/jwt needs to sign and verify with one key. */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly secret: Secret | { readonly private: string; readonly public: string }
}

// RFC 7518, section 3.2: a key for HS256 has at least 256 bits.
const MIN_SECRET_BYTES = 32
// Any kind of PEM, anywhere in the text: a public key or a certificate, used as an HMAC secret, would be known to everybody.
const PEM = /-----BEGIN [A-Z0-9 ]+-----/
const REMEDY = `write 32 random bytes or more, as from: node -p "require('crypto').randomBytes(32).toString('base64url')"`

/**
 * Checks the HMAC of tokens before the library does. It only rejects; the library decides that a token is valid. Attackers
 * send forged tokens by the thousand, and for each of them the library would throw an exception, which is slow.
 * @see RFC 7515, section 5.2; RFC 7518, section 3.2
 */
export function hmacCheck(secret: Secret): (token: string) => boolean {
  const key = createSecretKey(Buffer.from(secret as string))
  return (token) => {
    const end = token.lastIndexOf('.')
    const hmac = createHmac('sha256', key).update(token.slice(0, end)).digest('base64url')
    const signature = Buffer.from(token.slice(end + 1))
    return signature.length === hmac.length && timingSafeEqual(signature, Buffer.from(hmac))
  }
}

// Distinguishes keys and reveals nothing about them.
const keyId = (material: Secret): string =>
  createHmac('sha256', material).update('docs-gate kid').digest().subarray(0, 6).toString('base64url')

function algorithmOf(key: KeyObject): SigningAlgorithm {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  const came = [key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve].filter(Boolean).join(' ')
  throw new OptionsError(
    `secret: a private key of type ${came} cannot sign; write one of P-256 (ES256) or Ed25519 (EdDSA)`,
  )
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem.trim())
  } catch (cause) {
    throw new OptionsError('secret: the PEM private key cannot be read; write an unencrypted PKCS #8 key', {
      cause,
    })
  }
}

function pemKey(pem: string): SigningKey {
  const key = readPrivateKey(pem)
  const secret = {
    private: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    public: createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string,
  }
  return { kid: keyId(secret.public), algorithm: algorithmOf(key), secret }
}

function hmacKey(secret: Secret): SigningKey {
  const bytes = Buffer.from(secret as string)
  if (bytes.length < MIN_SECRET_BYTES)
    throw new OptionsError(`secret: ${bytes.length} bytes are too few; ${REMEDY}`)
  if (new Set<string | number>(typeof secret === 'string' ? secret : bytes).size === 1)
    throw new OptionsError(`secret: one repeated character is no secret; ${REMEDY}`)
  return { kid: keyId(secret), algorithm: 'HS256', secret }
}

/** The signing key of a secret. Throws an OptionsError where the secret is too weak, or is a key that cannot sign. */
export function signingKey(secret: unknown): SigningKey {
  if (typeof secret !== 'string' && !Buffer.isBuffer(secret)) {
    throw new OptionsError(
      `secret: a string or a Buffer is expected, not ${secret === null ? 'null' : typeof secret}; ${REMEDY}`,
    )
  }
  const text = secret.toString()
  return PEM.test(text) ? pemKey(text) : hmacKey(secret)
}

/** A key for another use than signing. All instances with the same secret derive the same key. */
export function derivedKey({ secret }: SigningKey, use: string): Buffer {
  const material = typeof secret === 'string' || Buffer.isBuffer(secret) ? secret : secret.private
  return createHmac('sha256', material).update(`docs-gate ${use}`).digest()
}

/** A secret for the lifetime of this process. */
export const randomSecret = (): Buffer => randomBytes(MIN_SECRET_BYTES)
