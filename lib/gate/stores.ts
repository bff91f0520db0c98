import type { Settings } from '../options/settings.ts'
import { isRedisClient } from '../redis/client.ts'
import { openConnection } from '../redis/connection.ts'
import { memoryStore } from '../session/store/memory-store.ts'
import { redisStore } from '../session/store/redis-store.ts'
import type { SessionStore } from '../session/store/session-store.ts'
import type { FailureLog } from '../throttle/failure-log.ts'
import { memoryLog } from '../throttle/memory-log.ts'
import { redisLog } from '../throttle/redis-log.ts'

/** Where sessions are kept (null: nowhere), and failed logins. */
export interface Stores {
  readonly store: SessionStore | null
  readonly failures: FailureLog
  /** Calls back whenever the store is there again, as far as it says so by itself. */
  onBack(listener: () => void): void
  /** Resolves once the store has been seen, or is out of reach. Rejects where it is one that the gate cannot use. */
  check(): Promise<void>
}

const SILENT = { onBack() {}, async check() {} }

/** The keepers that `session.store` names: in Redis both, over one connection, so that all instances share both. */
export function openStores(store: Settings['session']['store']): Stores {
  if (isRedisClient(store)) {
    const connection = openConnection(store)
    const { onReady: onBack, check } = connection
    return { store: redisStore(connection), failures: redisLog(connection), onBack, check }
  }
  const failures = memoryLog()
  if (store === 'memory') return { store: memoryStore(), failures, ...SILENT }
  return { store: store === 'stateless' ? null : store, failures, ...SILENT }
}
