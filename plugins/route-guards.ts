import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { type PrintedRoute, printedRoutes } from '../lib/app-routes/early-routes.ts'
import {
  type DeclaredRoute,
  earlyGuards,
  GUARD_HOOKS,
  type RouteGuard,
  type RouteGuardConfig,
  type RouteRegistry,
  registryOf,
  type WrittenRoute,
} from '../lib/app-routes/route-guards.ts'
import { unseenPrintedRoutes } from '../lib/app-routes/unseen-routes.ts'
import { warningLog } from '../lib/runtime/warnings.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scopes of a guard on this route that the gate cannot see: another function calls it, or it is not the gate's. */
    docsGate?: RouteGuardConfig | undefined
  }
}

export type { RouteGuardConfig }

type Method = (this: FastifyInstance, ...args: unknown[]) => unknown
type Methods = Record<string, Method | undefined>

/** What is done around a call of a method by the host. */
interface Watch {
  around(scope: FastifyInstance, args: readonly unknown[], proceed: () => unknown): unknown
  /** Whether somebody who has replaced the method is at work: what they call is the host's call, passed on. */
  isPassedOn: boolean
}

/** Watches a method of an instance, and of all scopes that inherit it. */
function watchMethod(instance: FastifyInstance, name: string, watch: Watch, method: Method): void {
  ;(instance as unknown as Methods)[name] = function docsGateWatched(this: FastifyInstance, ...args) {
    return watch.around(this, args, () => method.apply(this, args))
  }
}

/**
 * The same for a method that tracers replace, before us or after: what comes after is called behind the watch, which sees
 * what the host has written.
 */
function watchReplaceable(
  instance: FastifyInstance,
  name: string,
  watch: Watch,
  inmost: Method,
  isFirst = true,
): void {
  const layers = [inmost]
  // A replacement calls what it found, which is the watched method: then the next layer is meant.
  let next = -1
  function pass(scope: FastifyInstance, args: readonly unknown[], at: number): unknown {
    const before = { next, isPassedOn: watch.isPassedOn }
    next = at - 1
    watch.isPassedOn = !isFirst || at > 0
    try {
      return (layers[at] as Method).apply(scope, [...args])
    } finally {
      next = before.next
      watch.isPassedOn = before.isPassedOn
    }
  }
  function docsGateWatched(this: FastifyInstance, ...args: unknown[]): unknown {
    const at = next < 0 ? layers.length - 1 : next
    const proceed = (): unknown => pass(this, args, at)
    return watch.isPassedOn ? proceed() : watch.around(this, args, proceed)
  }
  Object.defineProperty(instance, name, {
    configurable: true,
    enumerable: true,
    get: () => docsGateWatched,
    set(this: FastifyInstance, replacement: Method) {
      if (this === instance) layers.push(replacement)
      else watchReplaceable(this, name, watch, replacement, false)
    },
  })
}

function writtenRoute([first, second, third]: readonly unknown[]): WrittenRoute {
  // `route(options)`, or `get(url, options, handler)`, of which the options may be left out.
  if (typeof first !== 'string') return { ...(first as WrittenRoute) }
  if (typeof second === 'function') return { handler: second }
  const options = second as WrittenRoute | undefined
  return { ...options, handler: third ?? options?.handler }
}

const rootOf = (app: FastifyInstance): FastifyInstance => {
  const parent = Object.getPrototypeOf(app) as FastifyInstance | null
  return parent && 'addHook' in parent ? rootOf(parent) : app
}

const scopesUpTo = (app: FastifyInstance): readonly FastifyInstance[] => {
  const root = rootOf(app)
  const scopes = [app]
  while (scopes.at(-1) !== root) scopes.push(Object.getPrototypeOf(scopes.at(-1)))
  return scopes
}

// A scope copies the hooks of the one around it when it is made: those that are there already have none of ours.
function routeWatch(ledger: RouteRegistry) {
  const watched = new WeakSet<FastifyInstance>()
  let written: WrittenRoute | undefined
  function watchScope(scope: FastifyInstance): void {
    if (watched.has(scope)) return
    watched.add(scope)
    scope.addHook('onRoute', function docsGateSeeRoute(route) {
      ledger.add(this, route as DeclaredRoute, written)
    })
  }
  const watch: Watch = {
    isPassedOn: false,
    around(scope, args, proceed) {
      watchScope(scope)
      const before = written
      written = writtenRoute(args)
      try {
        return proceed()
      } finally {
        written = before
      }
    },
  }
  return { watch, watchScope }
}

function hookWatch(ledger: RouteRegistry): Watch {
  return {
    isPassedOn: false,
    around(scope, [name, hook], proceed) {
      const result = proceed()
      ledger.hook(scope, name as string, hook)
      return result
    },
  }
}

// Where this module came late, a guard by import may stand on a scope whose `addHook` nobody watched.
function noteHooks(app: FastifyInstance, ledger: RouteRegistry): void {
  type Hooks = Readonly<Record<(typeof GUARD_HOOKS)[number], readonly unknown[]>>
  const symbols = Object.getOwnPropertySymbols(app).filter(
    ({ description }) => description === 'fastify.hooks',
  )
  for (const symbol of symbols) {
    const hooks = Reflect.get(app, symbol) as Hooks
    for (const name of GUARD_HOOKS) for (const hook of hooks[name]) ledger.hook(app, name, hook)
  }
}

// `addHttpMethod('PROPFIND')` gives a scope one more method to declare routes by, which nobody watches.
function watchAddedMethods(root: FastifyInstance, watchScope: (scope: FastifyInstance) => void): void {
  const { addHttpMethod } = root
  root.addHttpMethod = function docsGateWatched(this: FastifyInstance, ...args) {
    watchScope(this)
    return addHttpMethod.apply(this, args)
  } as FastifyInstance['addHttpMethod']
}

