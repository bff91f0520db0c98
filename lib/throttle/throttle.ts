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

/** Runs `check` if the budgets of the login attempt allow it. `check` resolves to null if the credentials are wrong. */
export type Throttle = <T>(
  username: string,
  ip: string | undefined,
  check: () => Promise<T | null>,
) => Promise<T | null>

/** For `login.throttle: false`: runs every attempt. */
export const unthrottled: Throttle = (_username, _ip, check) => check()

// An attempt that waits for others checks again after this time, because other instances cannot wake it.
const RECHECK_MILLISECONDS = 100

// Over all keys. Each waiting attempt is an open request that costs us about 5 KB and the client next to nothing.
const MAX_WAITING = 10_000

/**
 * A throttle that counts failures in a log.
 *
 * Attempts in flight count against the budgets, so parallel attempts cannot exceed them. If only attempts in flight use
 * up a budget, the next one waits, because they may succeed. The limiters keep each key at no more attempts in `run`
 * than its budget allows; the rest wait in their queue, and a full queue throws a BusyError.
 */
export function throttle(log: FailureLog): Throttle {
  const createLimiter = createKeyedLimiter(MAX_WAITING)
  const inPair = createLimiter(BUDGETS.accountAndAddress.limit)
  const inAddress = createLimiter(BUDGETS.address.limit)
  const waiting = new Map<() => void, Attempt>()

  // An attempt was settled: attempts that share a budget with it check again whether there is room.
  function wake({ account, address }: Attempt): void {
    for (const [resume, waiter] of waiting) {
      if (waiter.account === account || waiter.address === address) resume()
    }
  }

  const pause = (attempt: Attempt): Promise<void> =>
    new Promise((resolve) => {
      const resume = (): void => {
        clearTimeout(timer)
        waiting.delete(resume)
        resolve()
      }
      const timer = setTimeout(resume, RECHECK_MILLISECONDS)
      waiting.set(resume, attempt)
    })

  async function reserve(attempt: Attempt): Promise<string> {
    for (;;) {
      const reservation = await log.reserve(attempt)
      if (reservation.state === 'held') return reservation.id
      if (reservation.state === 'refused') throw new ThrottledError(reservation.retryAfterMilliseconds)
      await pause(attempt)
    }
  }

  async function run<T>(attempt: Attempt, check: () => Promise<T | null>): Promise<T | null> {
    const id = await reserve(attempt)
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
