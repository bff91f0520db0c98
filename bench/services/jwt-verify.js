// The most common peer: @fastify/jwt with jwtVerify() in a preHandler.
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { BODY, listen, SECRET } from './shared.js'

export default async function start() {
  const app = Fastify()
  await app.register(fastifyJwt, { secret: SECRET })
  app.get('/users/me', { preHandler: (request) => request.jwtVerify() }, async () => BODY)
  const port = await listen(app)
  return { port, token: app.jwt.sign({ sub: 'johndoe', scope: 'things:read' }, { expiresIn: '1h' }) }
}
