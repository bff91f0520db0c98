import { createHmac } from 'node:crypto'
import { loadAlgorithmOf, verifyPassword } from './password-hash.ts'
import type { Account, UserDirectory } from './user-directory.ts'

/** One user of a record, checked. */
export interface RecordEntry {
  readonly account: Account
  readonly hash: string
  readonly disabled: boolean
}

/** The hashes that cost the same: one of them, and how many there are. */
interface Decoy {
  readonly cost: string
  readonly hash: string
  readonly count: number
}

/** Users by name, and the distinct costs of their hashes, which no login has to gather. */
export interface KnownUsers {
  readonly entries: ReadonlyMap<string, RecordEntry>
  readonly decoys: readonly Decoy[]
  /** When they were read, in milliseconds since the epoch. */
  readonly readAt: number
}

// argon2id with OWASP's parameters, of 32 random bytes that were thrown away: what a login costs where there is no user.
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzIQ$8fE7rQ0lB6gqQf8mM2k7X2oC1yYcP4b5dQ9n3u0rZtA'

// Algorithm and parameters; the letter of a bcrypt hash costs nothing.
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

export function knownUsers(entries: ReadonlyMap<string, RecordEntry>): KnownUsers {
  const decoys = decoysOf([...entries.values()].map(({ hash }) => hash))
  for (const { hash } of decoys) loadAlgorithmOf(hash)
  return { entries, decoys, readAt: Date.now() }
}

// Weighted rendezvous hashing: each cost has a share of all names like its share of the users, and where users come or
// go, a name changes its cost only as far as the shares change.
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
 * A directory over the users that `current` returns at the time.
 *
 * A name that nobody has is checked against some user's hash, and refused whatever the result: it costs what a wrong
 * password costs, in a record of mixed hashes too. Wherever the key is the same it costs the same, in every instance
 * and after each restart: a name whose cost changes would be one that nobody has.
 */
export function hashDirectory(current: () => KnownUsers, decoyKey: Buffer): UserDirectory {
  const inGoodStanding = (username: string): RecordEntry | undefined => {
    const entry = current().entries.get(username)
    return entry?.disabled ? undefined : entry
  }

  const find = (username: string): Account | null => inGoodStanding(username)?.account ?? null

  return {
    isHashing: true,
    async verify(username, password) {
      const { entries, decoys } = current()
      const hash = entries.get(username)?.hash
      const matches = await verifyPassword(hash ?? decoyFor(username, decoys, decoyKey), password)
      // Asked again: while the password was checked, the user may have been taken out.
      const entry = inGoodStanding(username)
      return matches && entry && entry.hash === hash ? entry.account : null
    },
    find,
    findSince: (username, moment) => (current().readAt > moment ? find(username) : undefined),
    isAllDisabled: () => [...current().entries.values()].every(({ disabled }) => disabled),
  }
}

/** A directory over users that are known beforehand. */
export function recordDirectory(entries: ReadonlyMap<string, RecordEntry>, decoyKey: Buffer): UserDirectory {
  const users = knownUsers(entries)
  return hashDirectory(() => users, decoyKey)
}
