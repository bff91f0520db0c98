// The gate with many sessions of different users, in memory or in Redis. `sessions`: their number; `redis`: its URL.
import Fastify from 'fastify'
import { createClient } from 'redis'
import docsGate from '../../dist/plugins/index.js'
import { patiently } from './patiently.js'
import { ARGON2ID, BODY, listen, SECRET } from './shared.js'

const names = (count) => Array.from({ length: count }, (_, index) => `user${index}`)

export default async function start({ sessions, redis }) {
  const users = Object.fromEntries(names(sessions).map((name) => [name, ARGON2ID]))
  const store = redis ? await createClient({ url: redis }).connect() : 'memory'
  const app = Fastify()
  await app.register(docsGate, { users, secret: SECRET, session: { store } })
  app.get('/users/me', { onRequest: app.authenticate }, async () => BODY)
  const port = await listen(app)
  const cookies = []
  for (const name of Object.keys(users)) {
    const { cookie } = await patiently(() => app.docsGate.signIn(name))
    cookies.push(cookie.split(';', 1)[0])
  }
  return { port, cookies }
}
