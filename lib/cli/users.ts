import { algorithmOf, hashPassword } from '../users/password-hash.ts'
import type { RecordEntry } from '../users/record-directory.ts'
import { formatOf, readUserFile, textOf, type UserFileFormat } from '../users/user-file.ts'
import { isScopeList } from '../validation/scope.ts'
import { closestMatch } from './did-you-mean.ts'
import { type Io, UsageError } from './io.ts'
import { editFile } from './locked-file.ts'
import { readPassword } from './password.ts'
import { weaknessOf } from './password-rules.ts'
import { table } from './terminal/table.ts'
import { printError, type StyledText, styled, type Terminal } from './terminal/terminal.ts'

/** The arguments of `fastify-docs-gate users`, as they were typed. */
export interface UsersArguments {
  /** The action, the name of the user, and unexpected further words. */
  readonly words: readonly string[]
  readonly file: string | undefined
  readonly scopes: string | undefined
}

/** The users file that an action works on. */
interface UserFile {
  readonly file: string
  readonly label: string
  readonly format: UserFileFormat
  /** The option that selects this file in suggested commands; empty for the default file. */
  readonly option: string
}

type Users = ReadonlyMap<string, RecordEntry>

const DEFAULT_FILE = '.htpasswd'
const ACTIONS = ['add', 'enable', 'disable', 'passwd', 'remove', 'list']

function optionFor(file: string, label: string): string {
  if (file === DEFAULT_FILE) return ''
  return ` --file ${/^[\w./-]+$/.test(file) ? file : label}`
}

function nameOf({ format, file, option }: UserFile, action: string, name: string | undefined): string {
  if (name === undefined)
    throw new UsageError(`Which user? Write: npx fastify-docs-gate users ${action} NAME${option}`)
  const username = format.name(name)
  if (username !== undefined) return username
  const spaces = format.hasScopes ? '' : ', no # in front, and no space at either end'
  throw new UsageError(
    `${JSON.stringify(name)} cannot be a user in ${JSON.stringify(file)}: write 1 to 256 bytes without colons and control characters${spaces}.`,
  )
}

function scopesOf({ format }: UserFile, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  if (!format.hasScopes)
    throw new UsageError(
      '--scopes: an htpasswd file has no place for them. Use a .json file: --file users.json',
    )
  const scopes = [...new Set(text.split(',').map((scope) => scope.trim()))].filter((scope) => scope !== '')
  if (!isScopeList(scopes))
    throw new UsageError('--scopes: write scopes without spaces and quotes, like: read,write')
  return scopes
}

// A file that cannot be parsed is not overwritten: `parse` throws first.
async function edit(
  { file, label, format }: UserFile,
  change: (text: string, users: Users) => string,
): Promise<void> {
  await editFile(file, (bytes) => {
    const text = bytes === undefined ? '' : textOf(bytes, label)
    return change(text, bytes === undefined ? new Map() : format.parse(text, label))
  })
}

async function readHash(io: Io, username: string): Promise<string> {
  const password = await readPassword(io)
  const weakness = weaknessOf(password, username)
  if (weakness !== undefined) throw new UsageError(weakness)
  return hashPassword(password)
}

async function add(
  io: Io,
  at: UserFile,
  username: string,
  scopes: readonly string[] | undefined,
): Promise<void> {
  const hash = await readHash(io, username)
  let isNew = true
  await edit(at, (text, users) => {
    isNew = !users.has(username)
    return at.format.set(text, username, hash, scopes)
  })
  io.out(`${username} ${isNew ? 'added to' : 'changed in'} ${at.file}\n`)
}

function mustHave(users: Users, username: string, { label, option }: UserFile): void {
  if (users.has(username)) return
  throw new UsageError(
    `${label} has no user ${JSON.stringify(username)}. See: npx fastify-docs-gate users list${option}`,
  )
}

// A running gate treats a file without users as invalid and keeps its users. The removed user could still log in.
function mustKeepOne(users: Users, username: string, { option }: UserFile): void {
  if (users.size === 1)
    throw new UsageError(
      `This is the last user, and a running service keeps its users when the file has none. Write: npx fastify-docs-gate users disable ${username}${option}`,
    )
}

