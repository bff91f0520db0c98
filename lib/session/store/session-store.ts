import type { MaybePromise } from '../../http/request.ts'

/** A session as a store keeps it. Written once, at login, and never changed: renewal changes only the token. */
export interface Session {
  /** Opaque; URL-safe; at most 64 characters. */
  readonly id: string
  /** The authority that authenticated the user: `session.issuer` for the users of this gate. */
  readonly issuer: string
  /** The issuer's name for the user. */
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Milliseconds since the epoch: the end of the session, however much it is used. */
  readonly expiresAt: number
}

/**
 * Where sessions are kept. Every method may return its value or a promise of it. If it rejects, takes longer than a second
 * and a half, or returns anything but a session (dates as texts or `Date`, another id), requests are refused with
 * `DOCS_GATE_STORE_UNAVAILABLE`.
 *
 * `get` runs for every guarded request. An issuer and a subject may be any strings: of any length, and with characters
 * that a database refuses in a key, so a key that is made of their hash is safe.
 */
export interface SessionStore {
  /** The session of that id, or null or undefined where there is none. */
  get(id: string): MaybePromise<Session | null | undefined>
  /** Keeps a session for that many seconds, which may be a fraction. Afterwards nobody asks for it. */
  set(session: Session, ttlSeconds: number): MaybePromise<unknown>
  /** Forgets the session of that id, if there is one. */
  delete(id: string): MaybePromise<unknown>
  /**
   * The sessions of one user, in any order. It has to include every session whose `set` has ended, so a replica that lags
   * behind will not do. Sessions of other users are ignored.
   */
  list(issuer: string, subject: string): MaybePromise<readonly Session[]>
  /** Called when the app closes. */
  close?: (() => MaybePromise<unknown>) | undefined
}
