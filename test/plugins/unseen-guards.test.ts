import { channel } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import fastifyAuth from '@fastify/auth'
import fastifySwagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import docsGate, { type DocsGateOptions, type Guard } from '../../plugins/index.ts'
import { logIn, SECRET, USERS } from '../helper.ts'

type App = FastifyInstance

// CommonJS, without types for an import of its default.
const { FastifyOtelInstrumentation } = createRequire(import.meta.url)('@fastify/otel') as {
  FastifyOtelInstrumentation: new () => { plugin(): (app: App, options: object, done: () => void) => void }
}
const otel = (app: App) => app.register(new FastifyOtelInstrumentation().plugin())

const WRAPPED = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend', 'onError'] as const

/** What @sentry/node 11 does to each app that is made after `Sentry.init`: wrappers for the hooks of routes and of scopes. */
function sentry(app: App): void {
  type Hook = (this: unknown, ...args: unknown[]) => unknown
  const wrapper = (hook: Hook): Hook =>
    function handlerWrapped(...args) {
      return (() => hook.call(this, ...args))()
    }
  const addHook = app.addHook as unknown as (name: string, hook: Hook) => App
  app.addHook('onRoute', (route) => {
    const options = route as unknown as Record<string, Hook | Hook[] | undefined>
    for (const name of WRAPPED) {
      const hook = options[name]
      if (typeof hook === 'function') options[name] = wrapper(hook)
      else if (Array.isArray(hook)) options[name] = hook.map(wrapper)
    }
    route.handler = wrapper(route.handler as Hook) as typeof route.handler
  })
  app.addHook = function addHookPatched(this: App, name: string, hook: Hook) {
    const isWrapped = (WRAPPED as readonly string[]).includes(name)
    return addHook.call(this, name, isWrapped ? wrapper(hook) : hook)
  } as unknown as App['addHook']
}

interface LogLine {
  readonly msg: string
  readonly operations?: readonly string[]
  readonly routes?: readonly string[]
  readonly scopes?: readonly string[]
}

function testedApp(t: Test): { app: App; logged: LogLine[] } {
  const logged: LogLine[] = []
  const stream = { write: (line: string) => void logged.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'warn', stream } }) as unknown as App
  t.teardown(() => app.close())
  return { app, logged }
}

const gate = (app: App, options: Partial<DocsGateOptions> = {}) =>
  app.register(docsGate, { users: USERS, secret: SECRET, ...options })

interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
}

async function pathsFor(app: App, username: string, password: string, url = '/openapi.json') {
  const { bearer } = await logIn(app, username, password)
  const { paths } = (await app.inject({ url, headers: { authorization: bearer } })).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  return paths
}
const john = (app: App, url?: string) => pathsFor(app, 'johndoe', 'secret', url)
const jane = async (app: App, url?: string) => Object.keys(await pathsFor(app, 'jane', 'secret2', url))

const ok = async () => 'ok'

const TRACERS: Readonly<Record<string, (app: App) => unknown>> = { sentry, otel }
const declare = (app: App): void => {
  const admin = app.authorize('admin')
  app.get('/route', { onRequest: admin }, ok)
  app.route({ method: ['POST', 'PUT'], url: '/list', preHandler: [async () => {}, admin], handler: ok })
  app.all('/all', { preParsing: app.authorize('admin', 'read') }, ok)
  app.register(
    async (scope) => {
      scope.addHook('onRequest', scope.authorize('admin'))
      scope.get('/', ok)
      scope.get('/deep', { onRequest: scope.authenticate }, ok)
    },
    { prefix: '/scope' },
  )
  app.get('/bound', { onRequest: admin.bind(app) }, ok)
  app.get('/user', { onRequest: app.authenticate }, ok)
  app.get('/nobody', ok)
}

