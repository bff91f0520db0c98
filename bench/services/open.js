// A route without a guard, one whose hook only looks whether there are credentials, and one that refuses by itself, in
// an app without the gate.
import Fastify from 'fastify'
import { ANSWER, listen } from './shared.js'

class Refused extends Error {
  statusCode = 401
  code = 'REFUSED'
}

export default async function start() {
  const app = Fastify()
  app.get('/users/me', async () => ANSWER)
  const onRequest = async ({ headers }) => {
    if (headers.authorization === undefined && headers.cookie === undefined) throw new Refused('Log in.')
  }
  app.get('/hooked', { onRequest }, async () => ANSWER)
  app.get('/refused', async () => {
    throw new Refused('You have to log in first.')
  })
  return { port: await listen(app) }
}
