import type { MaybePromise } from '../http/request.ts'

/** How many failed logins one key may have within a window. */
export interface Budget {
  readonly limit: number
  readonly windowMilliseconds: number
}

/** The limits that the README promises. */
export const BUDGETS = {
  accountAndAddress: { limit: 5, windowMilliseconds: 300_000 },
  address: { limit: 50, windowMilliseconds: 300_000 },
  account: { limit: 100, windowMilliseconds: 3_600_000 },
} as const satisfies Record<string, Budget>

/** Who attempts to log in. The fields are keys of keys.ts, not the values that were sent. */
export interface Attempt {
  /** The same for all spellings that may mean one account. Failures are counted per account. */
  readonly account: string
  /** One exact spelling. A success clears only the failures of this name, and only this name becomes known. */
  readonly name: string
  readonly address: string
}

/**
 * Whether an attempt may check its password now. `held`: yes, and it counts against its budgets until it is settled.
 * `wait`: attempts in flight use up a budget; if they succeed, there is room again. `refused`: too many failures.
 */
export type Reservation =
  | { readonly state: 'held'; readonly id: string }
  | { readonly state: 'wait' }
  | { readonly state: 'refused'; readonly retryAfterMilliseconds: number }

/**
 * Stores failed logins with their times, so that the limit holds for every window, wherever it begins. Fixed windows
 * would let through twice as many around the moment when one ends.
 */
export interface FailureLog {
  /** Reserves a place in all budgets of an attempt, or in none. */
  reserve(attempt: Attempt): MaybePromise<Reservation>
  /** The attempt failed: it counts as a failure for the length of the window, starting now. */
  fail(attempt: Attempt, id: string): MaybePromise<void>
  /**
   * The attempt succeeded: failures of this name from this address are cleared, and the address becomes known for it.
   */
  succeed(attempt: Attempt, id: string): MaybePromise<void>
  /** The attempt ended without a result (a full queue, an unreachable directory): its reservation is given back. */
  release(attempt: Attempt, id: string): MaybePromise<void>
  /** Clears the failures of an account from every address. Attempts in flight keep their reservations. */
  clear(account: string): MaybePromise<void>
}
