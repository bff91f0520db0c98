import { isDate } from 'node:util/types'
import { isScopeList } from '../validation/scope.ts'
import { kindOf } from '../validation/value-kind.ts'
import type { Account } from './user-directory.ts'

/** A user as `verify` and `find` return them. A field that is null counts as left out. */
export interface SourceUser {
  /** The name of the account. It may be spelled differently than it was typed. */
  readonly username: string
  /** What the user may do; none when left out. */
  readonly scopes?: readonly string[] | null | undefined
  /** The user's full name. */
  readonly name?: string | null | undefined
  /** The user's e-mail address. */
  readonly email?: string | null | undefined
}

/** A user as `find` returns them. */
export interface FoundUser extends SourceUser {
  /**
   * A disabled user cannot log in, and their sessions end. 0 and 1, which some databases return, mean false and true.
   * @default false
   */
  readonly disabled?: boolean | number | bigint | null | undefined
  /** When it changes, the user's sessions end: the password's hash, a counter, or the time of the row's last change. */
  readonly version?: string | number | bigint | Date | Uint8Array | null | undefined
}

const MAX_USERNAME_BYTES = 256

type Reader<T> = (field: string, value: unknown) => T

function refuse(field: string, value: unknown, remedy: string): never {
  throw new TypeError(`${field} of the user is ${kindOf(value)}; ${remedy}`)
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

const readUsername: Reader<string> = (field, value) => {
  const name = typeof value === 'string' ? value.normalize('NFC') : refuse(field, value, 'write a text')
  if (name === '' || Buffer.byteLength(name) > MAX_USERNAME_BYTES)
    throw new TypeError(`${field} of the user is empty or too long; write 1 to ${MAX_USERNAME_BYTES} bytes`)
  return name
}

const readText: Reader<string | undefined> = (field, value) => {
  if (isAbsent(value)) return undefined
  return typeof value === 'string' ? value : refuse(field, value, 'write a text or null')
}

const readScopes: Reader<readonly string[]> = (field, value) => {
  if (isAbsent(value)) return []
  if (!Array.isArray(value))
    return refuse(
      field,
      value,
      'write a list of texts, as from: row.scopes.split(" ") or JSON.parse(row.scopes)',
    )
  const scopes: readonly unknown[] = [...value]
  if (isScopeList(scopes)) return scopes
  const bad = scopes.findIndex((scope) => !isScopeList([scope]))
  if (bad === -1) throw new TypeError(`${field} of the user have over 100,000 characters; write fewer`)
  throw new TypeError(
    `${field}[${bad}] of the user is no scope; write texts without spaces, quotes and backslashes`,
  )
}

// Databases without a boolean type return 0 and 1, as numbers or as bigints.
const readDisabled: Reader<boolean> = (field, value) => {
  if (isAbsent(value)) return false
  if (typeof value === 'boolean') return value
  if (value === 0 || value === 0n) return false
  if (value === 1 || value === 1n) return true
  return refuse(field, value, 'write true or false, or 1 or 0')
}

const readVersion: Reader<string> = (field, value) => {
  if (isAbsent(value)) return ''
  if (typeof value === 'string' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isNaN(value)) return String(value)
  if (isDate(value) && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64url')
  return refuse(field, value, 'write a text, a number, a Date or a Buffer')
}

/**
 * Reads what `verify` or `find` of the `users` option returned: an account, or null if there is no user or the user is
 * disabled. Throws a TypeError that names the field if the value is invalid. Every property is read only once.
 */
export function readSourceUser(value: unknown): Account | null {
  if (isAbsent(value)) return null
  if (typeof value !== 'object')
    throw new TypeError(`${kindOf(value)} is no user; return an object with a username, or null`)
  const { username, scopes, name, email, disabled, version } = value as Record<keyof FoundUser, unknown>
  const isDisabled = readDisabled('disabled', disabled)
  const account = Object.freeze({
    // In NFC (readUsername does it), as in sessions, so that all composed forms of the name are one account.
    username: readUsername('username', username),
    scopes: Object.freeze(readScopes('scopes', scopes)),
    name: readText('name', name),
    email: readText('email', email),
    version: readVersion('version', version),
  })
  return isDisabled ? null : account
}
