import { readFileSync } from 'node:fs'
import { OptionsError } from '../errors.ts'
import {
  disableHtpasswdUser,
  htpasswdName,
  parseHtpasswd,
  removeHtpasswdUser,
  setHtpasswdUser,
} from './htpasswd.ts'
import type { RecordEntry } from './record-directory.ts'
import { disableRecordUser, parseRecordFile, removeRecordUser, setRecordUser } from './record-file.ts'
import { accountName } from './user-record.ts'

/** How users stand in a file of one kind. The edits take a text that `parse` accepts, and a name in NFC. */
export interface UserFileFormat {
  readonly hasScopes: boolean
  /** A name as the file can hold it, NFC, or undefined where it cannot. */
  name(name: string): string | undefined
  /** The users of a text. Throws an OptionsError that begins with the label. */
  parse(text: string, label: string): ReadonlyMap<string, RecordEntry>
  /** Gives a user another hash and enables them, or adds them. */
  set(text: string, username: string, hash: string, scopes?: readonly string[]): string
  disable(text: string, username: string): string
  remove(text: string, username: string): string
}

const HTPASSWD: UserFileFormat = {
  hasScopes: false,
  name: htpasswdName,
  parse: parseHtpasswd,
  set: setHtpasswdUser,
  disable: disableHtpasswdUser,
  remove: removeHtpasswdUser,
}

const RECORD: UserFileFormat = {
  hasScopes: true,
  name: accountName,
  parse: parseRecordFile,
  set: setRecordUser,
  disable: disableRecordUser,
  remove: removeRecordUser,
}

// Without its byte order mark, if it has one.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The kind of a file, which its name tells: `.json` for a record, anything else for htpasswd. */
export const formatOf = (file: string): UserFileFormat => (/\.json$/i.test(file) ? RECORD : HTPASSWD)

/** The text of a file. Throws an OptionsError where it is not UTF-8. */
export function textOf(bytes: Uint8Array, label: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new OptionsError(`${label}: this is not UTF-8; save it in that encoding`)
  }
}

/** The users in the bytes of a file. Throws an OptionsError with line and remedy; a file without users is a bad one. */
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

/** Why a file could not be read, with the remedy. */
export function unreadable(error: unknown, label: string): OptionsError {
  const code = String((error as NodeJS.ErrnoException).code)
  return new OptionsError(`${label}: ${READ_REMEDIES[code] ?? 'it cannot be read'} (${code})`)
}

/** The bytes of a file. Throws an OptionsError where there are none to be had. */
export function readUserFile(file: string, label: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw unreadable(error, label)
  }
}
