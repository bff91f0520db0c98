import { LRUCache } from 'lru-cache'
import { maxEntries } from '../runtime/max-entries.ts'
import { type Attempt, BUDGETS, type Budget, type FailureLog, type Reservation } from './failure-log.ts'
import { knownAddresses } from './known-addresses.ts'

interface Failure {
  readonly at: number
  readonly name: string
}

/** What counts against one key: its failures, oldest first, and its attempts in flight. */
interface Counter {
  failures: readonly Failure[]
  inFlight: number
}

/** One budget, with a counter for each of its keys. */
interface BudgetCounters {
  readonly budget: Budget
  readonly counters: LRUCache<string, Counter>
}

// A flood of new names or addresses evicts the least recently used keys, in each budget separately.
const MAX_KEYS = 50_000

const HELD: Reservation = { state: 'held', id: '' }
const WAIT: Reservation = { state: 'wait' }

/** Failed logins in the memory of this process. `now` is monotonic, so changing the system time moves no window. */
export function memoryLog(now: () => number = () => performance.now()): FailureLog {
  const countersOf = (budget: Budget): BudgetCounters => ({
    budget,
    counters: new LRUCache(maxEntries(MAX_KEYS)),
  })
  const pairs = countersOf(BUDGETS.accountAndAddress)
  const addresses = countersOf(BUDGETS.address)
  const accounts = countersOf(BUDGETS.account)
  const known = knownAddresses(MAX_KEYS)

  const keysOf = ({ account, address }: Attempt): readonly (readonly [BudgetCounters, string])[] => [
    [pairs, `${account} ${address}`],
    [addresses, address],
    [accounts, account],
  ]

  function counterAt({ counters }: BudgetCounters, key: string): Counter {
    const existing = counters.get(key)
    if (existing) return existing
    const counter: Counter = { failures: [], inFlight: 0 }
    counters.set(key, counter)
    return counter
  }

  // Known addresses can push an account's failures beyond the limit, so only the latest `limit` of them count.
  function check({ budget, counters }: BudgetCounters, key: string): Reservation {
    const counter = counters.get(key)
    if (!counter) return HELD
    const { limit, windowMilliseconds } = budget
    counter.failures = counter.failures.filter(({ at }) => now() - at < windowMilliseconds).slice(-limit)
    const { failures, inFlight } = counter
    if (failures.length + inFlight < limit) return HELD
    if (failures.length < limit) return WAIT
    const [{ at }] = failures as [Failure]
    return { state: 'refused', retryAfterMilliseconds: at + windowMilliseconds - now() }
  }

  function settle(attempt: Attempt, hasFailed: boolean): void {
    for (const [budget, key] of keysOf(attempt)) {
      const counter = counterAt(budget, key)
      counter.inFlight = Math.max(0, counter.inFlight - 1)
      if (hasFailed) counter.failures = [...counter.failures, { at: now(), name: attempt.name }]
      // An empty counter is deleted: attempts that cost no failure must not evict the failures of others.
      else if (counter.failures.length === 0 && counter.inFlight === 0) budget.counters.delete(key)
    }
  }

  function clearFailures({ counters }: BudgetCounters, key: string): void {
    const counter = counters.get(key)
    if (!counter) return
    counter.failures = []
    if (counter.inFlight === 0) counters.delete(key)
  }

  return {
    reserve(attempt) {
      // An address that has logged in to the account before is not locked out by attacks from other addresses.
      const isKnown = known.has(attempt.name, attempt.address)
      const reservations = keysOf(attempt).map(([budget, key]) =>
        budget === accounts && isKnown ? HELD : check(budget, key),
      )
      const obstacle =
        reservations.find(({ state }) => state === 'refused') ??
        reservations.find(({ state }) => state === 'wait')
      if (obstacle) return obstacle
      for (const [budget, key] of keysOf(attempt)) counterAt(budget, key).inFlight++
      return HELD
    },
    fail: (attempt) => settle(attempt, true),
    release: (attempt) => settle(attempt, false),
    succeed(attempt) {
      const pair = counterAt(pairs, `${attempt.account} ${attempt.address}`)
      pair.failures = pair.failures.filter(({ name }) => name !== attempt.name)
      settle(attempt, false)
      known.add(attempt.name, attempt.address)
    },
    clear(account) {
      clearFailures(accounts, account)
      const pairsOfAccount = [...pairs.counters.keys()].filter((key) => key.startsWith(`${account} `))
      for (const key of pairsOfAccount) clearFailures(pairs, key)
    },
  }
}