t.test('guards are detected behind tracers, registered before or after the gate', async (t) => {
  for (const [name, trace] of Object.entries(TRACERS)) {
    for (const order of ['before the gate', 'after the gate', 'both'] as const) {
      const title = `${name}, ${order}`
      const { app, logged } = testedApp(t)
      if (order !== 'after the gate') await trace(app)
      await gate(app)
      if (order !== 'before the gate')
        await (order === 'both' ? TRACERS[name === 'otel' ? 'sentry' : 'otel']?.(app) : trace(app))
      declare(app)
      await app.ready()
      const paths = await john(app)
      t.strictSame(
        Object.keys(paths).sort(),
        ['/all', '/bound', '/list', '/nobody', '/route', '/scope/', '/scope/deep', '/user'],
        title,
      )
      const asked = (path: string, method = 'get') =>
        Object.values(paths[path]?.[method]?.security?.[0] ?? {})
      for (const path of ['/route', '/bound', '/scope/', '/scope/deep'])
        t.strictSame(asked(path), [['admin']], `${title} ${path}`)
      t.strictSame(asked('/list', 'put'), [['admin']], title)
      t.strictSame(asked('/all', 'patch'), [['admin', 'read']], title)
      t.strictSame(asked('/user'), [[]], title)
      t.equal(paths['/nobody']?.['get']?.security, undefined)
      t.strictSame((await jane(app)).sort(), ['/nobody', '/user'], title)
      t.strictSame(logged, [], title)
      for (const url of ['/route', '/all', '/scope', '/scope/deep', '/bound', '/user'])
        t.equal((await app.inject(url)).statusCode, 401, `${title} ${url}`)
    }
  }
})

type Wrap = (guard: Guard, app: App) => (request: FastifyRequest, reply: FastifyReply) => unknown

// Ways to call a guard that leave no trace of it on the function.
const WRAPS: Readonly<Record<string, Wrap>> = {
  'a closure': (guard) => (request, reply) => guard(request, reply),
  'an async closure': (guard) => async (request, reply) => {
    await guard(request, reply)
  },
  'a function of all arguments':
    (guard) =>
    (...all) =>
      guard(...all),
  'a function of its arguments': (guard) =>
    function any() {
      // biome-ignore lint/complexity/noArguments: as older code does
      return guard.apply(null, arguments as unknown as Parameters<Guard>)
    },
  'a bound closure': (guard) =>
    (async (request: FastifyRequest, reply: FastifyReply) => guard(request, reply)).bind(null),
  '@fastify/auth': (guard, app) => app.auth([guard as never]) as ReturnType<Wrap>,
  '@fastify/auth, and': (guard, app) => app.auth([[guard as never]], { relation: 'and' }) as ReturnType<Wrap>,
}

t.test(
  'an operation that may have an undetected guard is shown only to users whom any guard would let in',
  async (t) => {
    for (const isShared of [false, true]) {
      for (const [name, wrap] of Object.entries(WRAPS)) {
        const title = `${name}${isShared ? ', shared with a route that shows it' : ''}`
        const { app, logged } = testedApp(t)
        await app.register(fastifyAuth)
        await gate(app)
        const admin = app.authorize('admin')
        if (isShared) app.get('/plain', { onRequest: admin }, ok)
        app.get('/hidden', { preHandler: [async () => {}, wrap(admin, app) as never] }, ok)
        app.get(
          '/said',
          { preHandler: wrap(admin, app) as never, config: { docsGate: { scopes: ['read'] } } },
          ok,
        )
        app.get(
          '/said-none',
          { preHandler: wrap(admin, app) as never, config: { docsGate: { scopes: [] } } },
          ok,
        )
        app.get(
          '/nobody',
          { onRequest: async (_request, reply) => void reply.header('x-a', 'b') },
          async (_request, reply) => {
            reply.header('x-c', 'd')
            return reply.send('open')
          },
        )
        await app.ready()
        t.match(logged, [{ operations: ['GET /hidden'], scopes: ['admin'] }], title)
        t.match(
          logged[0]?.msg,
          /a guard may stand that cannot be seen.*config: \{ docsGate: \{ scopes: \[\.\.\.\] \} \}/,
        )
        t.ok('/hidden' in (await john(app)), title)
        t.strictSame((await jane(app)).sort(), ['/nobody', '/said-none'], title)
        t.equal((await app.inject('/hidden')).statusCode, 401, title)
        t.equal((await app.inject('/nobody')).body, 'open')
      }
    }
  },
)

