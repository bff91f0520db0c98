// The usual first version of a login: bcryptjs in a handler, and @fastify/jwt as the guard of other routes.
import fastifyFormbody from '@fastify/formbody'
import fastifyJwt from '@fastify/jwt'
import bcrypt from 'bcryptjs'
import Fastify from 'fastify'
import { BCRYPT, BODY, listen, SECRET } from './shared.js'

export default async function start() {
  const app = Fastify()
  await app.register(fastifyFormbody)
  await app.register(fastifyJwt, { secret: SECRET })
  app.post('/token', async (request, reply) => {
    const { username, password } = request.body
    if (username === 'johndoe' && (await bcrypt.compare(password, BCRYPT)))
      return { access_token: app.jwt.sign({ sub: username }, { expiresIn: '1h' }) }
    return reply.code(401).send({ statusCode: 401 })
  })
  app.get('/users/me', { preHandler: (request) => request.jwtVerify() }, async () => BODY)
  const port = await listen(app)
  return { port, token: app.jwt.sign({ sub: 'johndoe' }, { expiresIn: '1h' }) }
}
