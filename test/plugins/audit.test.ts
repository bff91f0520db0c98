import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { testApp } from '../helper.ts'

const requireHere = createRequire(import.meta.url)
const fastifyStatic = createRequire(requireHere.resolve('@fastify/swagger-ui'))('@fastify/static')
const UI_FILES = `${dirname(requireHere.resolve('@fastify/swagger-ui'))}/static`

const DOCUMENT = 'An API document is sent to everybody.'
const PAGE = 'A page that shows API documentation is sent to everybody.'
const FILE = 'A file of a page that shows API documentation is sent to everybody.'

t.test('the audit of a closed app finds nothing', async (t) => {
  const app = await testApp(t, {
    after: (inner) => {
      inner.get('/things/:id', async () => 'x')
      inner.get('/page', async (_request, reply) =>
        reply.type('text/html').send('<a href="/docs">documentation</a>'),
      )
      inner.get('/guarded', { onRequest: inner.authenticate, schema: { hide: true } }, async () =>
        inner.swagger(),
      )
    },
  })
  t.strictSame(await app.docsGate.audit(), [])
})

t.test('the audit finds every route that sends documentation to strangers, by what it sends', async (t) => {
  const hide = { schema: { hide: true } }
  const after = async (app: FastifyInstance): Promise<void> => {
    app.get('/a', hide, async () => app.swagger())
    app.get('/b', hide, async (_request, reply) => reply.type('text/yaml').send(app.swagger({ yaml: true })))
    app.get('/c/', hide, async () => app.swagger())
    app.get('/d', hide, async (_request, reply) =>
      reply.header('content-encoding', 'gzip').send(gzipSync(JSON.stringify(app.swagger()))),
    )
    // The status is set, and the handler goes on.
    app.get('/e', { ...hide, onRequest: async (_request, reply) => void reply.code(401) }, async () =>
      app.swagger(),
    )
    app.get('/f', hide, async (_request, reply) =>
      reply.type('text/html').send('<!doctype html><div id="swagger-ui">'),
    )
    app.get('/g/:id?', hide, async () => app.swagger())
    app.get('/h', hide, async (_request, reply) => {
      const stream = new Readable({ read() {} })
      stream.push(JSON.stringify(app.swagger()))
      return reply.send(stream)
    })
    app.get('/i/:id', hide, async () => app.swagger())
    app.post('/j', hide, async () => app.swagger())
    await app.register(fastifyStatic, { root: UI_FILES, prefix: '/k/' })
  }
  const app = await testApp(t, { after, gate: { allowOpenDocs: true } })
  t.strictSame(await app.docsGate.audit(), [
    { method: 'GET', url: '/a', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/b', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/c/', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/d', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/e', status: 401, reason: DOCUMENT },
    { method: 'GET', url: '/f', status: 200, reason: PAGE },
    { method: 'GET', url: '/g', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/g/', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/h', status: 200, reason: DOCUMENT },
    { method: 'GET', url: '/k/', status: 200, reason: PAGE },
    { method: 'GET', url: '/k/index.html', status: 200, reason: PAGE },
    { method: 'GET', url: '/k/swagger-ui.css', status: 200, reason: FILE },
    { method: 'GET', url: '/k/swagger-ui-bundle.js', status: 200, reason: FILE },
  ])
})

t.test('the audit finds the files of a stock Swagger UI, and routes declared before the gate', async (t) => {
  const app = await testApp(t, {
    gate: { allowOpenDocs: true },
    before: (inner) => inner.get('/early', async () => ({ openapi: '3.1.0', paths: {} })),
    after: (inner) =>
      inner.register(fastifySwaggerUi, { routePrefix: '/ui', uiHooks: { onRequest: inner.authenticate } }),
  })
  const found = await app.docsGate.audit()
  t.strictSame(found.map(({ url }) => url).sort(), [
    '/early',
    '/ui/static/',
    '/ui/static/swagger-ui-bundle.js',
    '/ui/static/swagger-ui.css',
  ])
})

t.test(
  'handlers that never answer, never end, fail or send too much end the audit all the same',
  async (t) => {
    let isClosed = false
    const app = await testApp(t, {
      after: (inner) => {
        inner.get('/never', () => {})
        inner.get('/endless', (request, reply) => {
          reply.hijack()
          reply.raw.write('openapi: 3.1.0\npaths:\n')
          request.raw.on('close', () => {
            isClosed = true
          })
        })
        inner.get('/broken', (_request, reply) => {
          reply.hijack()
          reply.raw.destroy()
        })
        inner.get('/failing', async () => {
          throw new Error('no')
        })
        inner.get('/large', async (_request, reply) => reply.send(Readable.from(large())))
      },
    })
    t.strictSame(await app.docsGate.audit(), [
      { method: 'GET', url: '/endless', status: 200, reason: DOCUMENT },
    ])
    t.equal(isClosed, true)
  },
)

function* large(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1024 * 1024)
}
