import { LRUCache } from 'lru-cache'
import { atMost } from '../at-most.ts'
import { UsersUnavailableError } from '../errors.ts'
import { bounded } from '../http/deadline.ts'
import type { MaybePromise } from '../http/request.ts'
import { isScopeList } from './scopes.ts'
import type { Account, UserDirectory } from './user-directory.ts'

/** A user as `verify` and `find` return them. */
export interface SourceUser {
  /** The name of the account, which need not be spelled as it was typed. */
  readonly username: string
  /** What the user may do; none when left out. */
  readonly scopes?: readonly string[] | undefined
  /** The user's full name. */
  readonly name?: string | undefined
  /** The user's e-mail address. */
  readonly email?: string | undefined
}

/** A user as `find` returns them. */
export interface FoundUser extends SourceUser {
  /** A disabled user cannot log in, and their sessions end. @default false */
  readonly disabled?: boolean | undefined
  /** When it changes, the user's sessions end: a password's hash, or a counter. */
  readonly version?: string | number | undefined
}

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
const MAX_USERNAME_BYTES = 256
const MAX_REMEMBERED_USERS = 10_000

/** An answer of `find`, and when it was asked for. */
interface Answer {
  readonly account: MaybePromise<Account | null>
  readonly askedAt: number
}

// The cache takes whole milliseconds, 1 or more.
const inMilliseconds = (seconds: number): number =>
  Math.min(Math.max(1, Math.round(seconds * 1000)), Number.MAX_SAFE_INTEGER)

const unavailable = (options: ErrorOptions): Error => new UsersUnavailableError(options)

const isOptional = (value: unknown, type: 'string' | 'boolean'): boolean =>
  value === undefined || value === null || typeof value === type

function isFoundUser(value: unknown): value is FoundUser {
  if (typeof value !== 'object' || value === null) return false
  const { username, scopes, name, email, disabled, version } = value as Record<string, unknown>
  return (
    typeof username === 'string' &&
    username !== '' &&
    Buffer.byteLength(username.normalize('NFC')) <= MAX_USERNAME_BYTES &&
    (scopes === undefined || scopes === null || isScopeList(scopes)) &&
    [name, email].every((text) => isOptional(text, 'string')) &&
    isOptional(disabled, 'boolean') &&
    (isOptional(version, 'string') || typeof version === 'number')
  )
}

// Anything but a user or null is a defect of the source: nobody enters on it.
function toAccount(value: unknown): Account | null {
  if (value === null || value === undefined) return null
  if (!isFoundUser(value))
    throw new UsersUnavailableError({ cause: new TypeError('not a user and not null') })
  if (value.disabled) return null
  return Object.freeze({
    // One account, however its name is composed: the same name as in a session that is asked for by it.
    username: value.username.normalize('NFC'),
    scopes: Object.freeze([...(value.scopes ?? [])]),
    name: value.name ?? undefined,
    email: value.email ?? undefined,
    version: String(value.version ?? ''),
  })
}

/** A directory over the user's own functions: bounded in time, strict about what they return. */
export function sourceDirectory(source: UserSource, recheckSeconds: number): UserDirectory {
  const check = (username: string, password: string, request: unknown) =>
    bounded(() => source.verify(username, password, request), DEADLINE_MILLISECONDS, unavailable)

  const { find } = source
  if (!find) return { verify: async (...login) => toAccount(await check(...login)) }

  const found = new LRUCache<string, Answer>({
    ...atMost(MAX_REMEMBERED_USERS),
    ttl: inMilliseconds(recheckSeconds),
    ttlResolution: 0,
  })

  const look = async (username: string): Promise<Account | null> =>
    toAccount(await bounded(() => find.call(source, username), DEADLINE_MILLISECONDS, unavailable))

  // Requests that come while `find` is under way wait for the same answer; a failure is not kept.
  const ask = (username: string): Promise<Account | null> => {
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
      const verified = toAccount(await check(username, password, request))
      return verified && ask(verified.username)
    },
    find(username) {
      if (recheckSeconds === 0) return look(username)
      const known = found.get(username)
      return known ? known.account : ask(username)
    },
    findSince(username, moment) {
      const known = found.get(username)
      const now = Date.now()
      // By the clock of another process: one that is ahead must not make each request a question.
      const since = moment < now ? moment : now - SKEWED_RECHECK_MILLISECONDS
      return known && known.askedAt > since ? known.account : ask(username)
    },
  }
}