t.test('a guard that handlers call hides what may call it, until it reports where it ran', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  const admin = app.authorize('admin')
  app.get('/by-hand', async (request, reply) => {
    await admin(request, reply)
    return 'in'
  })
  app.get('/maybe', async (request, reply) => reply.send(String([request.id, reply].length)))
  app.get('/surely-not', async (request) => request.id)
  await app.ready()
  t.match(logged, [{ operations: ['GET /by-hand', 'GET /maybe'], scopes: ['admin'] }])
  t.strictSame(await jane(app), ['/surely-not'])
  t.equal((await app.inject('/by-hand')).statusCode, 401)
  const paths = await john(app)
  t.strictSame(Object.values(paths['/by-hand']?.['get']?.security?.[0] ?? {}), [['admin']], 'now it is known')
  t.equal(paths['/maybe']?.['get']?.security, undefined)
  t.match(logged[1], { operations: ['GET /by-hand'], scopes: ['admin'] })
  t.match(logged[1]?.msg, /was called by another function/)
})

t.test('an undetected guard is known once it has run', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  app.get('/made-late/:id', async (request, reply) => {
    await app.authorize('admin')(request, reply)
    return 'in'
  })
  const shared = app.authorize('read')
  app.get('/plain', { onRequest: shared }, ok)
  app.route({
    method: ['GET', 'POST'],
    url: '/shared',
    handler: async (request, reply) => {
      await shared(request, reply)
      return 'in'
    },
  })
  app.get('/said', { config: { docsGate: { scopes: ['admin'] } } }, async (request, reply) => {
    await app.authorize('admin')(request, reply)
    return 'in'
  })
  app.setNotFoundHandler(async (request, reply) => {
    await shared(request, reply)
    return 'nothing'
  })
  await app.ready()
  t.strictSame(logged, [])
  t.strictSame(await jane(app), ['/made-late/{id}', '/shared'])
  for (let turn = 0; turn < 2; turn++) {
    for (const url of ['/made-late/1', '/shared', '/said', '/nowhere'])
      t.equal((await app.inject(url)).statusCode, 401, url)
  }
  t.match(logged, [
    { operations: ['GET /made-late/:id'], scopes: ['admin'] },
    { operations: ['GET /shared', 'POST /shared'], scopes: ['read'] },
  ])
  t.equal(logged.length, 2, 'each is logged once')
  t.strictSame(await jane(app), [])
  const paths = await john(app)
  t.strictSame(Object.values(paths['/made-late/{id}']?.['get']?.security?.[0] ?? {}), [['admin']])
  t.strictSame(Object.values(paths['/shared']?.['post']?.security?.[0] ?? {}), [['read']])
})

t.test('a scope hook that may call a guard hides the operations in its scope, and no others', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  app.get('/beside', ok)
  const admin = app.authorize('admin')
  app.register(
    async (scope) => {
      scope.get('/a', ok)
      scope.addHook('onRequest', (request, reply) => admin(request, reply))
    },
    { prefix: '/in' },
  )
  await app.ready()
  t.match(logged, [{ operations: ['GET /in/a'], scopes: ['admin'] }])
  t.strictSame(await jane(app), ['/beside'])
})

t.test('if no guard requires a scope, every operation is shown', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  app.get(
    '/a',
    { onRequest: (request, reply) => app.authenticate(request, reply) },
    async (request, reply) => {
      await app.authenticate(request, reply)
      return 'in'
    },
  )
  await app.ready()
  t.strictSame(logged, [])
  t.strictSame(await jane(app), ['/a'])
})

