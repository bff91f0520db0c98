import { parseArgs } from 'node:util'
import { OptionsError } from '../errors.ts'
import { hash } from './hash.ts'
import { type Io, UsageError } from './io.ts'
import { probe } from './probe.ts'
import { serve } from './serve.ts'
import { users } from './users.ts'

const USAGE = `Usage:
  docs-gate serve FILE|URL [--users FILE | --user NAME] [--port N] [--host H] [--form] [--title T]
      Puts an OpenAPI or Swagger document (JSON or YAML) behind a login, on http://127.0.0.1:3000.
      --users  those of this file may log in, and changes of it take effect at once; otherwise
               one user, "reader" unless --user names another, whose password is printed once
      --form   a sign-in page instead of the browser's own dialog
  docs-gate users add NAME [--file FILE] [--scopes a,b]
  docs-gate users remove NAME | disable NAME | list  [--file FILE]
      Edits a file of users: .htpasswd unless --file names another; one that ends in .json has
      scopes too. add asks for the password (prompt or standard input), and replaces the old one.
  docs-gate hash
      A password in (prompt or standard input), its argon2id hash out.
  docs-gate probe URL
      Asks a running service, as a stranger, for its documentation in every way we know. Says what
      it gives away. Ends with 0 if that is nothing, 1 if it is something, 2 if it could not ask.
  docs-gate --help | --version
`

const OPTIONS = {
  user: { type: 'string' },
  users: { type: 'string' },
  file: { type: 'string' },
  scopes: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  title: { type: 'string' },
  form: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ', 1)[0]}. See docs-gate --help.`)
  }
}

async function dispatch(argv: readonly string[], io: Io, version: string): Promise<number> {
  const { values, positionals } = parse(argv)
  const [command, ...words] = positionals
  if (values.version) return print(io, `${version}\n`)
  if (values.help || command === undefined) return print(io, USAGE)
  if (command === 'hash') return hash(io)
  if (command === 'probe') return probe(io, words)
  if (command === 'users') return users(io, { words, file: values.file, scopes: values.scopes })
  if (command !== 'serve') throw new UsageError(`There is no command "${command}". See docs-gate --help.`)
  const { user, users: usersFile, port, host, title, form = false } = values
  return serve(io, { files: words, user, users: usersFile, port, host, title, form })
}

function print(io: Io, text: string): number {
  io.out(text)
  return 0
}

// What a person can mend is a sentence; anything else is a defect and keeps its stack.
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof UsageError || error instanceof OptionsError) return error.message
  const { code, port } = error as { code?: unknown; port?: unknown }
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Choose another with --port, or 0 for a free one.`
  if (code === 'EACCES')
    return `Port ${port} may not be opened by this user. Choose one above 1023 with --port.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'This machine has no such address. Choose another with --host.'
  return undefined
}

// What a document, a file or an argument says is shown to a person: in a terminal, control characters are commands, and
// invisible ones or a change of direction make a text look like another.
const UNPRINTABLE = /[^\P{Cc}\n\t]|\p{Cf}/gu

const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd')

const filtered = (io: Io): Io => ({
  ...io,
  out: (text) => io.out(printable(text)),
  error: (text) => io.error(printable(text)),
})

/** The command line: arguments in, exit code out. Everything else goes through `terminal`. */
export async function run(argv: readonly string[], terminal: Io, version: string): Promise<number> {
  const io = filtered(terminal)
  try {
    return await dispatch(argv, io, version)
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined) throw error
    io.error(`docs-gate: ${sentence}\n`)
    // Of a probe, 1 says that the service is open.
    return argv[0] === 'probe' ? 2 : 1
  }
}
