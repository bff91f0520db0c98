import { createRequire } from 'node:module'
import { join } from 'node:path'
import { withDeadline } from '../runtime/deadline.ts'
import { type Redis, UsageError } from './io.ts'

const CONNECT_MILLISECONDS = 3000
const COMMAND_MILLISECONDS = 10_000

/** The part of the package `redis` that is used here. Any version has it. */
interface Client {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  sendCommand(command: readonly string[]): Promise<unknown>
  disconnect(): unknown
}

interface Library {
  createClient(options: object): Client
}

// `redis` is not a dependency, because only this command needs it. The project's own installation is preferred.
const RESOLVE_FROM = [join(process.cwd(), 'package.json'), import.meta.url]

function loadLibrary(parents: readonly string[]): Library {
  for (const parent of parents) {
    const require = createRequire(parent)
    try {
      return require('redis') as Library
    } catch {
      // Not installed here: try the next one.
    }
  }
  throw new UsageError('This needs the package redis, which is not installed here. Write: npm install redis')
}

// A Redis URL may contain a password, so messages show only the host.
function hostOf(url: string): string {
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '' }
  if (/^rediss?:$/.test(protocol) && host !== '') return host
  throw new UsageError(
    '--redis: write a URL, like redis://127.0.0.1:6379 or rediss://user:password@host:6380',
  )
}

// If a name has several addresses and all refuse, the error has a code and no message.
function reasonOf({ cause }: ErrorOptions): string {
  const { code, message } = cause as NodeJS.ErrnoException
  return code ?? message
}

/** Connects to Redis for the duration of one command. */
export async function openRedis(url: string, parents = RESOLVE_FROM): Promise<Redis> {
  const host = hostOf(url)
  const client = loadLibrary(parents).createClient({
    url,
    socket: { connectTimeout: CONNECT_MILLISECONDS, reconnectStrategy: false },
  })
  // Without a listener, the event would be thrown. The command that fails reports the error.
  client.on('error', () => {})
  const unreachable = (options: ErrorOptions): UsageError =>
    new UsageError(`The Redis at ${host} cannot be reached: ${reasonOf(options)}`)
  const refused = (options: ErrorOptions): UsageError =>
    new UsageError(`The Redis at ${host} refused or did not answer: ${reasonOf(options)}`)
  await withDeadline(() => client.connect(), CONNECT_MILLISECONDS, unreachable)
  return {
    send: async (command) => withDeadline(() => client.sendCommand(command), COMMAND_MILLISECONDS, refused),
    close: () => void client.disconnect(),
  }
}
