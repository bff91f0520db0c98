import { randomUUID } from 'node:crypto'
import { StoreUnavailableError } from '../errors.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { type Attempt, BUDGETS, type FailureLog, type Reservation } from './failure-log.ts'
import { redisFailures } from './redis-failures.ts'
import { attemptId, LOST_AFTER_MILLISECONDS, throttleKeys } from './redis-keys.ts'

const DEADLINE_MILLISECONDS = 1500

const KNOWN_FOR_MILLISECONDS = 30 * 24 * 3_600_000
const MAX_KNOWN_ADDRESSES = 50

// Each budget is a sorted set of attempts by time. An entry is `p` (in flight) or `f` (failed) and the attempt's id,
// which ends in the key of the exact name. KEYS: pair, address, account, known addresses. Redis runs a script
// atomically, so that two instances cannot both reserve the last place.
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

const RESERVE = `${NOW}
local id, address, lost = ARGV[1], ARGV[2], tonumber(ARGV[3])
local known = redis.call('ZSCORE', KEYS[4], address)
local waits, retry = false, 0
for i = 1, 3 do
  if not (i == 3 and known) then
    local limit, window = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - window)
    local entries = redis.call('ZRANGE', KEYS[i], 0, -1, 'WITHSCORES')
    local inFlight, failures = 0, {}
    for j = 1, #entries, 2 do
      local at = tonumber(entries[j + 1])
      if entries[j]:sub(1, 1) == 'p' and now - at < lost then
        inFlight = inFlight + 1
      else
        failures[#failures + 1] = at
      end
    end
    if #failures >= limit then
      retry = math.max(retry, failures[#failures - limit + 1] + window - now)
    elseif #failures + inFlight >= limit then
      waits = true
    end
  end
end
if retry > 0 then return { 'refused', retry } end
if waits then return { 'wait', 0 } end
for i = 1, 3 do
  redis.call('ZADD', KEYS[i], now, 'p' .. id)
  redis.call('PEXPIRE', KEYS[i], tonumber(ARGV[3 + 2 * i]) + lost)
end
return { 'held', 0 }
`

const SETTLE = `${NOW}
local id, outcome = ARGV[1], ARGV[2]
for i = 1, 3 do
  if outcome == 'fail' then
    redis.call('ZADD', KEYS[i], now, 'f' .. id)
    redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -1 - 2 * tonumber(ARGV[3 + i]))
    redis.call('PEXPIRE', KEYS[i], ARGV[6 + i])
  end
  redis.call('ZREM', KEYS[i], 'p' .. id)
end
if outcome == 'succeed' then
  local suffix, lost = ':' .. ARGV[12], tonumber(ARGV[13])
  local entries = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for j = 1, #entries, 2 do
    local entry = entries[j]
    local isInFlight = entry:sub(1, 1) == 'p' and now - tonumber(entries[j + 1]) < lost
    if entry:sub(-#suffix) == suffix and not isInFlight then redis.call('ZREM', KEYS[1], entry) end
  end
  redis.call('ZADD', KEYS[4], now, ARGV[3])
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - tonumber(ARGV[11]))
  redis.call('PEXPIRE', KEYS[4], ARGV[10])
end
return 1
`

const budgets = [BUDGETS.accountAndAddress, BUDGETS.address, BUDGETS.account]
const limits = budgets.map(({ limit }) => String(limit))
const windows = budgets.map(({ windowMilliseconds }) => String(windowMilliseconds))

// Strict, because a malformed response that was taken for "wait" would make the login retry for ever.
function readReservation(response: unknown, id: string): Reservation {
  const [state, retryAfter] = response as readonly unknown[]
  if (state === 'held') return { state, id }
  if (state === 'wait') return { state }
  if (state === 'refused' && Number.isFinite(retryAfter))
    return { state, retryAfterMilliseconds: retryAfter as number }
  throw new TypeError('this is no answer of the script')
}

/** Failed logins in Redis, shared by all instances. Times are those of the Redis server. */
export function redisLog({ send, prefix }: Pick<RedisConnection, 'send' | 'prefix'>): FailureLog {
  const keys = throttleKeys(prefix)
  const keysOf = ({ account, name, address }: Attempt): readonly string[] => [
    keys.pair(account, address),
    keys.address(address),
    keys.account(account),
    keys.known(name),
  ]

  // Fails closed: if the failures cannot be read, the login is refused.
  const evaluate = async <T>(
    read: (response: unknown) => T,
    script: string,
    attempt: Attempt,
    ...argv: readonly string[]
  ): Promise<T> =>
    withDeadline(
      () => send(['EVAL', script, '4', ...keysOf(attempt), ...argv]),
      DEADLINE_MILLISECONDS,
      (options) => new StoreUnavailableError(options),
      read,
    )

  const settle = async (outcome: string, attempt: Attempt, id: string): Promise<void> => {
    const known = [String(KNOWN_FOR_MILLISECONDS), String(MAX_KNOWN_ADDRESSES)]
    const cleared = [attempt.name, String(LOST_AFTER_MILLISECONDS)]
    await evaluate(
      () => {},
      SETTLE,
      attempt,
      id,
      outcome,
      attempt.address,
      ...limits,
      ...windows,
      ...known,
      ...cleared,
    )
  }

  return {
    async reserve(attempt): Promise<Reservation> {
      const id = attemptId(randomUUID(), attempt.address, attempt.name)
      const ranges = budgets.flatMap((_budget, i) => [limits[i] as string, windows[i] as string])
      return evaluate(
        (response) => readReservation(response, id),
        RESERVE,
        attempt,
        id,
        attempt.address,
        String(LOST_AFTER_MILLISECONDS),
        ...ranges,
      )
    },
    fail: (attempt, id) => settle('fail', attempt, id),
    succeed: (attempt, id) => settle('succeed', attempt, id),
    release: (attempt, id) => settle('release', attempt, id),
    clear: (account) =>
      withDeadline(
        () => redisFailures(send, prefix).clearAccount(account),
        DEADLINE_MILLISECONDS,
        (options) => new StoreUnavailableError(options),
      ),
  }
}
