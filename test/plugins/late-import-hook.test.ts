import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'

interface Document {
  readonly paths: Record<string, { readonly get: { readonly security?: readonly object[] } }>
}

// The app is there before the gate is imported: nobody has watched the hook being added.
t.test('a scope hook by import, added before the gate, is known where the import came late', async (t) => {
  const app = Fastify({ logger: false }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  const { default: docsGate } = await import('../../plugins/index.ts')
  const { logIn, SECRET, USERS } = await import('../helper.ts')
  app.addHook('onRequest', docsGate.authorize('read'))
  await app.register(docsGate, { users: USERS, secret: SECRET })
  app.get('/reports', async () => 'x')
  await app.ready()
  t.equal((await app.inject('/reports')).statusCode, 401)
  const { bearer: authorization } = await logIn(app, 'johndoe', 'secret')
  const response = await app.inject({ url: '/openapi.json', headers: { authorization } })
  const [requirement = {}] = response.json<Document>().paths['/reports']?.get.security ?? []
  t.strictSame(Object.values(requirement), [['read']])
})
