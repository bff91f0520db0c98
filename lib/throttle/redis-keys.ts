/** An attempt whose process died is never settled: after this time it counts as a failure. */
export const LOST_AFTER_MILLISECONDS = 30_000

/** The Redis keys: the attempts of each budget, and the known addresses of a name. */
export const throttleKeys = (prefix: string) => ({
  pair: (account: string, address: string): string => `${prefix}throttle:pair:${account}:${address}`,
  address: (address: string): string => `${prefix}throttle:address:${address}`,
  account: (account: string): string => `${prefix}throttle:account:${account}`,
  known: (name: string): string => `${prefix}throttle:known:${name}`,
})

// An entry is one letter, a UUID of 36 characters, a colon, the address, a colon, and the name's key of 22 characters.
const ADDRESS_BEGINS = 1 + 36 + 1
const NAME_KEY_LENGTH = 22

/** The id of one attempt in each of its sorted sets. It ends in the key of the exact name. */
export const attemptId = (uuid: string, address: string, name: string): string => `${uuid}:${address}:${name}`

/** The address in an entry of an account's sorted set: `p` (in flight) or `f` (failed), and then the attempt's id. */
export const addressOfEntry = (entry: string): string => entry.slice(ADDRESS_BEGINS, -NAME_KEY_LENGTH - 1)
