import type { Io, Service } from '../lib/cli/io.ts'
import { openRedis } from '../lib/cli/open-redis.ts'
import { type Exchange, exchange as overSockets } from '../lib/probe/socket.ts'

export interface FakeIo extends Io {
  readonly output: () => string
  readonly errors: () => string
  readonly service: () => Service | undefined
}

export interface Terminal {
  readonly answers?: readonly (string | undefined)[]
  readonly stdin?: Buffer
  readonly failure?: unknown
  readonly hasColors?: Io['hasColors']
  readonly columns?: number
  readonly isErrorTerminal?: boolean
  readonly redisUrl?: string
  /** Resolves when the service should stop. By default that is at once. */
  readonly stopped?: Promise<void>
  /** Replaces the sockets of the probe. */
  readonly exchange?: Exchange
}

/** A terminal in memory, with answers to prompts, or with bytes on standard input. */
export function fakeIo({
  answers,
  stdin = Buffer.alloc(0),
  failure,
  hasColors = { out: false, error: false },
  columns,
  isErrorTerminal = true,
  redisUrl,
  stopped = Promise.resolve(),
  exchange = overSockets,
}: Terminal = {}): FakeIo {
  const [output, errors]: [string[], string[]] = [[], []]
  const left = [...(answers ?? [])]
  let started: Service | undefined
  return {
    out: (text) => output.push(text),
    error: (text) => errors.push(text),
    hasColors,
    columns,
    isErrorTerminal,
    isInteractive: answers !== undefined,
    askHidden: async () => left.shift(),
    readAll: async () => stdin,
    async start(service) {
      if (failure !== undefined) throw failure
      started = service
      return `http://${service.host}:${service.port}`
    },
    stopped: () => stopped,
    redisUrl,
    openRedis,
    exchange,
    output: () => output.join(''),
    errors: () => errors.join(''),
    service: () => started,
  }
}
