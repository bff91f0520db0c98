import { OptionsError } from '../errors.ts'
import { readArguments } from './command-line.ts'
import { hash } from './hash.ts'
import { type Io, UsageError } from './io.ts'
import { probe } from './probe.ts'
import { serve } from './serve/serve.ts'
import { complain, type Piece, type Screen, screenOf } from './terminal/terminal.ts'
import { throttle } from './throttle.ts'
import { USAGE } from './usage.ts'
import { users } from './users.ts'

function print(screen: Screen, ...pieces: readonly Piece[]): number {
  screen.out(...pieces)
  return 0
}

async function dispatch(argv: readonly string[], screen: Screen, version: string): Promise<number> {
  const { values, command, words } = readArguments(argv)
  if (values.version) return print(screen, `${version}\n`)
  if (command === undefined) return print(screen, ...USAGE)
  if (command === 'hash') return hash(screen, words)
  if (command === 'probe') return probe(screen, words)
  if (command === 'throttle') {
    const { redis, 'key-prefix': keyPrefix, address, users: file } = values
    return throttle(screen, { words, redis, keyPrefix, address, file })
  }
  if (command === 'users') return users(screen, { words, file: values.file, scopes: values.scopes })
  const { user, users: usersFile, port, host, title, form = false, watch = false } = values
  const { 'trust-proxy': trustProxy, 'log-level': logLevel } = values
  const service = { port, host, title, trustProxy, logLevel, form, watch }
  return serve(screen, { files: words, user, users: usersFile, ...service })
}

/** The command line: arguments in, exit code out. Everything else goes through `io`. */
export async function run(argv: readonly string[], io: Io, version: string): Promise<number> {
  const screen = screenOf(io)
  try {
    return await dispatch(argv, screen, version)
  } catch (error) {
    // What a person can mend is a sentence; anything else is a defect and keeps its stack.
    if (!(error instanceof UsageError || error instanceof OptionsError)) throw error
    complain(screen, error.message)
    // Of a probe, 1 says that the service is open.
    return argv[0] === 'probe' ? 2 : 1
  }
}
