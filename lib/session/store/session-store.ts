import type { MaybePromise } from '../../http/request.ts'

/** What is kept of a session. Written once, at login, and never changed: renewal is the token's affair. */
export interface Session {
  /** Opaque; URL-safe; at most 64 characters. */
  readonly id: string
  /** Who vouches for the user: `session.issuer` for the users of this gate. */
  readonly issuer: string
  /** The user, as their issuer names them. */
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Milliseconds since the epoch: the end of the session, however much it is used. */
  readonly expiresAt: number
}

/**
 * Where sessions are kept. Every method may return its value or a promise of it. A rejection, no answer within a second
 * and a half, or an answer that is no session (dates as texts or `Date`, another id) closes the gate with
 * `DOCS_GATE_STORE_UNAVAILABLE`.
 */
export interface SessionStore {
  /** The session of that id, or null or undefined where there is none. */
  get(id: string): MaybePromise<Session | null | undefined>
  /** Keeps a session for that many seconds. */
  set(session: Session, ttlSeconds: number): MaybePromise<unknown>
  /** Forgets the session of that id, if there is one. */
  delete(id: string): MaybePromise<unknown>
  /** The sessions of one user, in any order. Those of others are passed over. */
  list(issuer: string, subject: string): MaybePromise<readonly Session[]>
  /** Called when the app closes. */
  close?: (() => MaybePromise<unknown>) | undefined
}
