import { OptionsError } from '../errors.ts'
import { readCredentials } from '../login/basic-credentials.ts'
import { algorithmOf } from '../users/password-hash.ts'
import { type RecordEntry, recordDirectory } from '../users/record-directory.ts'
import { isScopeList } from '../users/scopes.ts'
import { sourceDirectory, type UserSource } from '../users/source-directory.ts'
import type { UserDirectory } from '../users/user-directory.ts'
import { type Fields, fields, refuse } from './check.ts'

const FORMS = 'write a record of users and password hashes, or an object with verify and find'
const USER_FIELDS = ['password', 'scopes', 'name', 'email', 'disabled']
const HASH_REMEDY = 'write an argon2id or bcrypt hash, as printed by: npx docs-gate hash'

// What came is not shown: it may well be a password.
function passwordHash(option: string, value: unknown): string {
  if (typeof value === 'string' && algorithmOf(value)) return value
  const kind = typeof value === 'string' ? 'this text is not one' : `not a value of type ${typeof value}`
  throw new OptionsError(`${option}: ${HASH_REMEDY} (${kind}; passwords are never written in plain text)`)
}

// A name is looked up as a login spells it: a name that no login can spell would be a user who cannot enter.
function accountName(name: string): string {
  const normalized = readCredentials(name, 'x')?.username
  if (normalized === undefined || name.includes(':')) {
    refuse('users', name, 'write user names of 1 to 256 bytes, without colons and control characters')
  }
  return normalized
}

function optionalText(option: string, value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') refuse(option, value, 'write a text')
  return value
}

function recordEntry(username: string, value: unknown): RecordEntry {
  const option = `users.${username}`
  if (typeof value !== 'object' || value === null)
    return recordEntry(username, { password: passwordHash(option, value) })
  const { password, scopes, name, email, disabled } = fields(option, value, USER_FIELDS)
  if (scopes !== undefined && !isScopeList(scopes))
    refuse(`${option}.scopes`, scopes, 'write a list of scopes without spaces')
  if (disabled !== undefined && typeof disabled !== 'boolean')
    refuse(`${option}.disabled`, disabled, 'write true or false')
  const hash = passwordHash(`${option}.password`, password)
  const account = Object.freeze({
    username,
    scopes: Object.freeze([...((scopes as readonly string[] | undefined) ?? [])]),
    name: optionalText(`${option}.name`, name),
    email: optionalText(`${option}.email`, email),
    version: hash,
  })
  return { account, hash, disabled: disabled === true }
}

/** The entries of a record of users, checked. */
export function readUserRecord(record: object): ReadonlyMap<string, RecordEntry> {
  const entries = new Map<string, RecordEntry>()
  for (const [name, value] of Object.entries(record)) {
    const username = accountName(name)
    if (entries.has(username))
      refuse('users', name, 'write each user once: two names are the same after normalization')
    entries.set(username, recordEntry(username, value))
  }
  return entries
}

function readSource(source: object): UserDirectory {
  const isPlain = Object.getPrototypeOf(source) === Object.prototype
  if (isPlain) fields('users', source, ['verify', 'find', 'recheckSeconds'])
  const { verify, find, recheckSeconds } = source as Fields
  if (typeof verify !== 'function') refuse('users.verify', verify, 'write a function')
  if (find !== undefined && typeof find !== 'function') refuse('users.find', find, 'write a function')
  const seconds = recheckSeconds ?? 5
  if (!Number.isFinite(seconds) || (seconds as number) < 0) {
    refuse('users.recheckSeconds', recheckSeconds, 'write a number of seconds of 0 or more')
  }
  return sourceDirectory(source as UserSource, seconds as number)
}

/** The directory that the `users` option describes. */
export function usersOption(users: unknown): UserDirectory {
  if (typeof users !== 'object' || users === null || Array.isArray(users)) refuse('users', users, FORMS)
  const isSource = ['verify', 'find'].some(
    (name) => typeof (users as Record<string, unknown>)[name] === 'function',
  )
  return isSource ? readSource(users) : recordDirectory(readUserRecord(users))
}
