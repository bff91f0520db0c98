import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance, type onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import type { RouteGuard } from '../../lib/app-routes/route-guards.ts'
import { routeIdOf } from '../../lib/app-routes/route-marks.ts'
import { OpenDocsError } from '../../lib/errors.ts'
import docsGate, { type DocsGateOptions } from '../../plugins/index.ts'
import { routeGuards } from '../../plugins/route-guards.ts'
import { logIn, SECRET, USERS } from '../helper.ts'
import { fromRecipe, RECIPES } from '../recipes.ts'

const GATE = { users: USERS, secret: SECRET }

const requireHere = createRequire(import.meta.url)
// It comes with @fastify/swagger-ui.
const fastifyStatic = createRequire(requireHere.resolve('@fastify/swagger-ui'))('@fastify/static')
const UI_FILES = `${dirname(requireHere.resolve('@fastify/swagger-ui'))}/static`

interface Host {
  readonly before?: (app: FastifyInstance) => unknown
  readonly after?: (app: FastifyInstance) => unknown
  readonly gate?: Partial<DocsGateOptions>
}

function host(t: Test, { before, after, gate }: Host): FastifyInstance {
  const app = Fastify() as unknown as FastifyInstance
  t.teardown(() => app.close())
  // In the way that most services do it: nothing is awaited.
  if (before) app.register(fp(async (inner) => void (await before(inner))))
  app.register(docsGate, { ...GATE, ...gate })
  if (after) app.register(fp(async (inner) => void (await after(inner))))
  return app
}

async function refusedUrls(app: FastifyInstance): Promise<readonly string[] | undefined> {
  const error: unknown = await Promise.resolve(app.ready()).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) return undefined
  if (!(error instanceof OpenDocsError)) throw error
  return error.urls
}

const STOCK = [
  '/documentation',
  '/documentation/',
  '/documentation/json',
  '/documentation/static/*',
  '/documentation/static/index.html',
  '/documentation/static/swagger-initializer.js',
  '/documentation/yaml',
]

const sorted = (urls: readonly string[] | undefined): readonly string[] => [...(urls ?? [])].sort()

const stockUi = async (app: FastifyInstance): Promise<void> => {
  if (!app.hasDecorator('swagger')) await app.register(fastifySwagger)
  await app.register(fastifySwaggerUi)
}

t.test('an app with a Swagger UI of its own does not start, wherever it is registered', async (t) => {
  const hooks = { onRequest: (async () => {}) as onRequestHookHandler }
  const cases: Readonly<Record<string, Host>> = {
    'after the gate': { after: stockUi },
    'before the gate': { before: stockUi },
    'in a scope': { after: (app) => app.register(async (scope) => stockUi(scope)) },
    'in a scope with a guard of the host': {
      after: (app) =>
        app.register(async (scope) => {
          scope.addHook('onRequest', async () => {})
          await stockUi(scope)
        }),
    },
    'with uiHooks of the host': {
      after: async (app) => {
        await app.register(fastifySwagger)
        await app.register(fastifySwaggerUi, { uiHooks: hooks })
      },
    },
    'with docs: false': { gate: { docs: false }, after: stockUi },
  }
  for (const [name, options] of Object.entries(cases)) {
    const urls = sorted(await refusedUrls(host(t, options)))
    // Of routes that came before the gate only the tree tells, which has both spellings of a page.
    t.strictSame(
      urls.filter((url) => url !== '/documentation/'),
      STOCK.filter((url) => url !== '/documentation/'),
      name,
    )
  }
  const prefixed = host(t, {
    after: (app) => app.register(async (scope) => stockUi(scope), { prefix: '/v1' }),
  })
  const prefixedUrls = await refusedUrls(prefixed)
  t.ok(prefixedUrls?.includes('/v1/documentation/json'))
  const root = host(t, {
    after: async (app) => {
      await app.register(fastifySwagger)
      await app.register(fastifySwaggerUi, { routePrefix: '/' })
    },
  })
  t.ok((await refusedUrls(root))?.includes('/json'))
})

t.test('listen() rejects too, with the URLs, the remedy and a code', async (t) => {
  const app = host(t, { after: stockUi })
  await t.rejects(app.listen({ host: '127.0.0.1', port: 0 }), {
    name: 'OpenDocsError',
    code: 'DOCS_GATE_OPEN_DOCS',
    statusCode: undefined,
    message:
      /\/documentation\/static\/\*.*scope\.addHook\('onRequest', scope\.authenticate\).*allowOpenDocs: true/,
  })
})

