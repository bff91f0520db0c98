import { OptionsError } from '../errors.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { OwnRedisClient, RedisClient } from './client.ts'
import { heartbeat } from './heartbeat.ts'

/** The gate's own connection to the user's Redis. It reconnects by itself, and every command has a deadline. */
export interface RedisConnection {
  /** What all keys of the gate begin with: the client's `keyPrefix` and `docs-gate:`. */
  readonly prefix: string
  /** Sends a command. Rejects at once while Redis is known to be unreachable, and when the response is late. */
  send(command: readonly string[]): Promise<unknown>
  /** Whether Redis responds. */
  isAlive(): boolean
  /** Whether every invalidation that Redis sent until a second ago has arrived. */
  isFresh(): boolean
  /** Calls back whenever the connection is up, after each reconnection too. */
  onReady(listener: () => void): void
  /**
   * Resolves after the first response of Redis, or when it turns out to be unreachable.
   * @throws `DOCS_GATE_OPTIONS` if Redis is a cluster node, because other nodes hold most of the keys
   */
  check(): Promise<void>
  /** Calls back with each key that was read and has changed since; with null if any key may have changed. */
  onInvalidate(listener: (key: string | null) => void): void
  close(): void
}

// A login sends up to eight commands one after the other and has to end within two seconds.
const COMMAND_DEADLINE_MILLISECONDS = 245
const SOCKET_DEADLINE_MILLISECONDS = 1500
const MAX_QUEUED_COMMANDS = 10_000
const MAX_RECONNECT_DELAY_MILLISECONDS = 500
const FRESH_MILLISECONDS = 1000

const CLUSTER_NODE =
  'session.store: this Redis runs in cluster mode (cluster-enabled yes), where one node has only a part of the keys and refuses the others (MOVED, CROSSSLOT); connect to a Redis without it, or write an object with get, set, delete and list'

const commandFailed = (options: ErrorOptions): Error =>
  new Error('Redis refused a command or did not answer', options)

function connectionOptions({ options }: RedisClient): object {
  return {
    RESP: 3,
    emitInvalidate: true,
    clientSideCache: undefined,
    commandOptions: { timeout: undefined },
    commandsQueueMaxLength: MAX_QUEUED_COMMANDS,
    disableOfflineQueue: true,
    // Maintenance notifications would raise the timeouts below to ten seconds.
    maintNotifications: 'disabled',
    // The gate sends its own pings, because it has to know when each one was sent.
    pingInterval: undefined,
    socket: {
      ...options?.socket,
      connectTimeout: SOCKET_DEADLINE_MILLISECONDS,
      socketTimeout: SOCKET_DEADLINE_MILLISECONDS,
      // The default strategy of node-redis does not reconnect after a socket timeout.
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, MAX_RECONNECT_DELAY_MILLISECONDS),
    },
  }
}

// Some clients and servers accept the option and do not track. The cache would then serve sessions that have ended.
const isTrackingOn = (info: unknown): boolean => {
  const { flags } = info as { flags?: unknown }
  return Array.isArray(flags) && flags.includes('on')
}

// HELLO was needed to connect, so it is certainly permitted; INFO may be forbidden by an ACL.
async function isClusterNode(connection: OwnRedisClient): Promise<boolean> {
  const hello = await connection.sendCommand(['HELLO']).catch(() => null)
  return (hello as { mode?: unknown } | null)?.mode === 'cluster'
}

/** Connects to the Redis of a client by a duplicate of it: the client itself is neither used nor changed. */
export function openConnection(client: RedisClient): RedisConnection {
  const duplicate = client.duplicate(connectionOptions(client))
  const pulse = heartbeat(() => duplicate.sendCommand(['PING']))
  let isTracking = false
  let lastError: unknown

  // Resolves at the first connection or the first failure; commands that are sent before that wait for it.
  const started = new Promise<void>((resolve) => {
    duplicate.on('ready', () => {
      pulse.start()
      duplicate.sendCommand(['CLIENT', 'TRACKINGINFO']).then(
        (info) => {
          isTracking = isTrackingOn(info)
        },
        () => {},
      )
      resolve()
    })
    duplicate.on('error', (error) => {
      pulse.stop()
      isTracking = false
      lastError = error
      resolve()
    })
  })
  // A failure to connect emits 'error' as well, and node-redis tries again.
  duplicate.connect().catch(() => {})

  function close(): void {
    pulse.stop()
    duplicate.destroy()
  }

  async function isCluster(): Promise<boolean> {
    await started
    return pulse.isBeating() && isClusterNode(duplicate)
  }

  return {
    prefix: `${client.options?.keyPrefix ?? ''}docs-gate:`,
    async send(command) {
      await started
      if (!pulse.isBeating()) throw new Error('Redis cannot be reached', { cause: lastError })
      return withDeadline(() => duplicate.sendCommand(command), COMMAND_DEADLINE_MILLISECONDS, commandFailed)
    },
    onReady: (listener) => void duplicate.on('ready', listener),
    async check() {
      // If Redis is unreachable or slow, the app starts all the same; the gate refuses requests until Redis responds.
      const isNode = await Promise.resolve(
        withDeadline(isCluster, SOCKET_DEADLINE_MILLISECONDS, commandFailed),
      ).catch(() => false)
      if (!isNode) return
      close()
      throw new OptionsError(CLUSTER_NODE)
    },
    isAlive: pulse.isBeating,
    isFresh: () => isTracking && pulse.age() < FRESH_MILLISECONDS,
    onInvalidate(listener) {
      duplicate.on('invalidate', (key) => listener(key === null ? null : String(key)))
      duplicate.on('error', () => listener(null))
    },
    close,
  }
}
