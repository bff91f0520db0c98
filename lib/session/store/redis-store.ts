import { createHash } from 'node:crypto'
import type { RedisConnection } from '../../redis/connection.ts'
import { trackedCache } from '../../redis/tracked-cache.ts'
import type { Session, SessionStore } from './session-store.ts'

// A session is one string: the name of its user's index, which has a fixed length, and then the session. An index is a set
// of session ids. Scripts are atomic. They compute keys, which a single Redis allows and a cluster does not.
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

/** The name of a user's index: of one length, whatever issuer and subject are. */
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
 * Sessions in Redis, shared by all instances. Those that were read are cached until Redis reports a change. Closing the
 * store closes the connection.
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

  // Redis reports the changes of this process too, but the report may arrive after the reply to the change itself.
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
