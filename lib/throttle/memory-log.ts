import { LRUCache } from 'lru-cache'
import { maxEntries } from '../runtime/max-entries.ts'
import { type Attempt, BUDGETS, type Budget, type FailureLog, type Reservation } from './failure-log.ts'
import { knownAddresses } from './known-addresses.ts'

interface Failure {
  readonly at: number
  readonly name: string
}

/** The tries of one key: failures by their time, and how many are in flight. */
interface Counter {
  failures: readonly Failure[]
  inFlight: number
}

/** One budget with the tries of all its keys. */
interface Counters {
  readonly budget: Budget
  readonly counters: LRUCache<string, Counter>
}

// A flood of new names and addresses pushes out what was longest untouched, in each ledger by itself.
const MAX_KEYS = 50_000

const HELD: Reservation = { state: 'held', id: '' }
const WAIT: Reservation = { state: 'wait' }

/** Failures of this process. The clock only has to be steady: nobody's changing the time of day moves a window. */
export function memoryLog(now: () => number = () => performance.now()): FailureLog {
  const ledger = (budget: Budget): Counters => ({ budget, counters: new LRUCache(maxEntries(MAX_KEYS)) })
  const [pairs, addresses, accounts] = [BUDGETS.accountAndAddress, BUDGETS.address, BUDGETS.account].map(
    ledger,
  ) as [Counters, Counters, Counters]
  const known = knownAddresses(MAX_KEYS)

  const keyed = ({ account, address }: Attempt): readonly (readonly [Counters, string])[] => [
    [pairs, `${account} ${address}`],
    [addresses, address],
    [accounts, account],
  ]

  function counterAt({ counters }: Counters, key: string): Counter {
    const known = counters.get(key)
    if (known) return known
    const none: Counter = { failures: [], inFlight: 0 }
    counters.set(key, none)
    return none
  }

  // A known address may add to an account's failures beyond the limit: only the last of them decide.
  function judge({ budget, counters }: Counters, key: string): Reservation {
    const known = counters.get(key)
    if (!known) return HELD
    const { limit, windowMilliseconds } = budget
    known.failures = known.failures.filter(({ at }) => now() - at < windowMilliseconds).slice(-limit)
    const { failures, inFlight } = known
    if (failures.length + inFlight < limit) return HELD
    if (failures.length < limit) return WAIT
    const [{ at }] = failures as [Failure]
    return { state: 'refused', retryAfterMilliseconds: at + windowMilliseconds - now() }
  }

  function settle(attempt: Attempt, hasFailed: boolean): void {
    for (const [ledger, key] of keyed(attempt)) {
      const tries = counterAt(ledger, key)
      tries.inFlight = Math.max(0, tries.inFlight - 1)
      if (hasFailed) tries.failures = [...tries.failures, { at: now(), name: attempt.name }]
      // What costs its sender no failure must not push out failures of others.
      else if (tries.failures.length === 0 && tries.inFlight === 0) ledger.counters.delete(key)
    }
  }

  function forgive({ counters }: Counters, key: string): void {
    const known = counters.get(key)
    if (!known) return
    known.failures = []
    if (known.inFlight === 0) counters.delete(key)
  }

  return {
    hold(attempt) {
      // An address that has logged in to the account before gets in while others attack it.
      const isKnown = known.has(attempt.name, attempt.address)
      const places = keyed(attempt).map(([ledger, key]) =>
        ledger === accounts && isKnown ? HELD : judge(ledger, key),
      )
      const obstacle =
        places.find(({ state }) => state === 'refused') ?? places.find(({ state }) => state === 'wait')
      if (obstacle) return obstacle
      for (const [ledger, key] of keyed(attempt)) counterAt(ledger, key).inFlight++
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
      forgive(accounts, account)
      const ofAccount = [...pairs.counters.keys()].filter((key) => key.startsWith(`${account} `))
      for (const key of ofAccount) forgive(pairs, key)
    },
  }
}
