/** What the gate uses of its own connection to Redis, which node-redis makes. */
export interface OwnRedisClient {
  connect(): Promise<unknown>
  destroy(): void
  sendCommand(command: readonly string[]): Promise<unknown>
  on(event: string, listener: (argument: unknown) => void): unknown
}

/**
 * A connected client of node-redis: what `createClient()` of the package `redis`, version 5 or 6, returns. The gate
 * only duplicates it, so its settings stay as they are.
 *
 * @example
 * const redis = await createClient({ url: process.env.REDIS_URL }).connect()
 * await app.register(docsGate, { users, secret, session: { store: redis } })
 */
export interface RedisClient {
  readonly isOpen: boolean
  readonly isReady: boolean
  readonly options?:
    | { readonly keyPrefix?: string | Buffer | undefined; readonly socket?: object | undefined }
    | undefined
  duplicate(options: object): OwnRedisClient
  sendCommand(command: readonly string[]): Promise<unknown>
}

/** Whether a value is a Redis client of any library, and not a `SessionStore`. */
export const isRedisClient = (value: unknown): value is RedisClient =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { sendCommand?: unknown }).sendCommand === 'function'
