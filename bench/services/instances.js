// A number of instances of the session store, each with its own connection to one Redis.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { openConnection } from '../../dist/lib/redis/connection.js'
import { createSessionId } from '../../dist/lib/session/session-id.js'
import { redisStore } from '../../dist/lib/session/store/redis-store.js'
import { patiently } from './patiently.js'

const LIFE_SECONDS = 3600
const DEADLINE_MILLISECONDS = 10_000

function sessionOf(index) {
  const createdAt = Date.now()
  const expiresAt = createdAt + LIFE_SECONDS * 1000
  const id = createSessionId(createdAt, 'version')
  return { id, issuer: 'docs-gate', subject: `user${index}`, createdAt, expiresAt }
}

async function until(isSo) {
  const deadline = Date.now() + DEADLINE_MILLISECONDS
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it does not come true')
    await sleep(1)
  }
}

export default async function start({ redis }) {
  const client = await createClient({ url: redis }).connect()
  const instances = []
  let sessions = []
  // All instances share this process, so it is busier than a real instance. A read that misses its deadline is
  // repeated.
  const readOnce = (store, id) => until(() => Promise.resolve(store.get(id)).then(Boolean, () => false))
  const readEach = async (store) => {
    for (const { id } of sessions) await readOnce(store, id)
  }
  const isKnown = (store, id) => {
    const known = store.get(id)
    if (known instanceof Promise) known.catch(() => {})
    return !(known instanceof Promise) && known !== null
  }
  return {
    commands: {
      async connect(count) {
        while (instances.length < count) {
          const connection = openConnection(client)
          await until(connection.isFresh)
          instances.push({ connection, store: redisStore(connection) })
        }
        await until(() => instances.every(({ connection }) => connection.isFresh()))
      },
      /** Creates a number of sessions, and has each instance read all of them. */
      async readAll(count) {
        sessions = Array.from({ length: count }, (_, index) => sessionOf(index))
        for (const session of sessions) await patiently(() => instances[0].store.set(session, LIFE_SECONDS))
        for (const { store } of instances) await readEach(store)
      },
      /** Ends a session that all instances have cached. Resolves to the milliseconds until the last of them knows. */
      async end() {
        const { id } = sessions[0]
        await until(async () => {
          for (const { store } of instances) await readOnce(store, id)
          return instances.every(({ store }) => isKnown(store, id))
        })
        const begun = performance.now()
        await patiently(() => instances[0].store.delete(id))
        await until(() => instances.every(({ store }) => !isKnown(store, id)))
        return performance.now() - begun
      },
    },
  }
}