const watchers = new WeakMap<FastifyInstance, (scope: FastifyInstance) => void>()

function watchApp(root: FastifyInstance): (scope: FastifyInstance) => void {
  const known = watchers.get(root)
  if (known) return known
  const ledger = registryOf(root.server)
  const { watch, watchScope } = routeWatch(ledger)
  const methods = root as unknown as Methods
  watchReplaceable(root, 'addHook', hookWatch(ledger), methods['addHook'] as Method)
  for (const name of ['route', 'all', ...root.supportedMethods.map((method) => method.toLowerCase())]) {
    const method = methods[name]
    if (method) watchMethod(root, name, watch, method)
  }
  watchAddedMethods(root, watchScope)
  watchers.set(root, watchScope)
  return watchScope
}

// A host may declare routes, and guard them by imported guards, before the gate is registered: a gate that is in a scope of
// its own is, by the host's `register`, as good as always the last to come. Of an app that never has a gate nothing is changed
// but that it is watched.
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { readonly fastify?: Partial<FastifyInstance> }
  // Another version of Fastify may be in the process, which is none of our business.
  if (fastify?.version?.startsWith('5.')) watchApp(fastify as FastifyInstance)
})

// `onRoute` gives routes as they are declared; `printRoutes()` prints them as the router keeps them.
function spellingOf({ initialConfig }: FastifyInstance): (url: string) => string {
  const { caseSensitive, ignoreDuplicateSlashes } = initialConfig.routerOptions ?? initialConfig
  return (url) => {
    const path = ignoreDuplicateSlashes ? url.replace(/\/{2,}/g, '/') : url
    return caseSensitive === false ? path.toLowerCase() : path
  }
}

/**
 * Watches the routes that are declared from now on, in any scope of the app, and the guards before them; those that came
 * before are known where this module was loaded before the app was made. What is returned lists, once the app is ready,
 * every route of the app with the scopes that its guards ask for; of those that were declared unseen after this, the ones
 * for GET. Which operation of `app.swagger()` was made of a route, `routeIdOf(operation)` says: it is the route's `id`.
 */
export function routeGuards(app: FastifyInstance): () => readonly RouteGuard[] {
  const root = rootOf(app)
  const ledger = registryOf(app.server)
  const isLate = !watchers.has(root)
  const early = isLate ? printedRoutes(app.printRoutes()) : []
  if (isLate) for (const scope of scopesUpTo(app)) noteHooks(scope, ledger)
  const watchScope = watchApp(root)
  ledger.open()
  for (const scope of scopesUpTo(app)) watchScope(scope)
  const spelled = spellingOf(app)
  let printed: readonly PrintedRoute[] | undefined
  function list(): readonly RouteGuard[] {
    const all = ledger.list()
    const seen = all.filter((route) => ledger.isIn(app, route))
    const declared = all.filter((route) => !ledger.isIn(app, route))
    // Nothing is read by another method, and the tree of one method is there to be printed; that of all is built first.
    printed ??= [...early, ...printedRoutes(app.printRoutes({ method: 'GET' }))]
    const unseen = unseenPrintedRoutes(printed, seen, spelled)
    return [...seen, ...earlyGuards(unseen, declared, ledger.unknown, spelled)]
  }
  // When the app is ready, no route and no hook comes any more; but it may show that a guard stands before one.
  let listed: readonly RouteGuard[] | undefined
  let version: number | undefined
  return () => {
    if (listed === undefined || version !== ledger.version) listed = list()
    version = ledger.version
    return listed
  }
}

const MAX_NAMED = 20

const namesOf = (routes: readonly RouteGuard[]): readonly string[] =>
  routes.slice(0, MAX_NAMED).map(({ method, url }) => `${method} ${url}`)

// HEAD comes along with GET.
const isOperation = ({ method, isHidden }: RouteGuard): boolean => !isHidden && method !== 'HEAD'

/** Warns, when the app is ready, of what readers of its document do not see, though it may be meant for them. */
export function warnOfDocument(app: FastifyInstance, routes: () => readonly RouteGuard[]): void {
  const log = warningLog(app.log)
  const ledger = registryOf(app.server)

  function warnOfDoubt(operations: readonly RouteGuard[]): void {
    const unclear = operations.filter(({ possibleScopes = [] }) => possibleScopes.length > 0)
    if (unclear.length === 0) return
    const scopes = [...new Set(unclear.flatMap(({ possibleScopes = [] }) => possibleScopes))]
    log.warn(
      { operations: namesOf(unclear), more: Math.max(0, unclear.length - MAX_NAMED), scopes },
      'docs-gate: before these operations of the document a guard may stand that cannot be seen, as another function calls it; only who holds these scopes sees them. Say what each route asks for, config: { docsGate: { scopes: [...] } }, with an empty list where no scope is needed; or decide with docs.visible',
    )
  }

  app.addHook('onReady', async function docsGateWarnOfDocument() {
    const operations = routes().filter(isOperation)
    if (!app.docsGateDocumentIsOurs()) return warnOfDoubt(operations)
    const listed = operations.filter((route) => ledger.isIn(app, route))
    if (listed.length === 0 && operations.length > 0 && rootOf(app) !== app)
      log.warn(
        { routes: namesOf(operations) },
        'docs-gate: the document has no operations: it lists the routes of the scope in which the gate is registered, and these are declared outside of it. To list them, register @fastify/swagger on the app before they are declared',
      )
    warnOfDoubt(listed)
  })
}
