// A session store by itself, in memory or in Redis, and a gate over it. `redis`: the URL of one; absent: in memory.

import Fastify from 'fastify'
import { createClient } from 'redis'
import { openConnection } from '../../dist/lib/redis/connection.js'
import { createSessionId } from '../../dist/lib/session/session-id.js'
import { memoryStore } from '../../dist/lib/session/store/memory-store.js'
import { redisStore } from '../../dist/lib/session/store/redis-store.js'
import docsGate from '../../dist/plugins/index.js'
import { median } from '../harness/statistics.js'
import { patiently } from './patiently.js'
import { ANSWER, ARGON2ID, listen, SECRET } from './shared.js'

const LIFE_SECONDS = 43_200
const AT_ONCE = 200
const READ = 2000
const READS_IN_MEMORY = 100

const now = () => performance.now() * 1000

/** Sessions as logins begin them, each of a user of its own: what takes the most room. */
function sessionOf(index) {
  const createdAt = Date.now()
  return {
    id: createSessionId(createdAt, 'version'),
    issuer: 'docs-gate',
    // In one piece, as it comes out of a request.
    subject: ['user', index, '@example.com'].join(''),
    createdAt,
    expiresAt: createdAt + LIFE_SECONDS * 1000,
  }
}

/** Every so many of the first `count` sessions: what is read again is spread over all of them. */
function sampler(count) {
  const ids = []
  const each = Math.ceil(count / READ)
  return { ids, see: (index, id) => index % each === 0 && ids.push(id) }
}

async function fill(store, from, count) {
  const seen = sampler(count)
  let microseconds = 0
  let longest = 0
  for (let done = 0; done < count; done += AT_ONCE) {
    const sessions = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, index) =>
      sessionOf(from + done + index),
    )
    const begun = now()
    await Promise.all(sessions.map((session) => patiently(() => store.set(session, LIFE_SECONDS))))
    const took = now() - begun
    microseconds += took
    longest = Math.max(longest, took)
    for (const [index, { id }] of sessions.entries()) seen.see(done + index, id)
  }
  return { ids: seen.ids, set: microseconds / count, longest: longest / 1000 }
}

/** One after the other: in memory at once, in Redis each a round trip, as none has been asked for before. */
async function read(store, ids) {
  const begun = now()
  for (const id of ids) {
    const known = store.get(id)
    const session = known instanceof Promise ? await known.catch(() => patiently(() => store.get(id))) : known
    if (session?.id !== id) throw new Error('another session came, or none')
  }
  return (now() - begun) / ids.length
}

export default async function start({ redis }) {
  const client = redis && (await createClient({ url: redis }).connect())
  const store = client ? redisStore(openConnection(client)) : memoryStore()
  const app = Fastify()
  await app.register(docsGate, { users: { johndoe: ARGON2ID }, secret: SECRET, session: { store } })
  app.get('/users/me', { onRequest: app.authenticate }, async () => ANSWER)
  const port = await listen(app)
  const { cookie } = await app.docsGate.signIn('johndoe')
  let filled = 0
  return {
    port,
    cookie: cookie.split(';', 1)[0],
    commands: {
      /** Fills up to so many; how long one took, and the longest of 200, in microseconds and milliseconds. */
      async fill(total) {
        const { ids, set, longest } = await fill(store, filled, total - filled)
        filled = total
        const passes = client ? 1 : READS_IN_MEMORY
        const times = []
        for (let pass = 0; pass < passes; pass++) times.push(await read(store, ids))
        return { set, longest, get: median(times) }
      },
      /** Code and caches are as warm as they get, and nothing is left of it. */
      async warmUp() {
        const sessions = Array.from({ length: client ? 200 : 5000 }, (_, index) => sessionOf(index))
        for (const session of sessions) await patiently(() => store.set(session, LIFE_SECONDS))
        for (const { id } of sessions) await patiently(() => store.get(id))
        for (const { id } of sessions) await patiently(() => store.delete(id))
      },
    },
  }
}
