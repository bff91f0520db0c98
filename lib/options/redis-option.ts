import { OptionsError } from '../errors.ts'
import { isRedisClient, type RedisClient } from '../redis/client.ts'

type Shape = Readonly<Record<string, unknown>>

const REMEDY =
  'write a connected client of the package redis, version 5 or 6, as from: await createClient({ url }).connect()'

// Why a client cannot be used. Libraries are recognized by the properties of their clients.
function flawOf(client: Shape): string | undefined {
  if (typeof client['status'] === 'string' && client['isOpen'] === undefined)
    return 'an ioredis client has no server-assisted cache'
  if (typeof client['isOpen'] !== 'boolean' || typeof client['duplicate'] !== 'function')
    return 'this client is of an unknown library, or a pool'
  if (typeof client['withTypeMapping'] !== 'function')
    return 'this is a client of redis 4 or older, which cannot be used'
  if (typeof client['isPubSubActive'] !== 'boolean')
    return 'clients of a cluster or of sentinels are not supported'
  return client['isOpen'] ? undefined : 'this client is not connected'
}

/** Validates `session.store` if it is a Redis client. Returns undefined for every other value. */
export function redisOption(value: unknown): RedisClient | undefined {
  if (!isRedisClient(value)) return undefined
  const flaw = flawOf(value as unknown as Shape)
  if (flaw !== undefined) throw new OptionsError(`session.store: ${flaw}; ${REMEDY}`)
  return value
}
