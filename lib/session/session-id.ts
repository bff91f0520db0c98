import { createHash, randomBytes } from 'node:crypto'

const RANDOM_BYTES = 16
const FINGERPRINT_BYTES = 6

/** A short hash of the user's version for the session id. The version, such as a password hash, cannot be found from it. */
export function fingerprint(version: string): string {
  return createHash('sha256').update(version).digest().subarray(0, FINGERPRINT_BYTES).toString('base64url')
}

/**
 * A new session id: when the session began, 128 random bits, and the fingerprint of the user's version. Begin and
 * fingerprint are in the id, so that no store has to keep them: with every store a session ends when the password
 * changes, and a session that is not stored has a beginning too.
 */
export function createSessionId(createdAt: number, version: string): string {
  const random = randomBytes(RANDOM_BYTES).toString('base64url')
  // `join` makes one flat string. A template makes a tree of its pieces in V8, which takes three times the memory.
  return [createdAt.toString(36), random, fingerprint(version)].join('.')
}

export const createdAtOf = (id: string): number => Number.parseInt(id, 36)

export const fingerprintOf = (id: string): string => id.slice(id.lastIndexOf('.') + 1)