t.test('a document of the host behind a guard that a tracer wraps does not count as open', async (t) => {
  for (const [name, trace] of Object.entries(TRACERS)) {
    for (const order of ['before', 'after']) {
      const { app } = testedApp(t)
      if (order === 'before') await trace(app)
      await gate(app)
      if (order === 'after') await trace(app)
      app.get('/api/openapi.json', { onRequest: app.authenticate }, async () => ({}))
      app.get('/api/swagger.json', { preHandler: [app.authenticate.bind(app)] }, async () => ({}))
      await t.resolves(Promise.resolve(app.ready()), `${name} ${order}`)
    }
  }
})

t.test('routes outside the scope of the gate are seen, declared before it or after', async (t) => {
  for (const isLate of [false, true]) {
    for (const trace of [undefined, sentry, otel]) {
      const title = `${isLate ? 'after' : 'before'} the gate${trace ? `, ${trace.name}` : ''}`
      const { app, logged } = testedApp(t)
      await trace?.(app)
      await app.register(fastifySwagger, {
        openapi: { openapi: '3.1.0', info: { title: 'x', version: '1' } },
      })
      let inner: App | undefined
      const scope = app.register(async (scope) => {
        await gate(scope as unknown as App)
        inner = scope as unknown as App
      })
      if (isLate) await scope
      const config = { docsGate: { scopes: ['admin'] } }
      app.get('/config', { config }, ok)
      app.post('/config', { config, onRequest: async () => {} }, ok)
      app.get('/open', ok)
      app.register(async (sibling) => void sibling.get('/sibling', { config }, ok), { prefix: '/s' })
      if (inner) app.get('/route', { onRequest: inner.authorize('admin') }, ok)
      await app.ready()
      const paths = await john(app)
      const all = ['/config', '/open', ...(isLate ? ['/route'] : []), '/s/sibling']
      t.strictSame(Object.keys(paths).sort(), all, title)
      for (const path of all.filter((path) => path !== '/open'))
        t.strictSame(
          Object.values(paths[path]?.['get']?.security?.[0] ?? {}),
          [['admin']],
          `${title} ${path}`,
        )
      t.strictSame(await jane(app), ['/open'], title)
      const others = logged.filter(({ msg }) => !msg.includes('declared before the gate'))
      t.strictSame(others, [], title)
    }
  }
})

t.test('a warning says that the document is empty because the gate is in a scope', async (t) => {
  const { app, logged } = testedApp(t)
  await app.register(async (scope) => void (await gate(scope as unknown as App)))
  app.get('/a', ok)
  await app.ready()
  t.match(logged, [{ routes: ['GET /a'] }])
  t.match(
    logged[0]?.msg,
    /has no operations: .* register @fastify\/swagger on the app before they are declared/,
  )

  const inOrder = testedApp(t)
  await inOrder.app.register(async (scope) => {
    await gate(scope as unknown as App)
    scope.get('/in', ok)
  })
  inOrder.app.get('/a', ok)
  await inOrder.app.ready()
  t.strictSame(inOrder.logged, [])
})

t.test('a tracer that replaces the routing methods after the gate hides the routes it wraps', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  const get = app.get as unknown as (url: string, options: { onRequest?: Guard }, handler: typeof ok) => App
  app.get = function traced(this: App, url: string, options: { onRequest?: Guard }, handler: typeof ok) {
    const { onRequest } = options
    const wrapped = onRequest && { onRequest: (...args: Parameters<Guard>) => onRequest(...args) }
    return get.call(this, url, { ...wrapped }, handler)
  } as unknown as App['get']
  app.get('/wrapped', { onRequest: app.authorize('admin') }, ok)
  app.get('/open', {}, ok)
  await app.ready()
  t.match(logged, [{ operations: ['GET /wrapped'], scopes: ['admin'] }])
  t.strictSame(await jane(app), ['/open'])
})

