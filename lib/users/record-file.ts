import { OptionsError } from '../errors.ts'
import type { RecordEntry } from './record-directory.ts'
import { addUser } from './user-record.ts'

type Users = readonly (readonly [string, unknown])[]

const REMEDY = 'write an object of users and password hashes, like {"johndoe": {"password": "$argon2id$..."}}'

// A string, with the colon that makes it a key, or a bracket.
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g

const lineAt = (text: string, position: number): number => text.slice(0, position).split('\n').length

// The parser's message quotes the text, which may be a hash, so only the position is taken from it.
function parseJson(text: string, label: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const position = /at position (\d+)/.exec((error as Error).message)?.[1]
    const line = position === undefined ? '' : `, line ${lineAt(text, Number(position))}`
    throw new OptionsError(`${label}${line}: this is not JSON; ${REMEDY}`)
  }
}

/** The keys of the outermost object of a JSON text, in order, with their line numbers. */
function* keysOf(text: string): Generator<readonly [name: string, line: number]> {
  let depth = 0
  let [line, counted] = [1, 0]
  for (const { 0: token, 1: string, 2: colon, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && colon) {
      line += text.slice(counted, index).split('\n').length - 1
      counted = index
      yield [JSON.parse(string as string) as string, line]
    }
  }
}

/** Reads the users of a JSON file. Throws an OptionsError with the line number and the remedy, without any hash. */
export function parseRecordFile(text: string, label: string): Map<string, RecordEntry> {
  const record = parseJson(text, label)
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new OptionsError(`${label}: this JSON is not an object; ${REMEDY}`)
  const values = new Map(Object.entries(record))
  const entries = new Map<string, RecordEntry>()
  for (const [name, line] of keysOf(text)) {
    try {
      addUser(entries, name, values.get(name))
    } catch (error) {
      throw new OptionsError(`${label}, line ${line}: ${(error as Error).message}`)
    }
  }
  return entries
}

const usersIn = (text: string): Users => Object.entries(JSON.parse(text) as object)

// Keeps the indentation of the file.
const write = (text: string, users: Users): string => {
  const indent = /^[ \t]+/m.exec(text)?.[0] ?? '  '
  return `${JSON.stringify(Object.fromEntries(users), null, indent)}\n`
}

const isSameName = (name: string, username: string): boolean => name.normalize('NFC') === username

// The value of a user may be just the hash.
const fieldsOf = (value: unknown): object =>
  typeof value === 'string' ? { password: value } : (value as object)

function enabledFieldsOf(value: unknown): object {
  const { disabled: _, ...fields } = fieldsOf(value) as { disabled?: boolean }
  return fields
}

function edit(text: string, username: string, change: (value: unknown) => unknown): string {
  return write(
    text,
    usersIn(text).map(([name, value]) =>
      isSameName(name, username) ? [name, change(value)] : [name, value],
    ),
  )
}

/** Sets the hash of a user, and the scopes if they are given, and enables the user; or adds a new user at the end. */
export function setRecordUser(
  text: string,
  username: string,
  hash: string,
  scopes: readonly string[] | undefined,
): string {
  const change = (value: unknown): unknown => {
    if (typeof value === 'string' && !scopes) return hash
    return { ...enabledFieldsOf(value), password: hash, ...(scopes && { scopes }) }
  }
  const users = usersIn(text || '{}')
  if (users.some(([name]) => isSameName(name, username))) return edit(text, username, change)
  return write(text, [...users, [username, change(hash)]])
}

/** Sets the hash of a user. A disabled user stays disabled. */
export function setRecordHash(text: string, username: string, hash: string): string {
  return edit(text, username, (value) =>
    typeof value === 'string' ? hash : { ...(value as object), password: hash },
  )
}

export function enableRecordUser(text: string, username: string): string {
  return edit(text, username, (value) => (typeof value === 'string' ? value : enabledFieldsOf(value)))
}

export function disableRecordUser(text: string, username: string): string {
  return edit(text, username, (value) => ({ ...fieldsOf(value), disabled: true }))
}

export function removeRecordUser(text: string, username: string): string {
  return write(
    text,
    usersIn(text).filter(([name]) => !isSameName(name, username)),
  )
}
