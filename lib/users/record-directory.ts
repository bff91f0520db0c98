import { createHmac, randomBytes } from 'node:crypto'
import { verifyPassword } from './password-hash.ts'
import type { Account, UserDirectory } from './user-directory.ts'

/** One user of a record, checked. */
export interface RecordEntry {
  readonly account: Account
  readonly hash: string
  readonly disabled: boolean
}

/** Users by name, and their hashes in a list of their own, which no login has to make. */
export interface KnownUsers {
  readonly entries: ReadonlyMap<string, RecordEntry>
  readonly hashes: readonly string[]
}

// argon2id with OWASP's parameters, of 32 random bytes that were thrown away: what a login costs where there is no user.
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzIQ$8fE7rQ0lB6gqQf8mM2k7X2oC1yYcP4b5dQ9n3u0rZtA'

export function knownUsers(entries: ReadonlyMap<string, RecordEntry>): KnownUsers {
  return { entries, hashes: [...entries.values()].map((entry) => entry.hash) }
}

/**
 * A directory over the users that `current` returns at the time.
 *
 * A name that nobody has is checked against some user's hash, always the same for the same name, and refused whatever
 * the result: it costs what a wrong password costs, in a record of mixed hashes too.
 */
export function directoryOver(current: () => KnownUsers): UserDirectory {
  const decoyKey = randomBytes(32)

  const decoyFor = (username: string, hashes: readonly string[]): string => {
    const digest = createHmac('sha256', decoyKey).update(username).digest()
    return hashes[digest.readUInt32BE(0) % hashes.length] ?? NOBODY
  }

  const inGoodStanding = (username: string): RecordEntry | undefined => {
    const entry = current().entries.get(username)
    return entry?.disabled ? undefined : entry
  }

  return {
    isHashing: true,
    async verify(username, password) {
      const { entries, hashes } = current()
      const hash = entries.get(username)?.hash
      const matches = await verifyPassword(hash ?? decoyFor(username, hashes), password)
      // Asked again: while the password was checked, the user may have been taken out.
      const entry = inGoodStanding(username)
      return matches && entry && entry.hash === hash ? entry.account : null
    },
    find: (username) => inGoodStanding(username)?.account ?? null,
  }
}

/** A directory over users that are known beforehand. */
export function recordDirectory(entries: ReadonlyMap<string, RecordEntry>): UserDirectory {
  const users = knownUsers(entries)
  return directoryOver(() => users)
}