t.test('the hooks and config of a declaration are read in all its forms', async (t) => {
  const { app, logged } = testedApp(t)
  app.addHttpMethod('LINK')
  await gate(app)
  app.addHttpMethod('UNLINK')
  const onRequest = app.authorize('admin')
  const [link, unlink] = ['link', 'unlink'].map(
    (name) => (app as unknown as Record<string, (...args: unknown[]) => unknown>)[name],
  )
  await otel(app)
  app.get('/bare', ok)
  app.get('/options', { onRequest, handler: ok })
  app.get('/three', { onRequest }, ok)
  app.route({ method: 'GET', url: '/route', onRequest, handler: ok })
  link?.call(app, '/link', { onRequest }, ok)
  unlink?.call(app, '/unlink', { onRequest }, ok)
  // Whoever declares a route because of another one.
  app.addHook('onRoute', function besides(route) {
    if (route.url === '/cause' && route.method === 'GET') app.get('/besides', async () => 'open')
  })
  app.get('/cause', { onRequest }, ok)
  await app.ready()
  t.strictSame((await jane(app)).sort(), ['/bare', '/besides'])
  // Methods that came after the app was made: nobody sees them before a tracer does.
  t.match(logged, [{ operations: ['LINK /link', 'UNLINK /unlink'], scopes: ['admin'] }])
  t.equal(logged.length, 1)
})

t.test('constraints, HEAD and prefixes do not change the guard of a route', async (t) => {
  const { app } = testedApp(t)
  await gate(app)
  const onRequest = app.authorize('admin')
  // The last one is what the document has.
  app.get('/version', { constraints: { version: '1.0.0' } }, ok)
  app.get('/version', { onRequest, constraints: { version: '2.0.0' } }, ok)
  app.head('/head', { onRequest }, ok)
  app.get('/no-head', { onRequest, exposeHeadRoute: false }, ok)
  app.register(
    async (scope) => {
      scope.get('/', { onRequest, prefixTrailingSlash: 'both' }, ok)
      scope.register(async (inner) => void inner.get('', { preHandler: onRequest }, ok), { prefix: '/inner' })
    },
    { prefix: '/prefix' },
  )
  await app.ready()
  t.strictSame(await jane(app), [])
  for (const url of ['/prefix', '/prefix/', '/prefix/inner', '/no-head'])
    t.equal((await app.inject(url)).statusCode, 401, url)
})

t.test('a second gate in its own scope knows the scopes that the first one requires', async (t) => {
  const { app } = testedApp(t)
  await gate(app)
  app.get('/outer', { onRequest: app.authorize('admin') }, ok)
  app.register(
    async (scope) => {
      await gate(scope as unknown as App, {
        docs: { path: '/docs' },
        session: { issuer: 'inner', cookie: { name: 'inner' } },
      })
      scope.get('/in', { onRequest: scope.authorize('read') }, ok)
      scope.get('/both', { onRequest: [app.authorize('admin'), scope.authenticate] }, ok)
    },
    { prefix: '/inner' },
  )
  await app.ready()
  t.strictSame(await jane(app), [])
  t.strictSame(Object.keys(await john(app)).sort(), ['/inner/both', '/inner/in', '/outer'])
})

t.test('a tracer in a single scope hides none of its guards', async (t) => {
  for (const trace of [sentry, otel]) {
    const { app, logged } = testedApp(t)
    await gate(app)
    app.register(async (scope) => {
      await trace(scope as unknown as App)
      scope.addHook('onRequest', scope.authorize('admin'))
      scope.get('/hook', ok)
      scope.register(async (inner) => {
        inner.addHook('preHandler', inner.authorize('read'))
        inner.get('/inner', { onRequest: inner.authenticate }, ok)
      })
    })
    app.get('/beside', (_request, reply) => reply.send('x'))
    await app.ready()
    t.strictSame(logged, [], trace.name)
    t.strictSame(await jane(app), ['/beside'])
    const paths = await john(app)
    t.strictSame(Object.values(paths['/inner']?.['get']?.security?.[0] ?? {}), [['admin', 'read']])
  }
})

t.test('a guard that an onRoute hook removes does not count; a config that it removes does', async (t) => {
  const { app } = testedApp(t)
  await gate(app)
  app.addHook('onRoute', (route) => {
    if (route.url === '/config') delete route.config
  })
  app.get('/config', { config: { docsGate: { scopes: ['admin'] } } }, ok)
  await app.ready()
  t.strictSame(await jane(app), [])

  const open = testedApp(t).app
  await gate(open)
  open.addHook('onRoute', (route) => {
    if (route.url === '/openapi/openapi.json') delete route.onRequest
  })
  open.get('/openapi/openapi.json', { onRequest: open.authenticate }, ok)
  await t.rejects(Promise.resolve(open.ready()), { code: 'DOCS_GATE_OPEN_DOCS' })
})

