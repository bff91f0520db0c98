import { BUDGETS } from './failure-log.ts'
import { addressOfEntry, LOST_AFTER_MILLISECONDS, throttleKeys } from './redis-attempts.ts'

/** Sends a command to Redis. */
type Send = (command: readonly string[]) => Promise<unknown>

/** The failed logins of one key that still count. */
export interface CountedFailures {
  readonly account: string | undefined
  readonly address: string | undefined
  readonly count: number
  readonly limit: number
  /** For how long nobody gets in by this key; 0 where somebody does. */
  readonly lockedMilliseconds: number
}

/** What an operator sees and forgives of the failed logins in a Redis. */
export interface RedisFailures {
  list(): Promise<readonly CountedFailures[]>
  /** Forgets the failures of an account, from wherever. */
  clearAccount(account: string): Promise<void>
  /** Forgets the failures of an address, whatever the account. */
  clearAddress(address: string): Promise<void>
}

// Of a set, the tries that are failures: all but those in flight.
const FAILURES = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entries = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local names, times = {}, {}
for i = 1, #entries, 2 do
  local at = tonumber(entries[i + 1])
  if entries[i]:sub(1, 1) == 'f' or now - at >= ${LOST_AFTER_MILLISECONDS} then
    names[#names + 1] = entries[i]
    times[#times + 1] = at
  end
end
`

const CLEAR = `${FAILURES}
for _, name in ipairs(names) do redis.call('ZREM', KEYS[1], name) end
return names
`

const COUNT = `${FAILURES}
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = 1
while times[first] and times[first] <= now - window do first = first + 1 end
local count = #times - first + 1
local locked = 0
if count >= limit then locked = times[#times - limit + 1] + window - now end
return { count, locked }
`

const KEYS_AT_A_TIME = '1000'
// Of a key pattern, what stands for more than itself.
const WILDCARD = /[*?[\]\\^]/g

/** A kind of keys: which budget they count for, and whose failures they are. */
interface Kind {
  readonly prefix: string
  readonly budget: (typeof BUDGETS)[keyof typeof BUDGETS]
  whose(rest: string): Pick<CountedFailures, 'account' | 'address'>
}

function kindsOf(prefix: string): readonly Kind[] {
  const keys = throttleKeys(prefix)
  return [
    {
      prefix: keys.account(''),
      budget: BUDGETS.account,
      whose: (account) => ({ account, address: undefined }),
    },
    {
      prefix: keys.pair('', '').slice(0, -1),
      budget: BUDGETS.accountAndAddress,
      whose(pair) {
        const colon = pair.indexOf(':')
        return { account: pair.slice(0, colon), address: pair.slice(colon + 1) }
      },
    },
    {
      prefix: keys.address(''),
      budget: BUDGETS.address,
      whose: (address) => ({ account: undefined, address }),
    },
  ]
}

export function redisFailures(send: Send, prefix: string): RedisFailures {
  const keys = throttleKeys(prefix)
  const run = (script: string, key: string, ...argv: readonly string[]): Promise<unknown> =>
    send(['EVAL', script, '1', key, ...argv])

  async function* keysLike(start: string): AsyncGenerator<string> {
    const pattern = `${start.replace(WILDCARD, '\\$&')}*`
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const answer = await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_A_TIME])
      const [next, found] = answer as [unknown, readonly string[]]
      cursor = String(next)
      // Redis may tell of a key twice.
      for (const key of found.filter((one) => !seen.has(one))) {
        seen.add(key)
        yield key
      }
    } while (cursor !== '0')
  }

  async function countOf(key: string, kind: Kind): Promise<CountedFailures> {
    const { limit, windowMilliseconds } = kind.budget
    const counted = await run(COUNT, key, String(limit), String(windowMilliseconds))
    const [count, lockedMilliseconds] = (counted as readonly unknown[]).map(Number) as [number, number]
    return { ...kind.whose(key.slice(kind.prefix.length)), count, limit, lockedMilliseconds }
  }

  return {
    async list() {
      const all: CountedFailures[] = []
      for (const kind of kindsOf(prefix)) {
        for await (const key of keysLike(kind.prefix)) all.push(await countOf(key, kind))
      }
      return all.filter(({ count }) => count > 0)
    },
    async clearAccount(account) {
      const entries = (await run(CLEAR, keys.account(account))) as readonly string[]
      const addresses = new Set(entries.map(addressOfEntry))
      await Promise.all([...addresses].map((address) => run(CLEAR, keys.pair(account, address))))
    },
    async clearAddress(address) {
      await run(CLEAR, keys.address(address))
    },
  }
}
