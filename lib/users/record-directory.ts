import { createHmac } from 'node:crypto'
import { loadAlgorithmOf, verifyPassword } from './password-hash.ts'
import type { Account, UserDirectory } from './user-directory.ts'

/** One user of a record, validated. */
export interface RecordEntry {
  readonly account: Account
  readonly hash: string
  readonly disabled: boolean
}

/** One of the hashes that take equally long to check, and how many of them there are. */
interface Decoy {
  readonly cost: string
  readonly hash: string
  readonly count: number
}

// argon2id with OWASP's parameters, of 32 random bytes that nobody knows. It is checked when there are no users at all.
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzIQ$8fE7rQ0lB6gqQf8mM2k7X2oC1yYcP4b5dQ9n3u0rZtA'

// Algorithm and parameters. The letters of `$2a$`, `$2b$` and `$2y$` make no difference in time.
function costOf(hash: string): string {
  const [, algorithm = '', ...parameters] = hash.split('$')
  return algorithm.startsWith('2') ? `bcrypt ${parameters[0]}` : parameters.slice(0, 2).join(' ')
}

function decoysOf(hashes: Iterable<string>): readonly Decoy[] {
  const decoys = new Map<string, Decoy>()
  for (const hash of hashes) {
    const cost = costOf(hash)
    const { count, hash: first } = decoys.get(cost) ?? { count: 0, hash }
    decoys.set(cost, { cost, hash: first, count: count + 1 })
  }
  return [...decoys.values()]
}

/** Users by name, with one decoy for each distinct cost of their hashes and the time at which they were read. */
export type KnownUsers = ReturnType<typeof knownUsers>

export function knownUsers(entries: ReadonlyMap<string, RecordEntry>) {
  const decoys = decoysOf([...entries.values()].map(({ hash }) => hash))
  for (const { hash } of decoys) loadAlgorithmOf(hash)
  return { entries, decoys, readAt: Date.now() }
}

// Weighted rendezvous hashing: a cost that 30 % of the users have is also the cost of 30 % of the unknown names. When
// users are added or removed, names change their cost only as far as these shares change.
function decoyFor(username: string, decoys: readonly Decoy[], key: Buffer): string {
  let best = { distance: Number.POSITIVE_INFINITY, hash: NOBODY }
  for (const { cost, hash, count } of decoys) {
    const digest = createHmac('sha256', key).update(`${cost}\n${username}`).digest()
    const distance = -Math.log((digest.readUIntBE(0, 6) + 1) / 2 ** 48) / count
    if (distance < best.distance) best = { distance, hash }
  }
  return best.hash
}

/**
 * A directory of the users that `current` returns at the moment of each call.
 *
 * The password of an unknown name is checked against a decoy, a hash of some user, and always refused. So it takes as
 * long as a wrong password does, even if the users' hashes differ in cost. The key makes each name's decoy the same in
 * every instance and after restarts: if a name's time changed, that would reveal that the name is unknown.
 */
export function hashDirectory(current: () => KnownUsers, decoyKey: Buffer): UserDirectory {
  const enabledEntry = (username: string): RecordEntry | undefined => {
    const entry = current().entries.get(username)
    return entry?.disabled ? undefined : entry
  }

  const find = (username: string): Account | null => enabledEntry(username)?.account ?? null

  return {
    isHashing: true,
    async verify(username, password) {
      const { entries, decoys } = current()
      const hash = entries.get(username)?.hash
      const matches = await verifyPassword(hash ?? decoyFor(username, decoys, decoyKey), password)
      // Looked up again, because the user may have been removed while the password was checked.
      const entry = enabledEntry(username)
      return matches && entry && entry.hash === hash ? entry.account : null
    },
    find,
    findSince: (username, moment) => (current().readAt > moment ? find(username) : undefined),
    isAllDisabled: () => [...current().entries.values()].every(({ disabled }) => disabled),
  }
}

/** A directory of users that never change. */
export function recordDirectory(entries: ReadonlyMap<string, RecordEntry>, decoyKey: Buffer): UserDirectory {
  const users = knownUsers(entries)
  return hashDirectory(() => users, decoyKey)
}