t.test('a guard that runs for HEAD counts for GET too', async (t) => {
  const { app } = testedApp(t)
  await gate(app)
  app.get('/x', async (request, reply) => {
    await app.authorize('admin')(request, reply)
    return 'in'
  })
  t.strictSame(await jane(app), ['/x'])
  t.equal((await app.inject({ method: 'HEAD', url: '/x' })).statusCode, 401)
  t.strictSame(await jane(app), [])
})

t.test('apps of other versions of Fastify in the process are left alone', async (t) => {
  const initialization = channel('fastify.initialization')
  const other = { version: '4.29.1', addHook: ok }
  for (const message of [{}, { fastify: undefined }, { fastify: {} }, { fastify: other }])
    initialization.publish(message)
  t.equal(other.addHook, ok)
})

t.test('identify neither guards nor hides a route: bound, imported or behind a tracer', async (t) => {
  for (const trace of [() => {}, sentry, otel]) {
    const { app, logged } = testedApp(t)
    await trace(app)
    await gate(app)
    app.get('/admin', { onRequest: app.authorize('admin') }, ok)
    app.get('/own', { onRequest: app.identify }, ok)
    app.get('/bound', { onRequest: app.identify.bind(app) }, ok)
    app.get('/imported', { preHandler: docsGate.identify }, ok)
    app.register(async (scope) => {
      scope.addHook('onRequest', docsGate.identify)
      scope.get('/scope', ok)
    })
    await app.ready()
    t.strictSame((await jane(app)).sort(), ['/bound', '/imported', '/own', '/scope'])
    t.strictSame(logged, [])
  }
})

t.test('imported guards are detected behind tracers, on routes and scopes, early ones too', async (t) => {
  for (const trace of [() => {}, sentry, otel]) {
    const { app, logged } = testedApp(t)
    await trace(app)
    await app.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: 'x', version: '1' } } })
    const admin = docsGate.authorize('admin')
    app.get('/early', { onRequest: admin }, ok)
    app.register(async (scope) => {
      scope.addHook('onRequest', admin)
      scope.get('/early-scope', ok)
    })
    await gate(app)
    app.get('/late', { preHandler: [admin] }, ok)
    app.get('/open', ok)
    await app.ready()
    t.strictSame(Object.keys(await john(app)).sort(), ['/early', '/early-scope', '/late', '/open'])
    t.strictSame(await jane(app), ['/open'])
    t.strictSame(
      logged.map(({ routes }) => routes),
      [['GET /early', 'GET /early-scope']],
      'that they came early, and nothing else',
    )
    for (const url of ['/early', '/early-scope', '/late'])
      t.equal((await app.inject(url)).statusCode, 401, url)
  }
})

t.test('an imported guard that is called by hand is known once it has run', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  app.get('/hand', async (request, reply) => {
    await docsGate.authorize('admin')(request, reply)
    return 'ok'
  })
  app.get('/open', ok)
  await app.ready()
  t.strictSame((await jane(app)).sort(), ['/hand', '/open'])
  t.equal((await app.inject('/hand')).statusCode, 401)
  t.strictSame(await jane(app), ['/open'])
  t.match(logged, [{ operations: ['GET /hand'], scopes: ['admin'] }])
})

