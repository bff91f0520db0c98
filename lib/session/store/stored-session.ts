import { kindOf } from '../../validation/value-kind.ts'
import type { Session } from './session-store.ts'

const isText = (value: unknown): value is string => typeof value === 'string'
const isMoment = (value: unknown): value is number => Number.isSafeInteger(value)

function refuse(method: string, name: string, value: unknown, expected: string): never {
  throw new TypeError(
    `${method}() answered a session whose ${name} is ${kindOf(value)}; ${expected} is expected`,
  )
}

// Every property is read once: what is checked is what is used, whatever a getter or a proxy says the next time.
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

/** The session of that id that a store answered, or null where it has none. Throws a TypeError for anything else. */
export function readStoredSession(value: unknown, id: string): Session | null {
  if (value === null || value === undefined) return null
  const session = readSession(value, 'get')
  if (session.id !== id) throw new TypeError('get() answered the session of another id')
  return session
}

/**
 * The sessions of that user that a store answered, each once. Those of others, which a store that compares names loosely
 * may list too, are left out. Throws a TypeError for what is no list of sessions.
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
