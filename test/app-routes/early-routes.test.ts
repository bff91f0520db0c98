import Fastify, { type FastifyPluginAsync } from 'fastify'
import t from 'tap'
import { earlyRoutes, routesOf } from '../../lib/app-routes/early-routes.ts'

t.test('routes that are declared already are found in the tree that Fastify prints', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  t.same(routesOf(app.printRoutes()), [], 'none yet')
  t.same(routesOf(app.printRoutes({ method: 'GET' })), [], 'none of one method')

  const handler = async () => 'x'
  app.get('/', handler)
  app.get('/users', handler)
  app.route({ method: ['POST', 'PUT'], url: '/users', handler })
  app.get('/users/:id', handler)
  app.delete('/users/:id/items/:item(^\\d+$)', handler)
  app.get('/user-agents', handler)
  app.get('/files/*', handler)
  app.get('/media/*', handler)
  app.get('/users/me', { constraints: { host: /^(?:a|b)\.example$/ } }, handler)
  app.get('/at/:from-:to', handler)
  app.head('/ping', handler)
  app.get('/hosted', { constraints: { host: 'a.example' } }, handler)
  app.get('/versioned', handler)
  app.get('/versioned', { constraints: { version: '2.0.0' } }, handler)
  app.post('/versioned', { constraints: { version: '3.0.0', host: 'b.example' } }, handler)
  app.post('/versioned/deep/er', handler)
  const inScope: FastifyPluginAsync = async (scope) => void scope.get('/in/scope', handler)
  await app.register(inScope, { prefix: '/pre' })
  t.same(routesOf('\u2514\u2500\u2500 /a\rb (GET, HEAD)'), ['GET /a\rb'], 'whatever a path has in it')
  const routes = [...routesOf(app.printRoutes())].sort()
  t.same(
    [...routesOf(app.printRoutes({ method: 'GET' }))].sort(),
    routes.filter((route) => route.startsWith('GET ')),
    'of one method',
  )
  t.same(routes, [
    'DELETE /users/:id/items/:item(^\\d+$)',
    'GET /',
    'GET /at/:from-:to',
    'GET /files/*',
    'GET /hosted',
    'GET /media/*',
    'GET /pre/in/scope',
    'GET /user-agents',
    'GET /users',
    'GET /users/:id',
    'GET /users/me',
    'GET /versioned',
    'HEAD /ping',
    'POST /users',
    'POST /versioned',
    'POST /versioned/deep/er',
    'PUT /users',
  ])
})

t.test('the preflight route of a CORS plugin does not count as declared too early', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.options('*', async () => '')
  t.same(routesOf(app.printRoutes()), [])
  app.get('*', async () => '')
  t.same(routesOf(app.printRoutes()), ['GET *'])
  await app.register(async (scope) => void scope.options('*', async () => ''), { prefix: '/api' })
  t.same(routesOf(app.printRoutes()), ['GET *'], 'in a scope with a prefix')
})

t.test('early routes are those at and below the prefix of the scope', async (t) => {
  const app = Fastify({ routerOptions: { caseSensitive: false } })
  t.teardown(() => app.close())
  t.same(earlyRoutes(app.printRoutes(), ''), [])
  for (const url of ['/', '/Api', '/api/a', '/apis', '/b/api/a']) app.get(url, async () => 'x')
  const early = (prefix: string) => [...earlyRoutes(app.printRoutes(), prefix)].sort()
  t.same(early(''), ['GET /', 'GET /api', 'GET /api/a', 'GET /apis', 'GET /b/api/a'])
  for (const prefix of ['/api', '/Api']) t.same(early(prefix), ['GET /api', 'GET /api/a'], prefix)
  t.same(early('/api/'), ['GET /api/a'])
  t.same(early('/c'), [])
})
