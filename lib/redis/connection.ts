import { OptionsError } from '../errors.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { OwnRedisClient, RedisClient } from './client.ts'
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
  /** Calls back whenever the connection is up, for the first time or again. */
  onReady(listener: () => void): void
  /**
   * Resolves once Redis has been seen, or is out of reach.
   * @throws `DOCS_GATE_OPTIONS` where it is a node of a cluster: most keys would be another node's
   */
  check(): Promise<void>
  /** Tells the keys that changed of those that were read, and null when any may have. */
  onInvalidate(listener: (key: string | null) => void): void
  close(): void
}

// A login asks up to eight times, one after the other, and is answered within two seconds.
const COMMAND_DEADLINE_MILLISECONDS = 245
const SOCKET_DEADLINE_MILLISECONDS = 1500
const MAX_QUEUED_COMMANDS = 10_000
const MAX_RECONNECT_DELAY_MILLISECONDS = 500
const FRESH_MILLISECONDS = 1000

const CLUSTER_NODE =
  'session.store: this Redis runs in cluster mode (cluster-enabled yes), where one node has only a part of the keys and refuses the others (MOVED, CROSSSLOT); connect to a Redis without it, or write an object with get, set, delete and list'

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

// HELLO needs no permission that the connection has not needed already, which INFO would.
async function isClusterNode(own: OwnRedisClient): Promise<boolean> {
  const hello = await own.sendCommand(['HELLO']).catch(() => null)
  return (hello as { mode?: unknown } | null)?.mode === 'cluster'
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

  function close(): void {
    pulse.stop()
    own.destroy()
  }

  async function look(): Promise<boolean> {
    await started
    return pulse.isBeating() && isClusterNode(own)
  }

  return {
    prefix: `${client.options?.keyPrefix ?? ''}docs-gate:`,
    async send(command) {
      await started
      if (!pulse.isBeating()) throw new Error('Redis cannot be reached', { cause: lost })
      return withDeadline(() => own.sendCommand(command), COMMAND_DEADLINE_MILLISECONDS, late)
    },
    onReady: (listener) => void own.on('ready', listener),
    async check() {
      // Out of reach, or too slow to say: the gate starts, and is closed until Redis answers.
      const isNode = await Promise.resolve(withDeadline(look, SOCKET_DEADLINE_MILLISECONDS, late)).catch(
        () => false,
      )
      if (!isNode) return
      close()
      throw new OptionsError(CLUSTER_NODE)
    },
    isAlive: pulse.isBeating,
    isFresh: () => isTracking && pulse.age() < FRESH_MILLISECONDS,
    onInvalidate(listener) {
      own.on('invalidate', (key) => listener(key === null ? null : String(key)))
      own.on('error', () => listener(null))
    },
    close,
  }
}
