// The gate with a document from a file, of which all users see everything, and another route.
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import docsGate from '../../dist/plugins/index.js'
import { BODY, listen, SECRET } from './shared.js'

export default async function start({ file }) {
  const app = Fastify({ pluginTimeout: 60_000 })
  const source = JSON.parse(readFileSync(file, 'utf8'))
  await app.register(docsGate, { users: { verify: async () => null }, secret: SECRET, docs: { source } })
  app.get('/other', async () => BODY)
  const port = await listen(app)
  const { cookie } = await app.docsGate.signIn('reader')
  const headers = { cookie: cookie.split(';', 1)[0] }
  return { port, page: '/docs', json: '/openapi.json', yaml: '/openapi.yaml', headers }
}
