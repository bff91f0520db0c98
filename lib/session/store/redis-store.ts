import { createHash } from 'node:crypto'
import type { RedisConnection } from '../../redis/connection.ts'
import { trackedCache } from '../../redis/tracked-cache.ts'
import type { Session, SessionStore } from './session-store.ts'

// One session is one string: the name of its user's index, of fixed length, and the session. The index is a set of ids.
// A script is one step for everybody else. Keys are worked out in scripts, which one Redis allows and a cluster does not.
const INDEX_NAME_LENGTH = 22

const SET = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end`

const DELETE = `
local session = redis.call('GET', KEYS[1])
if not session then return end
redis.call('DEL', KEYS[1])
redis.call('SREM', ARGV[1] .. string.sub(session, 1, ${INDEX_NAME_LENGTH}), ARGV[2])`

const LIST = `
local sessions = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local session = redis.call('GET', ARGV[1] .. id)
  if session then table.insert(sessions, session) else redis.call('SREM', KEYS[1], id) end
end
return sessions`

type Fields = readonly [id: string, issuer: string, subject: string, createdAt: number, expiresAt: number]

/** Names of one length for pairs of any characters. */
function indexName(issuer: string, subject: string): string {
  const pair = JSON.stringify([issuer, subject])
  return createHash('sha256').update(pair).digest('base64url').slice(0, INDEX_NAME_LENGTH)
}

function encode({ id, issuer, subject, createdAt, expiresAt }: Session): string {
  const session: Fields = [id, issuer, subject, createdAt, expiresAt]
  return indexName(issuer, subject) + JSON.stringify(session)
}

function decode(text: string): Session {
  const [id, issuer, subject, createdAt, expiresAt] = JSON.parse(text.slice(INDEX_NAME_LENGTH)) as Fields
  return { id, issuer, subject, createdAt, expiresAt }
}

/**
 * Sessions in Redis, shared by every instance, and known at once while nothing changes. The connection is closed with the
 * store.
 */
export function redisStore(connection: RedisConnection): SessionStore {
  const sessionPrefix = `${connection.prefix}session:`
  const indexPrefix = `${connection.prefix}user:`
  const run = (script: string, keys: readonly string[], ...values: readonly string[]): Promise<unknown> =>
    connection.send(['EVAL', script, String(keys.length), ...keys, ...values])

  const cache = trackedCache<Session>(async (key) => {
    const text = await connection.send(['GET', key])
    if (text === null) return null
    const session = decode(text as string)
    if (sessionPrefix + session.id !== key) throw new Error('this is the answer to another question')
    return session
  }, connection.isFresh)
  connection.onInvalidate(cache.forget)

  // Redis tells us of our own writes too, but maybe after the writer has been told that it is done.
  async function change(key: string, work: () => Promise<unknown>): Promise<void> {
    cache.forget(key)
    await work().finally(() => cache.forget(key))
  }

  return {
    get: (id) => cache.get(sessionPrefix + id),
    async set(session, ttlSeconds) {
      const key = sessionPrefix + session.id
      const index = indexPrefix + indexName(session.issuer, session.subject)
      const milliseconds = String(Math.ceil(ttlSeconds * 1000))
      await change(key, () => run(SET, [key, index], encode(session), milliseconds, session.id))
    },
    async delete(id) {
      const key = sessionPrefix + id
      await change(key, () => run(DELETE, [key], indexPrefix, id))
    },
    async list(issuer, subject) {
      const texts = await run(LIST, [indexPrefix + indexName(issuer, subject)], sessionPrefix)
      const sessions = (texts as readonly string[]).map(decode)
      return sessions.filter((session) => session.issuer === issuer && session.subject === subject)
    },
    close: connection.close,
  }
}
