import { resolve } from 'node:path'
import { OptionsError } from '../errors.ts'
import { watchFile } from './file-watch.ts'
import { hashDirectory, type KnownUsers, knownUsers, type RecordEntry } from './record-directory.ts'
import type { UserDirectory } from './user-directory.ts'
import { formatOf, parseUserFile, readUserFile, unreadable } from './user-file.ts'

type Entries = ReadonlyMap<string, RecordEntry>

const LINE_FEED = 0x0a
const KEPT =
  'docs-gate: the file of users is not usable as it is; the users that were read before stay in force'

const endsLine = (bytes: Uint8Array): boolean => bytes.at(-1) === LINE_FEED

// The users whose sessions end. Users who were disabled before have no sessions.
function endedUsers(before: Entries, after: Entries): readonly string[] {
  const hasEnded = ([username, { hash, disabled }]: [string, RecordEntry]): boolean => {
    const now = after.get(username)
    return !disabled && (!now || now.disabled || now.hash !== hash)
  }
  return [...before].filter(hasEnded).map(([username]) => username)
}

/**
 * A directory of the users in a file, which is read at once and again whenever it changes. If the file becomes invalid,
 * disappears or looks half-written, the last good users stay and one error is logged.
 */
export function fileDirectory(file: string, decoyKey: Buffer): UserDirectory {
  const path = resolve(file)
  const label = `users: ${JSON.stringify(path)}`
  const isLined = formatOf(path).hasScopes === false
  let [users, hadLineEnd] = load(readUserFile(path, label))
  let close = (): void => {}

  function load(bytes: Uint8Array): [KnownUsers, boolean] {
    return [knownUsers(parseUserFile(path, bytes, label)), isLined && endsLine(bytes)]
  }

  function refuseHalfWritten(bytes: Uint8Array): void {
    if (hadLineEnd && bytes.length > 0 && !endsLine(bytes)) {
      const reason =
        'its last line has no line end, as the file had before, so it may be half-written; end that line'
      throw new OptionsError(`${label}: ${reason}`)
    }
  }

  return {
    ...hashDirectory(() => users, decoyKey),
    start({ error, out }) {
      close = watchFile(path, {
        take(bytes) {
          refuseHalfWritten(bytes)
          const before = users.entries
          ;[users, hadLineEnd] = load(bytes)
          const names = endedUsers(before, users.entries)
          if (names.length > 0) out(names)
        },
        failed(reason) {
          const { message } = reason instanceof OptionsError ? reason : unreadable(reason, label)
          error({ file: path, reason: message }, KEPT)
        },
      })
    },
    close: () => close(),
  }
}
