import { OptionsError } from '../errors.ts'
import { readCredentials } from '../http/basic-credentials.ts'
import { heldScopes, invalidOption, readOptions } from '../validation/option.ts'
import { badHash } from './bad-hash.ts'
import { algorithmOf } from './password-hash.ts'
import type { RecordEntry } from './record-directory.ts'

const USER_FIELDS = ['password', 'scopes', 'name', 'email', 'disabled']
const HASH_REMEDY = 'write an argon2id or bcrypt hash, as printed by: npx fastify-docs-gate hash'

function faultOf(value: unknown): string {
  if (typeof value === 'string') return badHash(value).what
  return value === undefined
    ? 'nothing came (a variable that is not set?)'
    : `this is no text but a value of type ${typeof value}`
}

// The value is not shown, because it may be a password.
function passwordHash(option: string, value: unknown): string {
  if (typeof value === 'string' && algorithmOf(value)) return value
  throw new OptionsError(
    `${option}: ${faultOf(value)}; ${HASH_REMEDY} (passwords are never written in plain text)`,
  )
}

/** The name in NFC, or undefined if no login can send it, because such a user could never log in. */
export function accountName(name: string): string | undefined {
  return name.includes(':') ? undefined : readCredentials(name, 'x')?.username
}

function optionalText(option: string, value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') invalidOption(option, value, 'write a text')
  return value
}

function recordEntry(username: string, value: unknown): RecordEntry {
  const option = `users.${username}`
  if (typeof value !== 'object' || value === null)
    return recordEntry(username, { password: passwordHash(option, value) })
  const { password, scopes, name, email, disabled } = readOptions(option, value, USER_FIELDS)
  if (disabled !== undefined && typeof disabled !== 'boolean')
    invalidOption(`${option}.disabled`, disabled, 'write true or false')
  const hash = passwordHash(`${option}.password`, password)
  const account = Object.freeze({
    username,
    scopes: Object.freeze(heldScopes(`${option}.scopes`, scopes)),
    name: optionalText(`${option}.name`, name),
    email: optionalText(`${option}.email`, email),
    version: hash,
  })
  return { account, hash, disabled: disabled === true }
}

/** Validates one user of a record and adds it to the others. */
export function addUser(entries: Map<string, RecordEntry>, name: string, value: unknown): void {
  const username = accountName(name)
  if (username === undefined)
    // The part after a colon is not shown, because it may be a password.
    invalidOption(
      'users',
      name.split(':', 1)[0],
      'write user names of 1 to 256 bytes, without colons and control characters',
    )
  if (entries.has(username))
    invalidOption('users', name, 'write each user once: two names are the same after normalization')
  entries.set(username, recordEntry(username, value))
}

/** The entries of a record of users, validated. */
export function readUserRecord(record: object): ReadonlyMap<string, RecordEntry> {
  const entries = new Map<string, RecordEntry>()
  for (const [name, value] of Object.entries(record)) addUser(entries, name, value)
  return entries
}
