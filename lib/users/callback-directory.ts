import { LRUCache } from 'lru-cache'
import { UsersUnavailableError } from '../errors.ts'
import type { MaybePromise } from '../http/request.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { maxEntries } from '../runtime/max-entries.ts'
import { type FoundUser, readSourceUser, type SourceUser } from './source-user.ts'
import type { Account, DirectoryEvents, UserDirectory } from './user-directory.ts'

/** Your own database of users, as two functions. */
export interface UserSource<Request = unknown> {
  /** Resolves to the user if the password is right, to null otherwise. Must take as long for unknown users. */
  verify(
    username: string,
    password: string,
    request: Request,
  ): MaybePromise<SourceUser | FoundUser | null | undefined>
  /** Resolves to the user's current data, or to null. Without it, a session keeps the data of its login. */
  find?: ((username: string) => MaybePromise<FoundUser | null | undefined>) | undefined
  /** For how many seconds a result of `find` is cached. @default 5 */
  recheckSeconds?: number | undefined
}

const DEADLINE_MILLISECONDS = 5000
const SKEWED_RECHECK_MILLISECONDS = 1000
const MAX_REMEMBERED_USERS = 10_000

/** A result of `find`, and when the call began. */
interface CachedAccount {
  readonly account: MaybePromise<Account | null>
  readonly calledAt: number
}

// lru-cache requires a whole number of milliseconds, at least 1.
const inMilliseconds = (seconds: number): number =>
  Math.min(Math.max(1, Math.round(seconds * 1000)), Number.MAX_SAFE_INTEGER)

const UNWATCHED: Pick<DirectoryEvents, 'failed' | 'answered'> = { failed() {}, answered() {} }

/** A directory that calls the app's own functions, with a deadline and strict checks of what they return. */
export function callbackDirectory(source: UserSource, recheckSeconds: number): UserDirectory {
  let events = UNWATCHED

  function unavailable({ cause }: ErrorOptions): Error {
    events.failed(cause)
    return new UsersUnavailableError({ cause })
  }

  function read(user: unknown): Account | null {
    const account = readSourceUser(user)
    events.answered()
    return account
  }

  const call = async (run: () => MaybePromise<unknown>): Promise<Account | null> =>
    withDeadline(run, DEADLINE_MILLISECONDS, unavailable, read)

  const callVerify = (username: string, password: string, request: unknown): Promise<Account | null> =>
    call(() => source.verify(username, password, request))

  const start = (listener: DirectoryEvents): void => {
    events = listener
  }

  const { find } = source
  if (!find) return { verify: callVerify, start }

  const cache = new LRUCache<string, CachedAccount>({
    ...maxEntries(MAX_REMEMBERED_USERS),
    ttl: inMilliseconds(recheckSeconds),
    ttlResolution: 0,
  })

  const callFind = (username: string): Promise<Account | null> => call(() => find.call(source, username))

  // Concurrent requests share one call of `find`. Failures are not cached.
  const refresh = (username: string): Promise<Account | null> => {
    const calledAt = Date.now()
    const account = callFind(username)
    const entry = { account, calledAt }
    cache.set(username, entry)
    account.then(
      (found) =>
        cache.get(username) === entry &&
        cache.set(username, { account: found, calledAt }, { noUpdateTTL: true }),
      () => cache.get(username) === entry && cache.delete(username),
    )
    return account
  }

  return {
    // `verify` decides about the password; the account itself is the one that `find` returns.
    async verify(username, password, request) {
      const verified = await callVerify(username, password, request)
      return verified && refresh(verified.username)
    },
    find(username) {
      if (recheckSeconds === 0) return callFind(username)
      const cached = cache.get(username)
      return cached ? cached.account : refresh(username)
    },
    findSince(username, moment) {
      const cached = cache.get(username)
      const now = Date.now()
      // `moment` is from the clock of another process. If that clock is ahead, `find` is called once a second instead
      // of once per request.
      const since = moment < now ? moment : now - SKEWED_RECHECK_MILLISECONDS
      return cached && cached.calledAt > since ? cached.account : refresh(username)
    },
    start,
  }
}
