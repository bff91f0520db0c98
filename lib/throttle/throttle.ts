import { InvalidCredentialsError, ThrottledError } from '../errors.ts'
import { about, type Emit, type GateEvent } from '../events.ts'
import type { Credentials } from '../http/basic-credentials.ts'
import type { RequestLike } from '../http/request.ts'
import type { HashQueue } from '../users/hash-queue.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import type { Attempt, FailureLog } from './failure-log.ts'
import { BUDGETS } from './failure-log.ts'
import { createKeyedLimiter } from './keyed-limiter.ts'
import { accountKey, addressKey, nameKey } from './keys.ts'

/** Runs a login attempt if its budgets allow it. `check` resolves to null where the credentials are wrong. */
export type Throttle = <T>(
  username: string,
  ip: string | undefined,
  check: () => Promise<T | null>,
) => Promise<T | null>

/** No throttle: every attempt runs. */
export const unthrottled: Throttle = (_username, _ip, check) => check()

// How often a try that waits for others in flight asks again, should nothing of this process wake it before.
const ASK_AGAIN_MILLISECONDS = 100

// Of all tries. Each is a request that somebody keeps open, at some 5 KB, and costs its sender a line.
const MAX_WAITING = 10_000

/**
 * The throttle over a log of failures.
 *
 * Tries in flight hold their place, so no number of parallel tries widens a budget; a try that finds only places held
 * waits for them, because they may well succeed. Of one account and address, and of one address, no more wait at the log
 * than it has places: the others queue here. Throws a BusyError where that queue is full.
 */
export function throttle(log: FailureLog): Throttle {
  const createLimiter = createKeyedLimiter(MAX_WAITING)
  const inPair = createLimiter(BUDGETS.accountAndAddress.limit)
  const inAddress = createLimiter(BUDGETS.address.limit)
  const waiting = new Map<() => void, Attempt>()

  // Something was settled: who waits for a place in one of its budgets looks again.
  function wake({ account, address }: Attempt): void {
    for (const [look, waiter] of waiting) {
      if (waiter.account === account || waiter.address === address) look()
    }
  }

  const pause = (attempt: Attempt): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        clearTimeout(timer)
        waiting.delete(look)
        resolve()
      }
      const timer = setTimeout(look, ASK_AGAIN_MILLISECONDS)
      waiting.set(look, attempt)
    })

  async function hold(attempt: Attempt): Promise<string> {
    for (;;) {
      const place = await log.hold(attempt)
      if (place.state === 'held') return place.id
      if (place.state === 'refused') throw new ThrottledError(place.retryAfterMilliseconds)
      await pause(attempt)
    }
  }

  async function run<T>(attempt: Attempt, check: () => Promise<T | null>): Promise<T | null> {
    const id = await hold(attempt)
    let settle: FailureLog['fail'] = log.release
    try {
      const result = await check()
      settle = result === null ? log.fail : log.succeed
      return result
    } finally {
      await settle(attempt, id)
      wake(attempt)
    }
  }

  return (username, ip, check) => {
    const attempt = { account: accountKey(username), name: nameKey(username), address: addressKey(ip) }
    const { account, address } = attempt
    return inPair(`${account} ${address}`, () => inAddress(address, () => run(attempt, check)))
  }
}

/**
 * Attempts to log in by Basic, by form or by password grant, which share their budgets. Null credentials are malformed.
 * @throws `DOCS_GATE_INVALID_CREDENTIALS`; or why the attempt may not be made now
 */
export function loginAttempt(directory: UserDirectory, limit: Throttle, queue: HashQueue, emit: Emit) {
  const verify = ({ username, password }: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.verify(username, password, request)

  // A directory of the host limits its own load.
  const check = (credentials: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.isHashing
      ? queue(addressKey(request.ip), () => verify(credentials, request))
      : verify(credentials, request)

  // Users sometimes type their password into the name field, so only the names of existing users are logged.
  async function report(event: GateEvent, { username }: Credentials, request: RequestLike, reason: string) {
    const isUser = directory.isHashing && (await directory.find?.(username))
    emit(event, { ...(isUser && { username }), ...about(request), reason })
  }

  async function attempt(credentials: Credentials, request: RequestLike): Promise<Account> {
    const account = await limit(credentials.username, request.ip, () => check(credentials, request))
    if (account) return account
    await report('login_failed', credentials, request, 'wrong_credentials')
    throw new InvalidCredentialsError()
  }

  return async (credentials: Credentials | null, request: RequestLike): Promise<Account> => {
    if (!credentials) {
      emit('login_failed', { ...about(request), reason: 'malformed_credentials' })
      throw new InvalidCredentialsError()
    }
    try {
      return await attempt(credentials, request)
    } catch (error) {
      if (error instanceof ThrottledError)
        await report('login_throttled', credentials, request, 'too_many_failures')
      throw error
    }
  }
}
