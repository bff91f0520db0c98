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

interface Told {
  readonly msg: string
  readonly operations?: readonly string[]
  readonly routes?: readonly string[]
  readonly scopes?: readonly string[]
}

function testedApp(t: Test): { app: App; told: Told[] } {
  const told: Told[] = []
  const stream = { write: (line: string) => void told.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'warn', stream } }) as unknown as App
  t.teardown(() => app.close())
  return { app, told }
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

t.test('guards are recognised behind tracers, whichever came first', async (t) => {
  for (const [name, trace] of Object.entries(TRACERS)) {
    for (const order of ['before the gate', 'after the gate', 'both'] as const) {
      const title = `${name}, ${order}`
      const { app, told } = testedApp(t)
      if (order !== 'after the gate') await trace(app)
      await gate(app)
      if (order !== 'before the gate') await (order === 'both' ? TRACERS[name === 'otel' ? 'sentry' : 'otel']?.(app) : trace(app))
      declare(app)
      await app.ready()
      const paths = await john(app)
      t.strictSame(
        Object.keys(paths).sort(),
        ['/all', '/bound', '/list', '/nobody', '/route', '/scope/', '/scope/deep', '/user'],
        title,
      )
      const asked = (path: string, method = 'get') => Object.values(paths[path]?.[method]?.security?.[0] ?? {})
      for (const path of ['/route', '/bound', '/scope/', '/scope/deep']) t.strictSame(asked(path), [['admin']], `${title} ${path}`)
      t.strictSame(asked('/list', 'put'), [['admin']], title)
      t.strictSame(asked('/all', 'patch'), [['admin', 'read']], title)
      t.strictSame(asked('/user'), [[]], title)
      t.equal(paths['/nobody']?.['get']?.security, undefined)
      t.strictSame((await jane(app)).sort(), ['/nobody', '/user'], title)
      t.strictSame(told, [], title)
      for (const url of ['/route', '/all', '/scope', '/scope/deep', '/bound', '/user'])
        t.equal((await app.inject(url)).statusCode, 401, `${title} ${url}`)
    }
  }
})
