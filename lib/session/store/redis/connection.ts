import { bounded } from '../../../http/deadline.ts'
import type { RedisClient } from './client.ts'
import { heartbeat } from './heartbeat.ts'

/** A connection to the user's Redis that belongs to the gate: it reconnects by itself and never lets a command hang. */
export interface RedisConnection {
  /** What the keys of the gate begin with: the client's own `keyPrefix`, and `docs-gate:`. */
  readonly prefix: string
  /** Sends a command; rejects at once while the connection is known to be dead, and where no answer comes in time. */
  send(command: readonly string[]): Promise<unknown>
  /** Whether Redis is reachable and answers. */
  isAlive(): boolean
  /** Whether everything that was invalidated until a second ago has been told. */
  isFresh(): boolean
  /** Tells the keys that changed of those that were read, and null when any may have. */
  onInvalidate(listener: (key: string | null) => void): void
  close(): void
}

// A login asks up to seven times, one after the other, and is answered within two seconds.
const COMMAND_DEADLINE_MILLISECONDS = 280
const SOCKET_DEADLINE_MILLISECONDS = 1500
const MAX_QUEUED_COMMANDS = 10_000
const MAX_RECONNECT_DELAY_MILLISECONDS = 500
const FRESH_MILLISECONDS = 1000

const late = (options: ErrorOptions): Error => new Error('Redis refused a command or did not answer', options)

function ownOptions({ options }: RedisClient): object {
  return {
    RESP: 3,
    emitInvalidate: true,
    clientSideCache: undefined,
    commandOptions: { timeout: undefined },
    commandsQueueMaxLength: MAX_QUEUED_COMMANDS,
    disableOfflineQueue: true,
    // Its notices replace the deadlines by ones of ten seconds.
    maintNotifications: 'disabled',
    // The gate pings by itself, to know when each ping was sent.
    pingInterval: undefined,
    socket: {
      ...options?.socket,
      connectTimeout: SOCKET_DEADLINE_MILLISECONDS,
      socketTimeout: SOCKET_DEADLINE_MILLISECONDS,
      // Without one of our own, node-redis gives up for good when a socket times out.
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, MAX_RECONNECT_DELAY_MILLISECONDS),
    },
  }
}

// A client or a server that takes the option and does not track would serve sessions that have ended.
const saysTracking = (info: unknown): boolean => {
  const { flags } = info as { flags?: unknown }
  return Array.isArray(flags) && flags.includes('on')
}

/** Connects to the Redis of a client, over a duplicate of it: the client itself is neither used nor changed. */
export function openConnection(client: RedisClient): RedisConnection {
  const own = client.duplicate(ownOptions(client))
  const pulse = heartbeat(() => own.sendCommand(['PING']))
  let isTracking = false
  let lost: unknown

  // Settled by the first connection or the first failure: who comes earlier waits for it.
  const started = new Promise<void>((resolve) => {
    own.on('ready', () => {
      pulse.start()
      own.sendCommand(['CLIENT', 'TRACKINGINFO']).then(
        (info) => {
          isTracking = saysTracking(info)
        },
        () => {},
      )
      resolve()
    })
    own.on('error', (error) => {
      pulse.stop()
      isTracking = false
      lost = error
      resolve()
    })
  })
  // Why it failed is told by 'error', and it is tried again.
  own.connect().catch(() => {})

  return {
    prefix: `${client.options?.keyPrefix ?? ''}docs-gate:`,
    async send(command) {
      await started
      if (!pulse.isBeating()) throw new Error('Redis cannot be reached', { cause: lost })
      return bounded(() => own.sendCommand(command), COMMAND_DEADLINE_MILLISECONDS, late)
    },
    isAlive: pulse.isBeating,
    isFresh: () => isTracking && pulse.age() < FRESH_MILLISECONDS,
    onInvalidate(listener) {
      own.on('invalidate', (key) => listener(key === null ? null : String(key)))
      own.on('error', () => listener(null))
    },
    close() {
      pulse.stop()
      own.destroy()
    },
  }
}
