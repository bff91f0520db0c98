// An app without the gate: a route without a guard, one whose hook only checks whether there are credentials, and one
// that throws a 401.
import Fastify from 'fastify'
import { BODY, listen } from './shared.js'

class Refused extends Error {
  statusCode = 401
  code = 'REFUSED'
}

export default async function start() {
  const app = Fastify()
  app.get('/users/me', async () => BODY)
  const onRequest = async ({ headers }) => {
    if (headers.authorization === undefined && headers.cookie === undefined) throw new Refused('Log in.')
  }
  app.get('/hooked', { onRequest }, async () => BODY)
  app.get('/refused', async () => {
    throw new Refused('You have to log in first.')
  })
  return { port: await listen(app) }
}
