import type { MaybePromise } from '../http/request.ts'

/** How many failures a key may have in a window. */
export interface Budget {
  readonly limit: number
  readonly windowMilliseconds: number
}

/** Contract of the gate, section 6. */
export const BUDGETS = {
  accountAndAddress: { limit: 5, windowMilliseconds: 300_000 },
  address: { limit: 50, windowMilliseconds: 300_000 },
  account: { limit: 100, windowMilliseconds: 3_600_000 },
} as const satisfies Record<string, Budget>

/** Whose try it is. */
export interface Attempt {
  /** Shared by all names that may mean the same account: budgets are of these. */
  readonly account: string
  /** Of the exact name: what a success forgives and makes known is of these. */
  readonly name: string
  readonly address: string
}

/**
 * What a try gets: a place that it holds until it is settled; or, where the places left are all held by tries in
 * flight, the advice to wait for them; or a refusal.
 */
export type Reservation =
  | { readonly state: 'held'; readonly id: string }
  | { readonly state: 'wait' }
  | { readonly state: 'refused'; readonly retryAfterMilliseconds: number }

/**
 * Where failures are remembered: each with its time, so that no stretch of a window's length ever has more than the
 * limit. Fixed windows would let twice as many through around their edge.
 */
export interface FailureLog {
  /** Takes a place in all budgets of a try, or in none. */
  hold(attempt: Attempt): MaybePromise<Reservation>
  /** The try failed: its place counts for the window from now. */
  fail(attempt: Attempt, id: string): MaybePromise<void>
  /** The try succeeded: its place is free, the failures of this very name from this address are forgotten, and the address is known for it. */
  succeed(attempt: Attempt, id: string): MaybePromise<void>
  /** The try came to nothing (a queue was full, a directory was down): its place is free. */
  release(attempt: Attempt, id: string): MaybePromise<void>
  /** Forgets the failures of an account, from every address. Tries in flight keep their places. */
  clear(account: string): MaybePromise<void>
}
