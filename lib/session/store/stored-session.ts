import { kindOf } from '../../validation/value-kind.ts'
import type { Session } from './session-store.ts'

const isText = (value: unknown): value is string => typeof value === 'string'
const isMoment = (value: unknown): value is number => Number.isSafeInteger(value)

function refuse(method: string, name: string, value: unknown, expected: string): never {
  throw new TypeError(
    `${method}() answered a session whose ${name} is ${kindOf(value)}; ${expected} is expected`,
  )
}

// Every property is read once, so that the value that was checked is the value that is used: a getter or a proxy may return
// another one the next time.
function readSession(value: unknown, method: string): Session {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${method}() answered ${kindOf(value)} where a session is expected`)
  const { id, issuer, subject, createdAt, expiresAt } = value as Record<keyof Session, unknown>
  if (!isText(id)) return refuse(method, 'id', id, 'a text')
  if (!isText(issuer)) return refuse(method, 'issuer', issuer, 'a text')
  if (!isText(subject)) return refuse(method, 'subject', subject, 'a text')
  if (!isMoment(createdAt)) return refuse(method, 'createdAt', createdAt, 'a whole number of milliseconds')
  if (!isMoment(expiresAt)) return refuse(method, 'expiresAt', expiresAt, 'a whole number of milliseconds')
  return { id, issuer, subject, createdAt, expiresAt }
}

/** The session that a store returned for an id, or null. Throws a TypeError for any other value. */
export function readStoredSession(value: unknown, id: string): Session | null {
  if (value === null || value === undefined) return null
  const session = readSession(value, 'get')
  if (session.id !== id) throw new TypeError('get() answered the session of another id')
  return session
}

/**
 * The sessions that a store returned for a user, each once. Sessions of other users are left out: a store that ignores
 * case may list them. Throws a TypeError for any value but a list of sessions.
 */
export function readStoredSessions(value: unknown, issuer: string, subject: string): readonly Session[] {
  if (!Array.isArray(value)) throw new TypeError(`list() answered ${kindOf(value)} where a list is expected`)
  const sessions = new Map<string, Session>()
  for (let i = 0; i < value.length; i++) {
    const session = readSession(value[i], 'list')
    if (session.issuer === issuer && session.subject === subject) sessions.set(session.id, session)
  }
  return [...sessions.values()]
}
