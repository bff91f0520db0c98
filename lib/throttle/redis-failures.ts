import { BUDGETS } from './failure-log.ts'
import { addressOfEntry, LOST_AFTER_MILLISECONDS, throttleKeys } from './redis-keys.ts'

type SendCommand = (command: readonly string[]) => Promise<unknown>

/** The failed logins of one key that still count. */
export interface CountedFailures {
  readonly account: string | undefined
  readonly address: string | undefined
  readonly count: number
  readonly limit: number
  /** For how long logins with this key are refused; 0 if they are not. */
  readonly lockedMilliseconds: number
}

// Reads the failures of one sorted set: all its entries but those in flight.
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
// The characters that a pattern of SCAN does not take literally.
const WILDCARD = /[*?[\]\\^]/g

/** One kind of keys: the budget that they count for, and how to read account and address from the rest of the key. */
interface Kind {
  readonly prefix: string
  readonly budget: (typeof BUDGETS)[keyof typeof BUDGETS]
  parse(rest: string): Pick<CountedFailures, 'account' | 'address'>
}

function kindsOf(prefix: string): readonly Kind[] {
  const keys = throttleKeys(prefix)
  return [
    {
      prefix: keys.account(''),
      budget: BUDGETS.account,
      parse: (account) => ({ account, address: undefined }),
    },
    {
      prefix: keys.pair('', '').slice(0, -1),
      budget: BUDGETS.accountAndAddress,
      parse(pair) {
        const colon = pair.indexOf(':')
        return { account: pair.slice(0, colon), address: pair.slice(colon + 1) }
      },
    },
    {
      prefix: keys.address(''),
      budget: BUDGETS.address,
      parse: (address) => ({ account: undefined, address }),
    },
  ]
}

/** The failed logins in a Redis, as an operator lists and clears them. */
export type RedisFailures = ReturnType<typeof redisFailures>

export function redisFailures(send: SendCommand, prefix: string) {
  const keys = throttleKeys(prefix)
  const run = (script: string, key: string, ...argv: readonly string[]): Promise<unknown> =>
    send(['EVAL', script, '1', key, ...argv])

  async function* keysLike(start: string): AsyncGenerator<string> {
    const pattern = `${start.replace(WILDCARD, '\\$&')}*`
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const response = await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_A_TIME])
      const [next, found] = response as [unknown, readonly string[]]
      cursor = String(next)
      // SCAN may return a key twice.
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
    return { ...kind.parse(key.slice(kind.prefix.length)), count, limit, lockedMilliseconds }
  }

  return {
    async list(): Promise<readonly CountedFailures[]> {
      const all: CountedFailures[] = []
      for (const kind of kindsOf(prefix)) {
        for await (const key of keysLike(kind.prefix)) all.push(await countOf(key, kind))
      }
      return all.filter(({ count }) => count > 0)
    },
    /** Clears the failures of an account from every address. */
    async clearAccount(account: string): Promise<void> {
      const entries = (await run(CLEAR, keys.account(account))) as readonly string[]
      const addresses = new Set(entries.map(addressOfEntry))
      await Promise.all([...addresses].map((address) => run(CLEAR, keys.pair(account, address))))
    },
    /** Clears the failures of an address for every account. */
    async clearAddress(address: string): Promise<void> {
      await run(CLEAR, keys.address(address))
    },
  }
}
