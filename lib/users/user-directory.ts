import type { MaybePromise } from '../http/request.ts'

/** A user in good standing, as a directory knows them. */
export interface Account {
  readonly username: string
  readonly scopes: readonly string[]
  readonly name: string | undefined
  readonly email: string | undefined
  /** Changes when the user's sessions have to end. */
  readonly version: string
}

/** What a directory tells the gate. */
export interface DirectoryEvents {
  /** The users cannot be asked, or the answer was nonsense. */
  failed(reason: unknown): void
  /** The users answered. */
  answered(): void
  /** Logs what went wrong. */
  error(details: object, message: string): void
  /** These users were removed, were disabled, or have another password: their sessions end. */
  out(usernames: readonly string[]): void
}

/** Who may log in: the inside of the `users` option, whatever form it came in. */
export interface UserDirectory {
  /** Whether `verify` hashes passwords in this process, so that it has to queue. */
  readonly isHashing?: boolean
  /** The account whose password this is, or null. */
  verify(username: string, password: string, request: unknown): Promise<Account | null>
  /** The account of that name if it is in good standing now, or null. Absent: what the login found stays true. */
  readonly find?: (username: string) => MaybePromise<Account | null>
  /**
   * The same as it was known after a moment, in milliseconds since the epoch: another process may know of a newer hash,
   * or of a user who is new. Undefined where this process has read nothing since.
   */
  readonly findSince?: (username: string, moment: number) => MaybePromise<Account | null | undefined>
  /** Whether there is no user who is not disabled, so that nobody can log in. Absent: nobody can say. */
  readonly isAllDisabled?: () => boolean
  /** Begins to watch for changes, and to tell how the users fare. Absent: there is nothing to tell. */
  readonly start?: (events: DirectoryEvents) => void
  /** Ends what `start` began. */
  readonly close?: () => void
}
