import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fastifyRateLimit from '@fastify/rate-limit'
import fastifySwaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import docsGate from '../../plugins/index.ts'
import { listen, SECRET, testApp, USERS } from '../helper.ts'

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

t.test('the audit finds every route that sends documentation to anonymous clients', async (t) => {
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
  'the audit ends even if handlers never respond, never end, fail or send much more than it reads',
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
    const failed = { status: 500, reason: 'Not checked: the server failed.' }
    const silent = { status: 0, reason: 'Not checked: no answer came in time.' }
    t.strictSame(await app.docsGate.audit(), [
      { method: 'GET', url: '/never', ...silent },
      { method: 'GET', url: '/endless', status: 200, reason: DOCUMENT },
      { method: 'GET', url: '/broken', ...silent },
      { method: 'GET', url: '/failing', ...failed },
    ])
    t.equal(isClosed, true)
  },
)

function* large(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1024 * 1024)
}

const GATE = { users: USERS, secret: SECRET }
const document = async () => ({ openapi: '3.1.0', paths: {} })

/** An app with the gate in a scope of its own. What the scope is, it hands on. */
async function scopedApp(t: { teardown(run: () => unknown): unknown }, prefix: string) {
  const app = Fastify()
  t.teardown(() => app.close())
  let gateScope: FastifyInstance | undefined
  let child: FastifyInstance | undefined
  app.register(
    async (scope) => {
      await scope.register(docsGate, GATE)
      gateScope = scope as unknown as FastifyInstance
      scope.get('/spec', document)
      scope.register(async (inner) => {
        child = inner as unknown as FastifyInstance
      })
    },
    { prefix },
  )
  app.get('/outside', document)
  await app.ready()
  return { app, scopes: [gateScope, child] as readonly FastifyInstance[] }
}

t.test('the audit works from every scope, before and after listen, also concurrently', async (t) => {
  for (const prefix of ['', '/internal']) {
    const { app, scopes } = await scopedApp(t, prefix)
    const urls = [`${prefix}/spec`, `${prefix}/spec/`, '/outside', '/outside/']
    const found = urls
      .filter((url) => !url.endsWith('/'))
      .map((url) => ({ method: 'GET', url, status: 200, reason: DOCUMENT }))
    for (const when of ['before', 'after'] as const) {
      if (when === 'after') await listen(app as unknown as FastifyInstance)
      const audits = scopes.flatMap((scope) => [scope.docsGate.audit(), scope.docsGate.audit()])
      for (const one of await Promise.all(audits)) t.strictSame(one, found, `${prefix}, ${when} listen`)
      for (const scope of scopes) t.strictSame(await scope.docsGate.audit(), found)
    }
  }
})

t.test('the audit starts the app, and rejects with the error of the start', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(docsGate, GATE)
  app.get('/spec', document)
  t.match(await app.docsGate.audit(), [{ url: '/spec' }])
  const refused = Fastify()
  t.teardown(() => refused.close())
  await refused.register(docsGate, GATE)
  refused.get('/api/openapi.json', document)
  await t.rejects(refused.docsGate.audit(), { code: 'DOCS_GATE_OPEN_DOCS' })
})

t.test('an app that refuses or redirects every request does not count as closed', async (t) => {
  const table: readonly (readonly [string, number, Record<string, string>, RegExp])[] = [
    ['a rate limit', 429, {}, /^Not checked: a rate limit answered\.$/],
    ['a host check', 421, {}, /^Not checked: the app does not answer for this host\.$/],
    ['a host check by 403', 403, {}, /^Not checked: the app refuses every request, public pages included\.$/],
    ['maintenance', 503, {}, /^Not checked: the server failed\.$/],
    ['https only', 308, { location: 'https://localhost/' }, /^Not checked: the answer redirects to another/],
  ]
  for (const [name, status, headers, reason] of table) {
    const app = await testApp(t, {
      before: (inner) =>
        inner.addHook('onRequest', async ({ headers: { host, 'x-forwarded-proto': scheme } }, reply) => {
          if (host !== 'api.example.com' || scheme !== 'https')
            return reply.code(status).headers(headers).send()
        }),
      after: (inner) => inner.get('/spec', document),
    })
    const found = await app.docsGate.audit()
    const ofSpec = found.find(({ url }) => url === '/spec')
    t.match(ofSpec, { method: 'GET', status, reason }, name)
    t.ok(
      found.some(({ url }) => url === '/openapi.json'),
      `${name}: every route`,
    )
    const options = { headers: { Host: 'api.example.com', 'X-Forwarded-Proto': 'https' } }
    t.strictSame(
      await app.docsGate.audit(options),
      [{ method: 'GET', url: '/spec', status: 200, reason: DOCUMENT }],
      `${name}: with what it needs`,
    )
  }
})

