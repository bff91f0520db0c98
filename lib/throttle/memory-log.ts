import { LRUCache } from 'lru-cache'
import { atMost } from '../runtime/max-entries.ts'
import { BUDGETS, type Budget, type FailureLog, type Place, type Try } from './failure-log.ts'
import { knownAddresses } from './known-addresses.ts'

interface Failure {
  readonly at: number
  readonly name: string
}

/** The tries of one key: failures by their time, and how many are in flight. */
interface Tries {
  failures: readonly Failure[]
  inFlight: number
}

/** One budget with the tries of all its keys. */
interface Ledger {
  readonly budget: Budget
  readonly tries: LRUCache<string, Tries>
}

// A flood of new names and addresses pushes out what was longest untouched, in each ledger by itself.
const MAX_KEYS = 50_000

const HELD: Place = { state: 'held', id: '' }
const WAIT: Place = { state: 'wait' }

/** Failures of this process. The clock only has to be steady: nobody's changing the time of day moves a window. */
export function memoryLog(now: () => number = () => performance.now()): FailureLog {
  const ledger = (budget: Budget): Ledger => ({ budget, tries: new LRUCache(atMost(MAX_KEYS)) })
  const [pairs, addresses, accounts] = [BUDGETS.accountAndAddress, BUDGETS.address, BUDGETS.account].map(
    ledger,
  ) as [Ledger, Ledger, Ledger]
  const known = knownAddresses(MAX_KEYS)

  const keyed = ({ account, address }: Try): readonly (readonly [Ledger, string])[] => [
    [pairs, `${account} ${address}`],
    [addresses, address],
    [accounts, account],
  ]

  function triesAt({ tries }: Ledger, key: string): Tries {
    const known = tries.get(key)
    if (known) return known
    const none: Tries = { failures: [], inFlight: 0 }
    tries.set(key, none)
    return none
  }

  // A known address may add to an account's failures beyond the limit: only the last of them decide.
  function judge({ budget, tries }: Ledger, key: string): Place {
    const known = tries.get(key)
    if (!known) return HELD
    const { limit, windowMilliseconds } = budget
    known.failures = known.failures.filter(({ at }) => now() - at < windowMilliseconds).slice(-limit)
    const { failures, inFlight } = known
    if (failures.length + inFlight < limit) return HELD
    if (failures.length < limit) return WAIT
    const [{ at }] = failures as [Failure]
    return { state: 'refused', retryAfterMilliseconds: at + windowMilliseconds - now() }
  }

  function settle(attempt: Try, hasFailed: boolean): void {
    for (const [ledger, key] of keyed(attempt)) {
      const tries = triesAt(ledger, key)
      tries.inFlight = Math.max(0, tries.inFlight - 1)
      if (hasFailed) tries.failures = [...tries.failures, { at: now(), name: attempt.name }]
      // What costs its sender no failure must not push out failures of others.
      else if (tries.failures.length === 0 && tries.inFlight === 0) ledger.tries.delete(key)
    }
  }

  function forgive({ tries }: Ledger, key: string): void {
    const known = tries.get(key)
    if (!known) return
    known.failures = []
    if (known.inFlight === 0) tries.delete(key)
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
      for (const [ledger, key] of keyed(attempt)) triesAt(ledger, key).inFlight++
      return HELD
    },
    fail: (attempt) => settle(attempt, true),
    release: (attempt) => settle(attempt, false),
    succeed(attempt) {
      const pair = triesAt(pairs, `${attempt.account} ${attempt.address}`)
      pair.failures = pair.failures.filter(({ name }) => name !== attempt.name)
      settle(attempt, false)
      known.add(attempt.name, attempt.address)
    },
    clear(account) {
      forgive(accounts, account)
      const ofAccount = [...pairs.tries.keys()].filter((key) => key.startsWith(`${account} `))
      for (const key of ofAccount) forgive(pairs, key)
    },
  }
}
