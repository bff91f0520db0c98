import { OptionsError } from '../errors.ts'
import { badHash } from './bad-hash.ts'
import { algorithmOf } from './password-hash.ts'
import type { RecordEntry } from './record-directory.ts'
import { accountName } from './user-record.ts'

/** The parts of one line of the file. {@link writeLine} puts them together again unchanged. */
interface UserLine {
  readonly name: string
  /** An exclamation mark disables the user, for Apache and nginx as well: to them the hash is invalid. */
  readonly mark: '' | '!'
  readonly hash: string
  /** White space, and a comment after another colon, which nginx allows. */
  readonly rest: string
  readonly ending: string
}

const LINE = /[^\n]*\n|[^\n]+/g
const ENDING = /\r?\n$/
const BLANK_OR_COMMENT = /^\s*(?:#|$)/
const USER_LINE = /^([^:]*):(!?)([^:\s]*)(.*)$/s

const BAD_NAME =
  'the name before the colon is none; write 1 to 256 bytes without control characters, and no space at either end'

const linesOf = (text: string): readonly string[] => text.match(LINE) ?? []

function readLine(line: string): UserLine | undefined {
  const body = line.replace(ENDING, '')
  const [, name, mark, hash, rest] = USER_LINE.exec(body) ?? []
  if (BLANK_OR_COMMENT.test(body) || name === undefined) return undefined
  return {
    name,
    mark: mark as UserLine['mark'],
    hash: hash as string,
    rest: rest as string,
    ending: line.slice(body.length),
  }
}

const writeLine = ({ name, mark, hash, rest, ending }: UserLine): string =>
  `${name}:${mark}${hash}${rest}${ending}`

/** The name in NFC, or undefined if an htpasswd file cannot contain it. */
export function htpasswdName(name: string): string | undefined {
  return name.trim() === name && !name.startsWith('#') ? accountName(name) : undefined
}

function hashOf({ hash, rest }: UserLine, refuse: (reason: string) => never): string {
  // After white space only a comment is allowed, which begins with a colon.
  const isWhole = rest.trim() === '' || rest.startsWith(':')
  if (isWhole && algorithmOf(hash)) return hash
  const { what, inHtpasswd } = badHash(hash)
  return refuse(`${what}; ${inHtpasswd}`)
}

/**
 * Reads the users of an htpasswd file: `name:hash` with bcrypt or argon2id, `name:!hash` for a disabled user, blank
 * lines, and comments that begin with `#`. Throws an OptionsError with line number and remedy, never with the line.
 */
export function parseHtpasswd(text: string, label: string): Map<string, RecordEntry> {
  const entries = new Map<string, RecordEntry>()
  const lineOf = new Map<string, number>()
  for (const [index, line] of linesOf(text).entries()) {
    const refuse = (reason: string): never => {
      throw new OptionsError(`${label}, line ${index + 1}: ${reason}`)
    }
    if (BLANK_OR_COMMENT.test(line)) continue
    const user = readLine(line) ?? refuse('there is no colon; write name:hash, or # before a comment')
    const username = htpasswdName(user.name) ?? refuse(BAD_NAME)
    if (lineOf.has(username)) refuse(`this user stands on line ${lineOf.get(username)} already; remove one`)
    const hash = hashOf(user, refuse)
    const account = { username, scopes: Object.freeze([]), name: undefined, email: undefined, version: hash }
    entries.set(username, { account: Object.freeze(account), hash, disabled: user.mark === '!' })
    lineOf.set(username, index + 1)
  }
  return entries
}

// Edits the line of one user; all other lines stay the same, byte by byte.
function editLine(text: string, username: string, edit: (line: UserLine) => string): string {
  const edited = linesOf(text).map((line) => {
    const user = readLine(line)
    return user?.name.normalize('NFC') === username ? edit(user) : line
  })
  return edited.join('')
}

/** Sets the hash of a user and enables the user, or adds a new user at the end. */
export function setHtpasswdUser(text: string, username: string, hash: string): string {
  const lines = linesOf(text)
  if (lines.some((line) => readLine(line)?.name.normalize('NFC') === username))
    return editLine(text, username, (line) => writeLine({ ...line, mark: '', hash }))
  const ending = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n'
  const isOpen = text !== '' && !text.endsWith('\n')
  return `${text}${isOpen ? ending : ''}${username}:${hash}${ending}`
}

/** Sets the hash of a user. A disabled user stays disabled. */
export function setHtpasswdHash(text: string, username: string, hash: string): string {
  return editLine(text, username, (line) => writeLine({ ...line, hash }))
}

export function enableHtpasswdUser(text: string, username: string): string {
  return editLine(text, username, (line) => writeLine({ ...line, mark: '' }))
}

export function disableHtpasswdUser(text: string, username: string): string {
  return editLine(text, username, (line) => writeLine({ ...line, mark: '!' }))
}

export function removeHtpasswdUser(text: string, username: string): string {
  return editLine(text, username, () => '')
}
