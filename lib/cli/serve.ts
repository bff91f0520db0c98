import { randomInt } from 'node:crypto'
import { titleOf } from '../docs/document.ts'
import { operationCount } from '../docs/operations.ts'
import { loadDocument, nameOfSource } from '../docs/source/source.ts'
import { readCredentials } from '../login/basic-credentials.ts'
import { hashPassword } from '../users/password-hash.ts'
import { type Io, type Service, UsageError } from './io.ts'

/** The arguments of `docs-gate serve`, as they were typed. */
export interface ServeArguments {
  readonly files: readonly string[]
  readonly user: string | undefined
  /** A file of users, instead of the one user in memory. */
  readonly users: string | undefined
  readonly port: string | undefined
  readonly host: string | undefined
  readonly title: string | undefined
  readonly form: boolean
}

// Letters and digits that are not taken for each other; sixteen of them are 80 bits.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const block = (): string => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
const createPassword = (): string => Array.from({ length: 4 }, block).join('-')

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new UsageError(`--port ${text} is not a port: write a number from 0 to 65535 (0 picks a free one).`)
  }
  return Number(text)
}

function usernameOf(text: string): string {
  const credentials = readCredentials(text, '-')
  if (!credentials || text.includes(':'))
    throw new UsageError('--user: write a name without colons and control characters.')
  return credentials.username
}

function fileOf(files: readonly string[]): string {
  const [file, ...more] = files
  if (file === undefined) throw new UsageError('Which document? Write: docs-gate serve openapi.json')
  if (more.length > 0) throw new UsageError(`One document at a time: ${more.join(', ')} is too much.`)
  return file
}

const counted = (count: number): string => `${count} ${count === 1 ? 'operation' : 'operations'}`

function report(lines: readonly (readonly [string, string])[]): string {
  return lines.map(([name, value]) => `  ${name.padEnd(10)}${value}\n`).join('')
}

interface Readers {
  readonly users: Service['users']
  /** What is said about them, in columns. */
  readonly lines: readonly (readonly [string, string])[]
}

async function oneReader(name: string): Promise<Readers> {
  const username = usernameOf(name)
  const password = createPassword()
  return {
    users: { [username]: await hashPassword(password) },
    lines: [
      ['User', username],
      ['Password', `${password}  (shown this once)`],
    ],
  }
}

async function readersOf({ user, users }: ServeArguments): Promise<Readers> {
  if (users === undefined) return oneReader(user ?? 'reader')
  if (user !== undefined) throw new UsageError('--users and --user: write one of them.')
  if (users === '') throw new UsageError('--users: write the path of a file.')
  return { users, lines: [['Users', `those of ${users}`]] }
}

/** `docs-gate serve`: puts a document behind a login, for the users of a file or for one whose password is printed. */
export async function serve(io: Io, given: ServeArguments): Promise<number> {
  const file = fileOf(given.files)
  const [port, host] = [portOf(given.port ?? '3000'), given.host ?? '127.0.0.1']
  const { users, lines } = await readersOf(given)
  const document = await loadDocument(file, 'serve')
  const title = given.title ?? titleOf(document)
  const origin = await io.start({ document, users, title, mode: given.form ? 'form' : 'basic', host, port })
  io.out(`\n  ${title ?? nameOfSource(file)}, ${counted(operationCount(document))}, behind a login\n\n`)
  io.out(report([['URL', `${origin}/docs`], ...lines]))
  io.out('\n  Stop with Ctrl+C.\n')
  if (!LOOPBACK.test(host)) {
    io.error(
      '\n  Passwords travel in the clear over http: put a proxy with https in front, or use --host 127.0.0.1.\n',
    )
  }
  await io.stopped()
  return 0
}