t.test('uiHooks with the gate’s guard leave the files open, and the error names them', async (t) => {
  for (const hook of ['onRequest', 'preHandler'] as const) {
    const app = host(t, {
      after: async (inner) => {
        await inner.register(fastifySwagger)
        const uiHooks = { [hook]: inner.authenticate } as object
        await inner.register(fastifySwaggerUi, {
          uiHooks,
          theme: { css: [{ filename: 'a.css', content: '' }] },
        })
      },
    })
    t.strictSame(await refusedUrls(app), ['/documentation/static/*'], hook)
  }
})

t.test('a Swagger UI in a scope with the gate’s guard is not open', async (t) => {
  const cases: Readonly<Record<string, (scope: FastifyInstance) => unknown>> = {
    'a hook before': async (scope) => {
      scope.addHook('onRequest', scope.authenticate)
      await stockUi(scope)
    },
    'a hook after': async (scope) => {
      await stockUi(scope)
      scope.addHook('preHandler', scope.authorize('admin'))
    },
    'a hook of the scope around, after': async (scope) => {
      await scope.register(async (inner) => stockUi(inner))
      scope.addHook('preParsing', scope.authenticate)
    },
    'a config of its routes': async (scope) => {
      scope.addHook('onRequest', async (request, reply) => scope.authenticate(request, reply))
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, docsGate: { scopes: [] } } as object
      })
      await stockUi(scope)
    },
  }
  for (const [name, plugin] of Object.entries(cases)) {
    const app = host(t, {
      after: (inner) => inner.register(async (scope) => void (await plugin(scope)), { prefix: '/a' }),
    })
    t.equal(await refusedUrls(app), undefined, name)
    for (const url of ['/a/documentation', '/a/documentation/', '/a/documentation/static/swagger-ui.css'])
      t.equal((await app.inject(url)).statusCode, 401, `${name}: ${url}`)
    t.strictSame(await app.docsGate.audit(), [], name)
  }
})

t.test('identify does not count as a guard', async (t) => {
  const app = host(t, {
    after: (inner) =>
      inner.register(async (scope) => {
        scope.addHook('onRequest', scope.identify)
        await stockUi(scope)
      }),
  })
  t.ok((await refusedUrls(app))?.includes('/documentation/json'))
})

t.test('a gate in a scope finds open documentation outside the scope', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(async (scope) => void (await scope.register(docsGate, GATE)), { prefix: '/internal' })
  app.register(async (scope) => stockUi(scope))
  t.strictSame(sorted(await refusedUrls(app)), STOCK)
})

t.test(
  'routes that are declared late in a scope from before the gate are seen, and those of other scopes',
  async (t) => {
    let early: FastifyInstance | undefined
    const app = host(t, {
      before: (inner) =>
        inner.register(async (scope) => {
          early = scope
        }),
      after: () => {
        early?.get('/late/openapi.json', async () => '{}')
        early?.post('/late/swagger.json', async () => '{}')
        early?.register(async (scope) => void scope.get('/later/swagger.yaml', async () => ''))
      },
    })
    t.strictSame(sorted(await refusedUrls(app)), ['/late/openapi.json', '/later/swagger.yaml'])
  },
)

t.test('a route is recognised however the router stores its path', async (t) => {
  const routers = [
    { caseSensitive: false },
    { ignoreDuplicateSlashes: true },
    { ignoreTrailingSlash: true },
    {},
  ]
  for (const routerOptions of routers) {
    const name = JSON.stringify(routerOptions)
    const app = Fastify({ routerOptions })
    t.teardown(() => app.close())
    const early = routerOptions.caseSensitive === false ? '/Early/OpenAPI.json' : '/early/openapi.json'
    app.get(early, async () => '{}')
    app.register(docsGate, { ...GATE, docs: { path: '/Docs', spec: '/Api' } })
    app.register(
      async (scope) => {
        scope.addHook('onRequest', scope.authenticate)
        scope.get('/', async () => 'x')
        scope.get('/x//OpenAPI.json', async () => '{}')
        scope.get('/:Id(^\\d+$)/openapi.yaml', async () => '')
        scope.get('/:one/x', async () => '')
        scope.get('/:other/openapi.yaml', async () => '')
        scope.get('/v1::beta/openapi.yaml', async () => '')
      },
      { prefix: '/A' },
    )
    t.strictSame(await refusedUrls(app as unknown as FastifyInstance), ['/early/openapi.json'], name)
  }
})

