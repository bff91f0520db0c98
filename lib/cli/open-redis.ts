import { createRequire } from 'node:module'
import { join } from 'node:path'
import { withDeadline } from '../runtime/deadline.ts'
import { type Redis, UsageError } from './io.ts'

const CONNECT_MILLISECONDS = 3000
const COMMAND_MILLISECONDS = 10_000

/** What is used of the package `redis`, in whatever version is there. */
interface Client {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  sendCommand(command: readonly string[]): Promise<unknown>
  disconnect(): unknown
}

interface Library {
  createClient(options: object): Client
}

// Only this command needs it: that of the project comes first, then one beside this package.
const PLACES = [join(process.cwd(), 'package.json'), import.meta.url]

function loadLibrary(places: readonly string[]): Library {
  for (const place of places) {
    const require = createRequire(place)
    try {
      return require('redis') as Library
    } catch {
      // Not from there.
    }
  }
  throw new UsageError('This needs the package redis, which is not installed here. Write: npm install redis')
}

// A URL of Redis may have a password in it: nothing but the host is ever shown.
function hostOf(url: string): string {
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '' }
  if (/^rediss?:$/.test(protocol) && host !== '') return host
  throw new UsageError(
    '--redis: write a URL, like redis://127.0.0.1:6379 or rediss://user:password@host:6380',
  )
}

// Of several addresses that refused, the error has a code and no message.
function reasonOf({ cause }: ErrorOptions): string {
  const { code, message } = cause as NodeJS.ErrnoException
  return code ?? message
}

/** Connects to a Redis for one command of ours. */
export async function openRedis(url: string, places = PLACES): Promise<Redis> {
  const host = hostOf(url)
  const client = loadLibrary(places).createClient({
    url,
    socket: { connectTimeout: CONNECT_MILLISECONDS, reconnectStrategy: false },
  })
  // What fails is told by the command that fails.
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
