import { OptionsError } from '../errors.ts'
import { readArguments } from './command-line.ts'
import { hash } from './hash.ts'
import { type Io, UsageError } from './io.ts'
import { probe } from './probe.ts'
import { serve } from './serve/serve.ts'
import { printError, type StyledText, type Terminal, terminalOf } from './terminal/terminal.ts'
import { throttle } from './throttle.ts'
import { USAGE } from './usage.ts'
import { users } from './users.ts'

function print(terminal: Terminal, ...pieces: readonly StyledText[]): number {
  terminal.out(...pieces)
  return 0
}

async function dispatch(argv: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const { values, command, words } = readArguments(argv)
  if (values.version) return print(terminal, `${version}\n`)
  if (command === undefined) return print(terminal, ...USAGE)
  if (command === 'hash') return hash(terminal, words)
  if (command === 'probe') return probe(terminal, words)
  if (command === 'throttle') {
    const { redis, 'key-prefix': keyPrefix, address, users: file } = values
    return throttle(terminal, { words, redis, keyPrefix, address, file })
  }
  if (command === 'users') return users(terminal, { words, file: values.file, scopes: values.scopes })
  const { user, users: usersFile, port, host, title, form = false, watch = false } = values
  const { 'trust-proxy': trustProxy, 'log-level': logLevel } = values
  const service = { port, host, title, trustProxy, logLevel, form, watch }
  return serve(terminal, { files: words, user, users: usersFile, ...service })
}

/** Runs a command line and resolves to its exit code. All input and output goes through `io`. */
export async function run(argv: readonly string[], io: Io, version: string): Promise<number> {
  const terminal = terminalOf(io)
  try {
    return await dispatch(argv, terminal, version)
  } catch (error) {
    // Mistakes of the user are printed as a sentence. Any other error is a bug and keeps its stack trace.
    if (!(error instanceof UsageError || error instanceof OptionsError)) throw error
    printError(terminal, error.message)
    // For `probe`, exit code 1 means that the service exposes its documentation.
    return argv[0] === 'probe' ? 2 : 1
  }
}