// Ways of a host's plugins to call a guard before a route of which nothing is seen in its declaration.
const PLUGINS: Readonly<Record<string, (app: App, admin: Guard) => unknown>> = {
  'adds a hook to it': (app, admin) =>
    app.addHook('onRoute', (route) => {
      if (route.url !== '/hidden') return
      const before = [route.preHandler ?? []].flat()
      route.preHandler = [...before, async (request, reply) => admin(request, reply)]
    }),
  'adds a hook beside those that it has': (app, admin) =>
    app.addHook('onRoute', (route) => {
      if (route.url !== '/hidden') return
      route.onRequest = [...[route.onRequest ?? []].flat(), async (request, reply) => admin(request, reply)]
    }),
  'puts another handler in its place': (app, admin) =>
    app.addHook('onRoute', (route) => {
      const { handler } = route
      if (route.url !== '/hidden') return
      route.handler = async function guarded(request, reply) {
        await admin(request, reply)
        return handler.call(this, request, reply)
      }
    }),
}

t.test('a guard that a plugin calls before a route hides this route and no other', async (t) => {
  for (const [name, register] of Object.entries(PLUGINS)) {
    const { app, logged } = testedApp(t)
    await gate(app)
    register(app, app.authorize('admin'))
    app.get('/hidden', { onRequest: async () => {} }, ok)
    app.get('/nobody', { preHandler: async () => {} }, ok)
    await app.ready()
    t.match(logged, [{ operations: ['GET /hidden'], scopes: ['admin'] }], name)
    t.strictSame(await jane(app), ['/nobody'], name)
    t.ok('/hidden' in (await john(app)), name)
    t.equal((await app.inject('/hidden')).statusCode, 401, name)
  }
})

type GuardedReply = FastifyReply & { requireAdmin(): Promise<void> }

t.test('a guard that a method of the reply calls hides the routes that call the method', async (t) => {
  const { app, logged } = testedApp(t)
  await gate(app)
  const admin = app.authorize('admin')
  app.decorateReply('requireAdmin', function requireAdmin(this: FastifyReply) {
    return admin(this.request, this)
  })
  const requireAdmin = async (_request: FastifyRequest, reply: FastifyReply) => {
    await (reply as GuardedReply).requireAdmin()
  }
  app.get('/hook', { preHandler: requireAdmin }, ok)
  app.get('/handler', async (_request, $reply) => {
    const reply = $reply as GuardedReply
    await reply.requireAdmin()
    return 'in'
  })
  app.get('/optional', async (_request, reply) => (reply as GuardedReply)?.requireAdmin())
  app.get('/nobody', async (_request, reply) => {
    reply.code(200).header('x-a', 'b')
    reply.log.debug('of the log')
    return reply.send('open')
  })
  await app.ready()
  t.match(logged, [{ operations: ['GET /hook', 'GET /handler', 'GET /optional'], scopes: ['admin'] }])
  t.strictSame(await jane(app), ['/nobody'])
  for (const url of ['/hook', '/handler', '/optional']) t.equal((await app.inject(url)).statusCode, 401, url)
})

t.test('an operation with a method that OpenAPI does not define is hidden like others', async (t) => {
  const { app } = testedApp(t)
  await app.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: 'a', version: '1' } } })
  app.addHttpMethod('PROPFIND')
  app.register(async (scope) => {
    scope.addHttpMethod('REPORT')
    type Declare = (url: string, options: object, handler: typeof ok) => unknown
    const { propfind, report } = scope as unknown as Record<'propfind' | 'report', Declare>
    propfind.call(scope, '/early', { onRequest: docsGate.authorize('admin') }, ok)
    report.call(scope, '/early-report', { onRequest: docsGate.authorize('admin') }, ok)
  })
  await gate(app)
  app.route({ method: 'PROPFIND', url: '/files', onRequest: app.authorize('admin'), handler: ok })
  app.get('/files', { onRequest: app.authenticate }, ok)
  await app.ready()
  const all = await john(app)
  t.strictSame(Object.keys(all).sort(), ['/early', '/early-report', '/files'])
  t.strictSame(Object.keys(all['/files'] ?? {}).sort(), ['get', 'propfind'])
  t.strictSame(Object.values(all['/files']?.['propfind']?.security?.[0] ?? {}), [['admin']])
  const seen = await pathsFor(app, 'jane', 'secret2')
  t.strictSame(Object.keys(seen), ['/files'])
  t.strictSame(Object.keys(seen['/files'] ?? {}), ['get'])
})
