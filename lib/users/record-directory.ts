import { createHmac, randomBytes } from 'node:crypto'
import { verifyPassword } from './password-hash.ts'
import type { Account, UserDirectory } from './user-directory.ts'

/** One user of a record, checked. */
export interface RecordEntry {
  readonly account: Account
  readonly hash: string
  readonly disabled: boolean
}

// argon2id with OWASP's parameters, of 32 random bytes that were thrown away: what a login costs where there is no user.
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzIQ$8fE7rQ0lB6gqQf8mM2k7X2oC1yYcP4b5dQ9n3u0rZtA'

/**
 * A directory over users that are known beforehand.
 *
 * A name that nobody has is checked against some user's hash, always the same for the same name, and refused whatever
 * the result: it costs what a wrong password costs, in a record of mixed hashes too.
 */
export function recordDirectory(entries: ReadonlyMap<string, RecordEntry>): UserDirectory {
  const hashes = [...entries.values()].map((entry) => entry.hash)
  const decoyKey = randomBytes(32)

  const decoyFor = (username: string): string => {
    const digest = createHmac('sha256', decoyKey).update(username).digest()
    return hashes[digest.readUInt32BE(0) % hashes.length] ?? NOBODY
  }

  return {
    async verify(username, password) {
      const entry = entries.get(username)
      const matches = await verifyPassword(entry?.hash ?? decoyFor(username), password)
      return entry && matches && !entry.disabled ? entry.account : null
    },
    find(username) {
      const entry = entries.get(username)
      return entry && !entry.disabled ? entry.account : null
    },
  }
}
