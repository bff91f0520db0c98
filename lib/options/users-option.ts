import { callbackDirectory, type UserSource } from '../users/callback-directory.ts'
import { fileDirectory } from '../users/file-directory.ts'
import { recordDirectory } from '../users/record-directory.ts'
import type { UserDirectory } from '../users/user-directory.ts'
import { readUserRecord } from '../users/user-record.ts'
import { invalidOption, type OptionFields, readOptions } from '../validation/option.ts'

const FORMS =
  'write the path of an htpasswd or .json file, a record of users and password hashes, or an object with verify and find'

function readSource(source: object): UserDirectory {
  const isPlain = Object.getPrototypeOf(source) === Object.prototype
  if (isPlain) readOptions('users', source, ['verify', 'find', 'recheckSeconds'])
  const { verify, find, recheckSeconds } = source as OptionFields
  if (typeof verify !== 'function') invalidOption('users.verify', verify, 'write a function')
  if (find !== undefined && typeof find !== 'function') invalidOption('users.find', find, 'write a function')
  const seconds = recheckSeconds ?? 5
  if (!Number.isFinite(seconds) || (seconds as number) < 0) {
    invalidOption('users.recheckSeconds', recheckSeconds, 'write a number of seconds of 0 or more')
  }
  return callbackDirectory(source as UserSource, seconds as number)
}

/** Makes a directory of the `users` option. The key decides which decoy hash an unknown name is checked against. */
export function usersOption(users: unknown, decoyKey: Buffer): UserDirectory {
  if (typeof users === 'string' && users !== '') return fileDirectory(users, decoyKey)
  if (typeof users !== 'object' || users === null || Array.isArray(users))
    invalidOption('users', users, FORMS)
  const isSource = ['verify', 'find'].some(
    (name) => typeof (users as Record<string, unknown>)[name] === 'function',
  )
  if (isSource) return readSource(users)
  // Only plain objects, of other realms too: a promise that was not awaited, or a Map, would be a record without users.
  const prototype = Object.getPrototypeOf(users)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) invalidOption('users', users, FORMS)
  return recordDirectory(readUserRecord(users), decoyKey)
}
