// A route without a guard, in an app without the gate.
import Fastify from 'fastify'
import { ANSWER, listen } from './shared.js'

export default async function start() {
  const app = Fastify()
  app.get('/users/me', async () => ANSWER)
  return { port: await listen(app) }
}
