// @fastify/secure-session, whose encrypted cookie contains the session.
import secureSession from '@fastify/secure-session'
import Fastify from 'fastify'
import { BODY, listen } from './shared.js'

export default async function start() {
  const app = Fastify()
  await app.register(secureSession, { key: Buffer.alloc(32, 'key'), cookie: { path: '/' } })
  app.post('/login', async (request) => {
    request.session.set('user', 'johndoe')
    return {}
  })
  async function guard(request, reply) {
    if (request.session.get('user') === 'johndoe') return
    return reply.code(401).send({ statusCode: 401 })
  }
  app.get('/users/me', { preHandler: guard }, async () => BODY)
  const port = await listen(app)
  const response = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST' })
  return { port, cookie: response.headers.get('set-cookie').split(';', 1)[0] }
}