t.test('two gates of one app do not find each other’s documentation open', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(async (scope) => void (await scope.register(docsGate, GATE)), { prefix: '/a' })
  app.register(
    async (scope) => void (await scope.register(docsGate, { ...GATE, session: { issuer: 'b' } })),
    { prefix: '/b' },
  )
  t.equal(await refusedUrls(app), undefined)
  const nested = Fastify() as unknown as FastifyInstance
  t.teardown(() => nested.close())
  await nested.register(docsGate, GATE)
  nested.register(
    async (scope) => void (await scope.register(docsGate, { ...GATE, docs: { path: '/x', spec: '/y' } })),
    { prefix: '/b' },
  )
  t.equal(await refusedUrls(nested), undefined, 'one below the other')
})

t.test('an app that serves files of swagger-ui, in a folder or one by one, does not start', async (t) => {
  const folder = host(t, {
    after: (app) => app.register(fastifyStatic, { root: UI_FILES, prefix: '/swagger-ui/' }),
  })
  t.strictSame(await refusedUrls(folder), ['/swagger-ui/*'])
  const single = host(t, {
    after: (app) => app.register(fastifyStatic, { root: UI_FILES, prefix: '/x/', wildcard: false }),
  })
  t.ok((await refusedUrls(single))?.includes('/x/swagger-ui-bundle.js'))
})

t.test('an app with a route named like a document does not start, and no handler is called', async (t) => {
  let isCalled = false
  const handler = async () => {
    isCalled = true
  }
  const app = host(t, { after: (inner) => inner.get('/api/openapi.json', handler) })
  t.strictSame(await refusedUrls(app), ['/api/openapi.json'])
  t.equal(isCalled, false)
})

t.test('allowOpenDocs lets the app start', async (t) => {
  const app = host(t, { after: stockUi, gate: { allowOpenDocs: true } })
  t.equal(await refusedUrls(app), undefined)
  t.equal((await app.inject('/documentation/json')).statusCode, 200)
})

t.test('routes that only resemble documentation are not refused', async (t) => {
  const app = host(t, {
    before: (inner) => inner.get('/early', async () => 'early'),
    after: (inner) => {
      inner.get('/swagger', async (_request, reply) => reply.redirect('/docs'))
      inner.get('/documentation', async () => 'for people')
      inner.get('/reports/json', async () => ({}))
      inner.get('/reports/yaml', async () => '')
      inner.get('/static/*', async () => 'files')
      inner.post('/api/openapi.json', async () => 'an upload')
      inner.get('/docs', { constraints: { host: 'own.example' } }, async () => 'another host')
    },
  })
  t.equal(await refusedUrls(app), undefined)
})

t.test(
  'a document for another host or another version is open even if its URL is guarded for others',
  async (t) => {
    for (const constraints of [{ host: 'own.example' }, { version: '2.0.0' }]) {
      const app = host(t, {
        after: (inner) => inner.get('/openapi.json', { constraints }, async () => inner.swagger()),
      })
      t.strictSame(await refusedUrls(app), ['/openapi.json'])
    }
  },
)

t.test('an app with the documents that NestJS adds without a page does not start', async (t) => {
  const app = host(t, {
    after: (inner) => {
      for (const url of ['/api-json', '/api-yaml']) inner.get(url, async () => inner.swagger())
    },
  })
  t.strictSame(await refusedUrls(app), ['/api-json', '/api-yaml'])
})

t.test('a document behind a parameter or constraint is found, before and after the gate', async (t) => {
  const cases: readonly (readonly [string, Record<string, string | RegExp>])[] = [
    ['/v1/openapi.:ext(^json|yaml$)', {}],
    ['/openapi.json', { host: 'own.example' }],
    ['/openapi.json', { host: /own\.example$/ }],
    ['/swagger.json', { version: '1.0.0' }],
  ]
  for (const order of ['before', 'after'] as const) {
    for (const [url, constraints] of cases) {
      const open = (app: FastifyInstance) => app.get(url, { constraints }, async () => '{}')
      t.strictSame(await refusedUrls(host(t, { [order]: open })), [url], `${url}, ${order} the gate`)
    }
  }
  const guarded = host(t, {
    before: (inner) => inner.get('/x', { constraints: { host: 'own.example' } }, async () => 'x'),
    after: (inner) => {
      for (const [url, constraints] of cases)
        inner.get(url, { constraints, onRequest: inner.authenticate }, async () => '{}')
    },
  })
  t.equal(await refusedUrls(guarded), undefined)
})

t.test('an app with any known recipe for open documentation does not start', async (t) => {
  for (const name of Object.keys(RECIPES)) {
    const app = await fromRecipe(name, UI_FILES)
    t.teardown(() => app.close())
    app.register(docsGate, { ...GATE, docs: { path: '/gated', spec: '/gated-spec' } })
    const urls = await refusedUrls(app)
    t.ok((urls?.length ?? 0) > 0, `${name}: ${urls}`)
  }
})

