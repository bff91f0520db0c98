import type { Settings } from '../options/settings.ts'
import { isRedisClient } from '../redis/client.ts'
import { openConnection } from '../redis/connection.ts'
import { memoryStore } from '../session/store/memory-store.ts'
import { redisStore } from '../session/store/redis-store.ts'
import type { SessionStore } from '../session/store/session-store.ts'
import type { FailureLog } from '../throttle/failure-log.ts'
import { memoryLog } from '../throttle/memory-failure-log.ts'
import { redisLog } from '../throttle/redis-failure-log.ts'

/** Where sessions (null: nowhere) and failed logins are kept. */
export interface Stores {
  readonly store: SessionStore | null
  readonly failures: FailureLog
  /** Registers a function to be called when the store is back, as far as the store reports it. */
  onReconnected(listener: () => void): void
  /** Resolves once the store has been reached, or is known to be down. Rejects where the gate cannot use it. */
  checkAtStart(): Promise<void>
}

const SILENT = { onReconnected() {}, async checkAtStart() {} }

/** The stores for the `session.store` option. With Redis, both use it, over one connection, so all instances share both. */
export function openStores(store: Settings['session']['store']): Stores {
  if (isRedisClient(store)) {
    const connection = openConnection(store)
    const { onReady: onReconnected, check: checkAtStart } = connection
    return { store: redisStore(connection), failures: redisLog(connection), onReconnected, checkAtStart }
  }
  const failures = memoryLog()
  if (store === 'memory') return { store: memoryStore(), failures, ...SILENT }
  return { store: store === 'stateless' ? null : store, failures, ...SILENT }
}
