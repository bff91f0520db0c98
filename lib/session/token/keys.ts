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
// Of any kind, wherever it begins: a public key or a certificate taken for an HMAC secret would be one that everybody knows.
const PEM = /-----BEGIN [A-Z0-9 ]+-----/
const REMEDY = `write 32 random bytes or more, as from: node -p "require('crypto').randomBytes(32).toString('base64url')"`

/**
 * A first look at the HMAC of tokens. It never says that a token is good, which is the library's to say, only that it is
 * not: strangers send such tokens by the thousand, and to the library each is an exception.
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

// Tells keys apart without telling anything about them.
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

/** The key that a secret is. Throws an OptionsError where it is too weak, or a key that cannot sign. */
export function signingKey(secret: unknown): SigningKey {
  if (typeof secret !== 'string' && !Buffer.isBuffer(secret)) {
    throw new OptionsError(
      `secret: a string or a Buffer is expected, not ${secret === null ? 'null' : typeof secret}; ${REMEDY}`,
    )
  }
  const text = secret.toString()
  return PEM.test(text) ? pemKey(text) : hmacKey(secret)
}

/** A key for another use than signing, the same wherever the secret is the same. */
export function derivedKey({ secret }: SigningKey, use: string): Buffer {
  const material = typeof secret === 'string' || Buffer.isBuffer(secret) ? secret : secret.private
  return createHmac('sha256', material).update(`docs-gate ${use}`).digest()
}

/** A secret for the life of this process. */
export const randomSecret = (): Buffer => randomBytes(MIN_SECRET_BYTES)
