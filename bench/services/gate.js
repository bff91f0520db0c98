// A route behind the gate with its default options. `gate`: more options.
import Fastify from 'fastify'
import docsGate from '../../dist/plugins/index.js'
import { ARGON2ID, BODY, listen, SECRET } from './shared.js'

const USERS = { johndoe: { password: ARGON2ID, scopes: ['things:read'] } }

export default async function start({ gate = {} }) {
  const app = Fastify()
  await app.register(docsGate, { users: USERS, secret: SECRET, ...gate })
  app.get('/users/me', { onRequest: app.authenticate }, async () => BODY)
  const port = await listen(app)
  const { access_token: token, cookie } = await app.docsGate.signIn('johndoe')
  return { port, token, cookie: cookie.split(';', 1)[0] }
}
