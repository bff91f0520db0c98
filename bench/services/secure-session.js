// @fastify/secure-session: the session in the cookie, sealed.
import secureSession from '@fastify/secure-session'
import Fastify from 'fastify'
import { ANSWER, listen } from './shared.js'

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
  app.get('/users/me', { preHandler: guard }, async () => ANSWER)
  const port = await listen(app)
  const answer = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST' })
  return { port, cookie: answer.headers.get('set-cookie').split(';', 1)[0] }
}
