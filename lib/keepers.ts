import type { Settings } from './options/settings.ts'
import { memoryStore } from './session/store/memory-store.ts'
import { isRedisClient } from './session/store/redis/client.ts'
import { openConnection } from './session/store/redis/connection.ts'
import { redisStore } from './session/store/redis-store.ts'
import type { SessionStore } from './session/store/session-store.ts'
import type { FailureLog } from './throttle/failure-log.ts'
import { memoryLog } from './throttle/memory-log.ts'
import { redisLog } from './throttle/redis-log.ts'

/** Where sessions are kept (null: nowhere), and failed logins. */
export interface Keepers {
  readonly store: SessionStore | null
  readonly failures: FailureLog
}

/** The keepers that `session.store` names: in Redis both, over one connection, so that all instances share both. */
export function keepersOf(store: Settings['session']['store']): Keepers {
  if (isRedisClient(store)) {
    const connection = openConnection(store)
    return { store: redisStore(connection), failures: redisLog(connection) }
  }
  const failures = memoryLog()
  if (store === 'memory') return { store: memoryStore(), failures }
  return { store: store === 'stateless' ? null : store, failures }
}
