import { createHash, randomBytes } from 'node:crypto'

const RANDOM_BYTES = 16
const FINGERPRINT_BYTES = 6

/** What stands in a session id for the version of its user: nobody's password hash can be told from it. */
export function fingerprint(version: string): string {
  return createHash('sha256').update(version).digest().subarray(0, FINGERPRINT_BYTES).toString('base64url')
}

/**
 * A new session id: when it began, 128 random bits, and the fingerprint of the user's version. The first and the last
 * are in the id so that they need no place in a store: a session of a user whose password changed is over in every
 * store, and a session that is stored nowhere still has a beginning.
 */
export function createSessionId(createdAt: number, version: string): string {
  const random = randomBytes(RANDOM_BYTES).toString('base64url')
  // Joined, an id is one string; a template's is a tree of its pieces, three times as large, for as long as it is kept.
  return [createdAt.toString(36), random, fingerprint(version)].join('.')
}

export const createdAtOf = (id: string): number => Number.parseInt(id, 36)

export const fingerprintOf = (id: string): string => id.slice(id.lastIndexOf('.') + 1)
