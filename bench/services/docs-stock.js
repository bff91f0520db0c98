// Stock @fastify/swagger-ui, open to everybody, with the document of a file; and another route.
import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify from 'fastify'
import { ANSWER, listen } from './shared.js'

export default async function start({ file }) {
  const app = Fastify({ pluginTimeout: 60_000 })
  const document = JSON.parse(readFileSync(file, 'utf8'))
  await app.register(swagger, { mode: 'static', specification: { document } })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  app.get('/other', async () => ANSWER)
  return { port: await listen(app), page: '/docs/', json: '/docs/json', yaml: '/docs/yaml', headers: {} }
}
