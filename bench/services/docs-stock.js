// @fastify/swagger-ui without a login, with a document from a file, and another route.
import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify from 'fastify'
import { BODY, listen } from './shared.js'

export default async function start({ file }) {
  const app = Fastify({ pluginTimeout: 60_000 })
  const document = JSON.parse(readFileSync(file, 'utf8'))
  await app.register(swagger, { mode: 'static', specification: { document } })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  app.get('/other', async () => BODY)
  return { port: await listen(app), page: '/docs/', json: '/docs/json', yaml: '/docs/yaml', headers: {} }
}
