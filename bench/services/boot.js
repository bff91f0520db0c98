// Measures the start of an app with many guarded, documented routes. `kind`: `gate` or `stock`.
import { ARGON2ID, BODY, listen, SECRET } from './shared.js'

async function stock(app) {
  await app.register(import('@fastify/cookie'))
  await app.register(import('@fastify/jwt'), { secret: SECRET, cookie: { cookieName: 'token' } })
  await app.register(import('@fastify/swagger'), {
    openapi: { openapi: '3.1.0', info: { title: 'API', version: '1' } },
  })
  await app.register(import('@fastify/swagger-ui'), { routePrefix: '/docs' })
  return (request) => request.jwtVerify()
}

async function gate(app) {
  await app.register(import('../../dist/plugins/index.js'), { users: { johndoe: ARGON2ID }, secret: SECRET })
  return app.authenticate
}

function addRoutes(app, onRequest, count) {
  const params = { type: 'object', properties: { id: { type: 'string' } } }
  const response = { 200: { type: 'object', properties: { username: { type: 'string' } } } }
  for (let index = 0; index < count; index++) {
    const schema = { summary: `Thing ${index}`, tags: [`tag ${index % 20}`], params, response }
    app.get(`/things/${index}/:id`, { onRequest, schema }, async () => BODY)
  }
}

export default async function start({ kind, routes }) {
  const before = process.cpuUsage()
  const begun = performance.now()
  const { default: Fastify } = await import('fastify')
  const app = Fastify({ pluginTimeout: 120_000 })
  const guard = await { stock, gate }[kind](app)
  addRoutes(app, guard, routes)
  await app.ready()
  const milliseconds = performance.now() - begun
  const { user, system } = process.cpuUsage(before)
  return { port: await listen(app), milliseconds, cpuMilliseconds: (user + system) / 1000 }
}