t.test('the audit neither uses up the host’s rate limit nor is stopped by it', async (t) => {
  const app = await testApp(t, {
    before: (inner) => inner.register(fastifyRateLimit, { max: 2 }),
    after: (inner) => inner.get('/spec', document),
  })
  t.match(await app.docsGate.audit(), [{ url: '/spec', reason: DOCUMENT }])
  for (const remaining of ['1', '0'])
    t.match(await app.inject('/open'), { statusCode: 200, headers: { 'x-ratelimit-remaining': remaining } })
  t.match(await app.inject('/open'), { statusCode: 429 })
  t.match(await app.docsGate.audit(), [{ url: '/spec', reason: DOCUMENT }])
  const found = await app.docsGate.audit({ remoteAddress: '127.0.0.1' })
  t.match(
    found.find(({ url }) => url === '/spec'),
    { status: 429, reason: 'Not checked: a rate limit answered.' },
  )
})

t.test('the audit leaves half of a rate limit that counts all clients together', async (t) => {
  const app = await testApp(t, {
    before: (inner) => inner.register(fastifyRateLimit, { max: 40, keyGenerator: () => 'everybody' }),
    after: (inner) => {
      for (let i = 0; i < 40; i++) inner.get(`/things/${i}`, async () => 'x')
    },
  })
  const found = await app.docsGate.audit()
  t.match(found.at(-1), { status: 429, reason: /^Not checked: the rate limit counts/ })
  t.equal((await app.inject('/open')).statusCode, 200)
})

t.test('constrained routes and routes with parameters are requested where possible', async (t) => {
  const app = await testApp(t, {
    gate: { allowOpenDocs: true },
    before: (inner) => inner.get('/openapi.json', { constraints: { host: 'early.example' } }, document),
    after: (inner) => {
      inner.get('/a', { constraints: { host: 'own.example' } }, document)
      inner.get('/a', { constraints: { host: /^(?:b|c)\.example$/ } }, document)
      inner.get('/a', async () => 'a')
      inner.get('/b', { constraints: { version: '1.2.0' } }, document)
      inner.get('/c.:ext(^json|yaml$)', document)
    },
  })
  const found = (url: string, needs = '') => ({ method: 'GET', url, status: 200, reason: DOCUMENT + needs })
  t.strictSame(await app.docsGate.audit(), [
    found('/a', ' (host: own.example)'),
    found('/a', ' (host: b.example)'),
    found('/b', ' (accept-version: 1.2.0)'),
    found('/c.json'),
    found('/c.yaml'),
    found('/openapi.json', ' (host: early.example)'),
  ])
})

t.test('a route with custom constraints is listed if no guard protects it', async (t) => {
  const constraints = {
    secret: {
      name: 'secret',
      storage: () => {
        const handlers = new Map<string, never>()
        return {
          get: (key: string) => handlers.get(key) ?? null,
          set: (key: string, handler: never) => void handlers.set(key, handler),
        }
      },
      deriveConstraint: ({ headers }: { headers: Record<string, string | string[] | undefined> }) =>
        headers['x-secret'],
      validate: () => true,
    },
  }
  const app = await testApp(t, {
    server: { routerOptions: { constraints } } as object,
    after: (inner) => {
      const own = { constraints: { secret: 'x' } } as object
      inner.get('/a', own, document)
      inner.get('/b', { ...own, onRequest: inner.authenticate }, document)
    },
  })
  t.match(await app.docsGate.audit(), [{ url: '/a', status: 0, reason: /^Not checked: only the app knows/ }])
})

t.test(
  'redirects within the app are followed, and redirects to other sites do not count as findings',
  async (t) => {
    const app = await testApp(t, {
      after: async (inner) => {
        inner.get('/start', async (_request, reply) => reply.redirect('/open'))
        inner.get('/private', async (_request, reply) => reply.redirect('/auth/login?returnTo=%2Fprivate'))
        inner.get('/source', async (_request, reply) => reply.redirect('https://git.example.com/x'))
        await inner.register(fp(async () => {}))
      },
    })
    t.strictSame(await app.docsGate.audit(), [])
  },
)
