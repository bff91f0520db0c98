import { readFileSync } from 'node:fs'
import { OptionsError } from '../errors.ts'
import {
  disableHtpasswdUser,
  enableHtpasswdUser,
  htpasswdName,
  parseHtpasswd,
  removeHtpasswdUser,
  setHtpasswdHash,
  setHtpasswdUser,
} from './htpasswd.ts'
import type { RecordEntry } from './record-directory.ts'
import {
  disableRecordUser,
  enableRecordUser,
  parseRecordFile,
  removeRecordUser,
  setRecordHash,
  setRecordUser,
} from './record-file.ts'
import { accountName } from './user-record.ts'

/** One format of user files. The edits expect a text that `parse` accepts, and a name in NFC. */
export interface UserFileFormat {
  readonly hasScopes: boolean
  /** The name in NFC, or undefined if a file of this format cannot contain it. */
  name(name: string): string | undefined
  /** The users of a text. Throws an OptionsError that begins with the label. */
  parse(text: string, label: string): ReadonlyMap<string, RecordEntry>
  /** Sets the hash of a user and enables the user, or adds a new user. */
  set(text: string, username: string, hash: string, scopes?: readonly string[]): string
  /** Sets the hash of a user and changes nothing else. */
  setHash(text: string, username: string, hash: string): string
  enable(text: string, username: string): string
  disable(text: string, username: string): string
  remove(text: string, username: string): string
}

const HTPASSWD: UserFileFormat = {
  hasScopes: false,
  name: htpasswdName,
  parse: parseHtpasswd,
  set: setHtpasswdUser,
  setHash: setHtpasswdHash,
  enable: enableHtpasswdUser,
  disable: disableHtpasswdUser,
  remove: removeHtpasswdUser,
}

const RECORD: UserFileFormat = {
  hasScopes: true,
  name: accountName,
  parse: parseRecordFile,
  set: setRecordUser,
  setHash: setRecordHash,
  enable: enableRecordUser,
  disable: disableRecordUser,
  remove: removeRecordUser,
}

// Removes a byte order mark.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The format of a file, by its name: `.json` is a record, anything else is htpasswd. */
export const formatOf = (file: string): UserFileFormat => (/\.json$/i.test(file) ? RECORD : HTPASSWD)

/** Decodes a file. Throws an OptionsError if it is not UTF-8. */
export function textOf(bytes: Uint8Array, label: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new OptionsError(`${label}: this is not UTF-8; save it in that encoding`)
  }
}

/** The users in the bytes of a file. Throws an OptionsError with line and remedy, also if there are no users. */
export function parseUserFile(
  file: string,
  bytes: Uint8Array,
  label: string,
): ReadonlyMap<string, RecordEntry> {
  const entries = formatOf(file).parse(textOf(bytes, label), label)
  if (entries.size === 0)
    throw new OptionsError(
      `${label}: there are no users in it; add one with: npx fastify-docs-gate users add NAME`,
    )
  return entries
}

const READ_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; create it with: npx fastify-docs-gate users add NAME --file FILE',
  EACCES: 'it may not be read; give it to the user that this process runs as',
  EISDIR: 'this is a folder; write the path of a file',
}

/** The error for a file that could not be read, with the remedy. */
export function unreadable(error: unknown, label: string): OptionsError {
  const code = String((error as NodeJS.ErrnoException).code)
  return new OptionsError(`${label}: ${READ_REMEDIES[code] ?? 'it cannot be read'} (${code})`)
}

/** The bytes of a file. Throws an OptionsError if it cannot be read. */
export function readUserFile(file: string, label: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw unreadable(error, label)
  }
}
