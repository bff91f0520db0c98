/** A try whose process died never settles: after this time its place counts as a failure. */
export const LOST_AFTER_MILLISECONDS = 30_000

/** The Redis keys of failed logins: what each budget counts, and the addresses that a name is known from. */
export interface ThrottleKeys {
  pair(account: string, address: string): string
  address(address: string): string
  account(account: string): string
  known(name: string): string
}

export const throttleKeys = (prefix: string): ThrottleKeys => ({
  pair: (account, address) => `${prefix}throttle:pair:${account}:${address}`,
  address: (address) => `${prefix}throttle:address:${address}`,
  account: (account) => `${prefix}throttle:account:${account}`,
  known: (name) => `${prefix}throttle:known:${name}`,
})

// A random UUID has 36 characters, the key of a name 22, and before all of it stands what the try is.
const ADDRESS_BEGINS = 1 + 36 + 1
const NAME_KEY_LENGTH = 22

/** What stands for one try in each of its sets. It ends in the key of the exact name. */
export const attemptId = (uuid: string, address: string, name: string): string => `${uuid}:${address}:${name}`

/** The address of a try, as its account's set has it: `p` or `f`, and its id. */
export const addressOfEntry = (entry: string): string => entry.slice(ADDRESS_BEGINS, -NAME_KEY_LENGTH - 1)
