import { LRUCache } from 'lru-cache'
import { UsersUnavailableError } from '../errors.ts'
import type { MaybePromise } from '../http/request.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { maxEntries } from '../runtime/max-entries.ts'
import { type FoundUser, readSourceUser, type SourceUser } from './source-user.ts'
import type { Account, DirectoryEvents, UserDirectory } from './user-directory.ts'

/** A database of users behind two functions. */
export interface UserSource<Request = unknown> {
  /** Resolves to the user whose password this is, or to null. Has to cost the same for unknown users. */
  verify(
    username: string,
    password: string,
    request: Request,
  ): MaybePromise<SourceUser | FoundUser | null | undefined>
  /** Resolves to the user as they stand now, or to null. Without it a session keeps what its login found. */
  find?: ((username: string) => MaybePromise<FoundUser | null | undefined>) | undefined
  /** For how many seconds an answer of `find` is good. @default 5 */
  recheckSeconds?: number | undefined
}

const DEADLINE_MILLISECONDS = 5000
const SKEWED_RECHECK_MILLISECONDS = 1000
const MAX_REMEMBERED_USERS = 10_000

/** An answer of `find`, and when it was asked for. */
interface Answer {
  readonly account: MaybePromise<Account | null>
  readonly askedAt: number
}

// The cache takes whole milliseconds, 1 or more.
const inMilliseconds = (seconds: number): number =>
  Math.min(Math.max(1, Math.round(seconds * 1000)), Number.MAX_SAFE_INTEGER)

const UNWATCHED: Pick<DirectoryEvents, 'failed' | 'answered'> = { failed() {}, answered() {} }

/** A directory over the user's own functions: bounded in time, strict about what they return. */
export function callbackDirectory(source: UserSource, recheckSeconds: number): UserDirectory {
  let events = UNWATCHED

  function unavailable({ cause }: ErrorOptions): Error {
    events.failed(cause)
    return new UsersUnavailableError({ cause })
  }

  // Whatever comes out of the source is read here.
  function read(user: unknown): Account | null {
    const account = readSourceUser(user)
    events.answered()
    return account
  }

  const ask = async (run: () => MaybePromise<unknown>): Promise<Account | null> =>
    withDeadline(run, DEADLINE_MILLISECONDS, unavailable, read)

  const check = (username: string, password: string, request: unknown): Promise<Account | null> =>
    ask(() => source.verify(username, password, request))

  const start = (of: DirectoryEvents): void => {
    events = of
  }

  const { find } = source
  if (!find) return { verify: check, start }

  const found = new LRUCache<string, Answer>({
    ...maxEntries(MAX_REMEMBERED_USERS),
    ttl: inMilliseconds(recheckSeconds),
    ttlResolution: 0,
  })

  const look = (username: string): Promise<Account | null> => ask(() => find.call(source, username))

  // Requests that come while `find` is under way wait for the same answer; a failure is not kept.
  const lookAnew = (username: string): Promise<Account | null> => {
    const askedAt = Date.now()
    const account = look(username)
    const entry = { account, askedAt }
    found.set(username, entry)
    account.then(
      (known) =>
        found.get(username) === entry &&
        found.set(username, { account: known, askedAt }, { noUpdateTTL: true }),
      () => found.get(username) === entry && found.delete(username),
    )
    return account
  }

  return {
    // What `verify` says about the password, and `find` about the standing and the version.
    async verify(username, password, request) {
      const verified = await check(username, password, request)
      return verified && lookAnew(verified.username)
    },
    find(username) {
      if (recheckSeconds === 0) return look(username)
      const known = found.get(username)
      return known ? known.account : lookAnew(username)
    },
    findSince(username, moment) {
      const known = found.get(username)
      const now = Date.now()
      // By the clock of another process: one that is ahead must not make each request a question.
      const since = moment < now ? moment : now - SKEWED_RECHECK_MILLISECONDS
      return known && known.askedAt > since ? known.account : lookAnew(username)
    },
    start,
  }
}
