// A session store, in memory or in Redis, and a gate that uses it. `redis`: the URL of a Redis; absent: in memory.

import Fastify from 'fastify'
import { createClient } from 'redis'
import { openConnection } from '../../dist/lib/redis/connection.js'
import { createSessionId } from '../../dist/lib/session/session-id.js'
import { memoryStore } from '../../dist/lib/session/store/memory-store.js'
import { redisStore } from '../../dist/lib/session/store/redis-store.js'
import docsGate from '../../dist/plugins/index.js'
import { median } from '../harness/statistics.js'
import { patiently } from './patiently.js'
import { ARGON2ID, BODY, listen, SECRET } from './shared.js'

const LIFE_SECONDS = 43_200
const AT_ONCE = 200
const READ = 2000
const READS_IN_MEMORY = 100

const now = () => performance.now() * 1000

/** A session as a login creates it. Each has its own user, which takes the most memory. */
function sessionOf(index) {
  const createdAt = Date.now()
  return {
    id: createSessionId(createdAt, 'version'),
    issuer: 'docs-gate',
    // Joined to one flat string, as it would be after parsing a request.
    subject: ['user', index, '@example.com'].join(''),
    createdAt,
    expiresAt: createdAt + LIFE_SECONDS * 1000,
  }
}

/** Samples the first `count` sessions at regular intervals, so that the reads are spread over all of them. */
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

/** Reads sessions one after the other. In Redis each is a round trip, because none of them is cached. */
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
  app.get('/users/me', { onRequest: app.authenticate }, async () => BODY)
  const port = await listen(app)
  const { cookie } = await app.docsGate.signIn('johndoe')
  let filled = 0
  return {
    port,
    cookie: cookie.split(';', 1)[0],
    commands: {
      /** Fills the store up to `total` sessions, and measures one write (in µs) and the longest 200 writes (in ms). */
      async fill(total) {
        const { ids, set, longest } = await fill(store, filled, total - filled)
        filled = total
        const passes = client ? 1 : READS_IN_MEMORY
        const times = []
        for (let pass = 0; pass < passes; pass++) times.push(await read(store, ids))
        return { set, longest, get: median(times) }
      },
      /** Warms up code and caches, and leaves nothing in the store. */
      async warmUp() {
        const sessions = Array.from({ length: client ? 200 : 5000 }, (_, index) => sessionOf(index))
        for (const session of sessions) await patiently(() => store.set(session, LIFE_SECONDS))
        for (const { id } of sessions) await patiently(() => store.get(id))
        for (const { id } of sessions) await patiently(() => store.delete(id))
      },
    },
  }
}