async function remove(io: Io, at: UserFile, username: string): Promise<void> {
  await edit(at, (text, users) => {
    mustHave(users, username, at)
    mustKeepOne(users, username, at)
    return at.format.remove(text, username)
  })
  io.out(`${username} removed from ${at.file}\n`)
}

// Checked before the prompt, so that nobody types a password for a missing user.
async function passwd(io: Io, at: UserFile, username: string): Promise<void> {
  mustHave(at.format.parse(textOf(readUserFile(at.file, at.label), at.label), at.label), username, at)
  const hash = await readHash(io, username)
  let isDisabled = false
  await edit(at, (text, users) => {
    mustHave(users, username, at)
    isDisabled = users.get(username)?.disabled === true
    return at.format.setHash(text, username, hash)
  })
  io.out(`${username} has a new password in ${at.file}${isDisabled ? ', and stays disabled' : ''}\n`)
}

async function enable(io: Io, at: UserFile, username: string): Promise<void> {
  await edit(at, (text, users) => {
    mustHave(users, username, at)
    return at.format.enable(text, username)
  })
  io.out(`${username} enabled in ${at.file}\n`)
}

async function disable(io: Io, at: UserFile, username: string): Promise<void> {
  await edit(at, (text, users) => {
    mustHave(users, username, at)
    return at.format.disable(text, username)
  })
  io.out(`${username} disabled in ${at.file}\n`)
}

const HEADINGS = ['User', 'Scopes', 'Hash', ''].map((text) => styled('quiet', text))

const rowOf = ([username, { account, hash, disabled }]: [string, RecordEntry]): readonly StyledText[] => [
  username,
  account.scopes.join(',') || '-',
  String(algorithmOf(hash)),
  disabled ? styled('warning', 'disabled') : '',
]

// Only terminals get headings: piped output has one user per line and nothing else.
function list(terminal: Terminal, { file, label, format, option }: UserFile): void {
  const users = format.parse(textOf(readUserFile(file, label), label), label)
  const headings = terminal.columns === undefined || users.size === 0 ? [] : [HEADINGS]
  terminal.out(...table([...headings, ...[...users].map(rowOf)]))
  if (users.size === 0)
    printError(terminal, `${file} has no users. Add one with: npx fastify-docs-gate users add NAME${option}`)
}

function unknownAction(action: string | undefined, name: string | undefined): UsageError {
  if (action === 'list') return new UsageError(`All users are listed: ${name} is too much.`)
  if (action === undefined)
    return new UsageError(
      'What about the users? Write: npx fastify-docs-gate users add, enable, disable, passwd, remove or list',
    )
  const match = closestMatch(action, ACTIONS)
  const hint =
    match === undefined
      ? 'There are add, enable, disable, passwd, remove and list.'
      : `Did you mean ${match}?`
  return new UsageError(
    `fastify-docs-gate users has no "${action}". ${hint} See npx fastify-docs-gate --help.`,
  )
}

/** `fastify-docs-gate users`: edits and lists the users in an htpasswd file or a JSON file. */
export async function users(
  terminal: Terminal,
  { words, file = DEFAULT_FILE, scopes }: UsersArguments,
): Promise<number> {
  const [action, name, ...more] = words
  if (file === '') throw new UsageError('--file: write the path of a file.')
  const label = JSON.stringify(file)
  const at = { file, label, format: formatOf(file), option: optionFor(file, label) }
  if (more.length > 0) throw new UsageError(`One user at a time: ${more.join(', ')} is too much.`)
  if (scopes !== undefined && action !== 'add')
    throw new UsageError('--scopes goes with: npx fastify-docs-gate users add')
  if (action === 'add') await add(terminal, at, nameOf(at, action, name), scopesOf(at, scopes))
  else if (action === 'remove') await remove(terminal, at, nameOf(at, action, name))
  else if (action === 'passwd') await passwd(terminal, at, nameOf(at, action, name))
  else if (action === 'enable') await enable(terminal, at, nameOf(at, action, name))
  else if (action === 'disable') await disable(terminal, at, nameOf(at, action, name))
  else if (action === 'list' && name === undefined) list(terminal, at)
  else throw unknownAction(action, name)
  return 0
}
