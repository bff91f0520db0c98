import fastifySwagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'

interface Told {
  readonly msg: string
  readonly operations?: readonly string[]
  readonly scopes?: readonly string[]
}

// As with @fastify/autoload: the app is there before the gate is imported, and nobody has watched it.
t.test('a route from before the gate was imported is seen by those alone who hold every scope', async (t) => {
  const told: Told[] = []
  const stream = { write: (line: string) => void told.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'warn', stream } }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: 'x', version: '1' } } })
  const handler = async () => 'x'
  const config = { docsGate: { scopes: ['secret'] } } as object
  app.get('/early', { config }, handler)
  app.post('/early', handler)

  const { default: docsGate } = await import('../../plugins/index.ts')
  const { logIn, SECRET, USERS } = await import('../helper.ts')
  await app.register(docsGate, { users: USERS, secret: SECRET })
  app.get('/admin', { onRequest: app.authorize('admin') }, handler)
  app.get('/open', handler)
  await app.ready()

  const early = { operations: ['POST /early', 'GET /early'].sort(), scopes: ['admin'] }
  const doubt = told.find(({ operations }) => operations)
  t.match({ ...doubt, operations: [...(doubt?.operations ?? [])].sort() }, early)
  t.equal(told.length, 2)
  async function paths(username: string, password: string): Promise<readonly string[]> {
    const { bearer: authorization } = await logIn(app, username, password)
    const response = await app.inject({ url: '/openapi.json', headers: { authorization } })
    return Object.keys(response.json<{ paths: object }>().paths).sort()
  }
  t.strictSame(await paths('johndoe', 'secret'), ['/admin', '/early', '/open'])
  t.strictSame(await paths('jane', 'secret2'), ['/open'])
})
