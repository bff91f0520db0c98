// A service like that of the package's README: some operations, their document, and the gate in front of them.
import Fastify from 'fastify'
import docsGate from '../../dist/plugins/index.js'
import { BODY, listen, SECRET } from './shared.js'

const THING = {
  type: 'object',
  properties: { id: { type: 'string' }, name: { type: 'string' }, count: { type: 'integer' } },
}
const PARAMETERS = { type: 'object', properties: { id: { type: 'string' } } }

function addThing(app, index) {
  const schema = { summary: `Get thing ${index}`, params: PARAMETERS, response: { 200: THING } }
  app.get(`/things${index}/:id`, { onRequest: app.authenticate, schema }, async ({ params }) => ({
    id: params.id,
    name: 'thing',
    count: index,
  }))
}

/** `users`: hashes by name; `gate`: more options of the gate. */
export default async function start({ users, operations, gate = {} }) {
  const app = Fastify()
  const accounts = Object.entries(users).map(([name, password]) => [
    name,
    { password, scopes: ['things:read'] },
  ])
  await app.register(docsGate, { users: Object.fromEntries(accounts), secret: SECRET, ...gate })
  app.get('/users/me', { onRequest: app.authenticate }, async () => BODY)
  for (let index = 0; index < operations; index++) addThing(app, index)
  const port = await listen(app)
  const { access_token: token, cookie } = await app.docsGate.signIn(Object.keys(users)[0])
  return { port, token, cookie: cookie.split(';', 1)[0] }
}