t.test('an app with a config.docsGate without a list of scopes does not start', async (t) => {
  const app = host(t, {
    gate: { allowOpenDocs: true },
    after: (inner) =>
      inner.get('/x', { config: { docsGate: { scopes: 'admin' } } as object }, async () => 'x'),
  })
  await t.rejects(Promise.resolve(app.ready()), {
    code: 'DOCS_GATE_OPTIONS',
    message:
      'config.docsGate.scopes of /x: write a list of scopes, empty where being logged in is enough, not "admin"',
  })
})

t.test('every route of an app is listed with the scopes that its guards require', async (t) => {
  let list: () => readonly RouteGuard[] = () => []
  const app = host(t, {
    before: (inner) => {
      inner.get('/early', async () => 'early')
      list = routeGuards(inner)
    },
    after: (inner) => {
      inner.get('/open', async () => 'open')
      inner.get('/single', { onRequest: inner.authenticate }, async () => 'x')
      inner.post('/list', { preHandler: [async () => {}, inner.authorize('a', 'b')] }, async () => 'x')
      inner.get('/bound', { onRequest: inner.authenticate.bind(inner) }, async () => 'x')
      inner.route({
        method: ['PUT', 'PATCH'],
        url: '/said',
        config: { docsGate: { scopes: ['s'] } },
        handler: async () => 'x',
      })
      inner.register(
        async (scope) => {
          scope.get('/', async () => 'x')
          scope.addHook('onRequest', scope.authorize('p'))
          scope.register(
            async (child) => void child.get('/child', { onRequest: child.authorize('c') }, async () => 'x'),
          )
        },
        { prefix: '/p' },
      )
    },
  })
  await app.ready()
  const scopesOf = (route: string) =>
    list()
      .filter(({ method, url }) => `${method} ${url}` === route)
      .map(({ scopes }) => scopes)
  const expected: Readonly<Record<string, readonly (readonly string[] | null)[]>> = {
    'GET /early': [null],
    'GET /open': [null],
    'HEAD /open': [null],
    'GET /single': [[]],
    'HEAD /single': [[]],
    'POST /list': [['a', 'b']],
    'GET /bound': [[]],
    'PUT /said': [['s']],
    'PATCH /said': [['s']],
    'GET /p': [['p']],
    'HEAD /p': [['p']],
    'GET /p/': [],
    'GET /p/child': [['p', 'c']],
    'HEAD /p/child': [['p', 'c']],
    'GET /docs': [[]],
    'GET /openapi.json': [[]],
    'GET /auth/login': [null],
  }
  for (const [route, scopes] of Object.entries(expected)) t.strictSame(scopesOf(route), scopes, route)
})

t.test('each operation of the document is matched to its route, and the mark is not visible', async (t) => {
  for (const order of ['before', 'after', 'never'] as const) {
    let list: () => readonly RouteGuard[] = () => []
    const own = order !== 'never' && {
      [order]: (inner: FastifyInstance) =>
        inner.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: 'x', version: '1' } } }),
    }
    const app = host(t, { ...own })
    app.register(async (scope) => {
      list = routeGuards(scope)
      scope.register(
        async (inner) => {
          inner.get('/', { schema: { summary: 'root' } }, async () => 'x')
          inner.get('/:id', { onRequest: inner.authorize('a') }, async () => 'x')
        },
        { prefix: '/things' },
      )
    })
    await app.ready()
    const { paths } = app.swagger() as { paths: Record<string, { get: object }> }
    const routeOf = (path: string) =>
      list().find(({ id, method }) => id === routeIdOf(paths[path]?.get ?? {}) && method === 'GET')
    const root = Object.keys(paths).find((path) => /^\/things\/?$/.test(path)) as string
    t.match(routeOf(root), { url: '/things', scopes: null }, order)
    t.match(routeOf('/things/{id}'), { url: '/things/:id', scopes: ['a'] }, order)
    t.notMatch(JSON.stringify(app.swagger()), 'x-docs-gate', order)
    t.notMatch(app.swagger({ yaml: true }), 'x-docs-gate', order)
    const { bearer } = await logIn(app)
    for (const url of ['/openapi.json', '/openapi.yaml']) {
      const { body } = await app.inject({ url, headers: { authorization: bearer } })
      t.match(body, 'things')
      t.notMatch(body, 'x-docs-gate', `${order}: ${url}`)
    }
  }
})
