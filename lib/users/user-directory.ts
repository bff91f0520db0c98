import type { MaybePromise } from '../http/request.ts'

/** A user who is not disabled. */
export interface Account {
  readonly username: string
  readonly scopes: readonly string[]
  readonly name: string | undefined
  readonly email: string | undefined
  /** Changes when the user's sessions have to end. */
  readonly version: string
}

/** What a directory reports to the gate. */
export interface DirectoryEvents {
  /** The app's functions failed, did not respond in time, or returned an invalid value. */
  failed(reason: unknown): void
  /** The app's functions returned a valid value. */
  answered(): void
  /** Writes an error to the log. */
  error(details: object, message: string): void
  /** These users were removed, disabled or given another password: their sessions end. */
  out(usernames: readonly string[]): void
}

/** The users who may log in, whatever form the `users` option had. */
export interface UserDirectory {
  /** Whether `verify` hashes passwords in this process, so that logins have to queue. */
  readonly isHashing?: boolean
  /** The account if name and password are right, or null. */
  verify(username: string, password: string, request: unknown): Promise<Account | null>
  /** The account of that name unless it is disabled, or null. Absent: sessions keep the account of their login. */
  readonly find?: (username: string) => MaybePromise<Account | null>
  /**
   * Like `find`, from data that is newer than a moment (milliseconds since the epoch): a token of another process may
   * have a newer hash or a new user. Undefined if this process has read nothing since.
   */
  readonly findSince?: (username: string, moment: number) => MaybePromise<Account | null | undefined>
  /** Whether every user is disabled, so that nobody can log in. Absent: the directory cannot know. */
  readonly isAllDisabled?: () => boolean
  /** Begins to watch for changes and to report events. Absent: there are none. */
  readonly start?: (events: DirectoryEvents) => void
  /** Ends what `start` began. */
  readonly close?: () => void
}
