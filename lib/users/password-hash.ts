import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

// Native modules, loaded on demand: a process needs only those of the algorithms that its users' hashes use.
const argon2 = () => require('@node-rs/argon2') as typeof import('@node-rs/argon2')
const bcrypt = () => require('@node-rs/bcrypt') as typeof import('@node-rs/bcrypt')

// The PHC string format of argon2id: parameters in this order, base64 without padding.
const ARGON2ID =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,2}),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,171})$/
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

const MAX_BCRYPT_PASSWORD_BYTES = 72
const ALGORITHM_ARGON2ID = 2
// The OWASP Password Storage Cheat Sheet recommends argon2id with 19 MiB, two passes and one lane.
const OWASP = { algorithm: ALGORITHM_ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// Base64 of an impossible length, or with stray bits at its end, would make the library throw at a login.
const isBase64 = (text: string): boolean =>
  Buffer.from(text, 'base64').toString('base64').replace(/=+$/, '') === text

// RFC 9106, section 3.1: at least 8 KiB of memory per lane. The upper bound keeps one login from exhausting the memory.
function isSaneArgon2id([, m, , p, salt, hash]: RegExpExecArray): boolean {
  const [memory, lanes] = [Number(m), Number(p)]
  return memory >= 8 * lanes && memory <= 1_048_576 && [salt, hash].every((text) => isBase64(text as string))
}

function isSaneBcrypt([, cost]: RegExpExecArray): boolean {
  return Number(cost) >= 4 && Number(cost) <= 16
}

/** The algorithm of a hash; undefined if the hash is malformed or of an algorithm that is not accepted. */
export function algorithmOf(hash: string): 'argon2id' | 'bcrypt' | undefined {
  const argon2id = ARGON2ID.exec(hash)
  if (argon2id) return isSaneArgon2id(argon2id) ? 'argon2id' : undefined
  const bcrypt = BCRYPT.exec(hash)
  return bcrypt && isSaneBcrypt(bcrypt) ? 'bcrypt' : undefined
}

/** Loads the module that checks a hash, so that no login has to wait for it. */
export function loadAlgorithmOf(hash: string): void {
  if (algorithmOf(hash) === 'bcrypt') bcrypt()
  else argon2()
}

// bcrypt ignores everything after 72 bytes, so longer passwords are refused. The hash is computed all the same, so that
// the refusal takes the usual time.
async function verifyBcrypt(hash: string, password: string): Promise<boolean> {
  const matches = await bcrypt().verify(password, hash)
  return matches && Buffer.byteLength(password) <= MAX_BCRYPT_PASSWORD_BYTES
}

/**
 * Whether the password matches the hash, computed on the thread pool. The hash must be valid for {@link algorithmOf}.
 */
export function verifyPassword(hash: string, password: string): Promise<boolean> {
  return algorithmOf(hash) === 'bcrypt' ? verifyBcrypt(hash, password) : argon2().verify(hash, password)
}

/** Hashes a password with argon2id and OWASP's parameters. Resolves to a PHC string. */
export function hashPassword(password: string): Promise<string> {
  return argon2().hash(password.normalize('NFC'), OWASP)
}
