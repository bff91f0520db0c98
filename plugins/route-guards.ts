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

/** Wraps the host's calls of a method. */
interface Watch {
  around(scope: FastifyInstance, args: readonly unknown[], proceed: () => unknown): unknown
  /** Whether a tracer that has replaced the method is running: its call passes on the host's call, and is not another one. */
  isPassedOn: boolean
}

/** Watches a method of an instance, and of all scopes that inherit it. */
function watchMethod(instance: FastifyInstance, name: string, watch: Watch, method: Method): void {
  ;(instance as unknown as Methods)[name] = function docsGateWatched(this: FastifyInstance, ...args) {
    return watch.around(this, args, () => method.apply(this, args))
  }
}

/**
 * The same for a method that tracers replace, before the gate or after it. A later replacement is called inside the watch,
 * so the watch sees the arguments that the host has written.
 */
function watchReplaceable(
  instance: FastifyInstance,
  name: string,
  watch: Watch,
  inmost: Method,
  isFirst = true,
): void {
  const layers = [inmost]
  // A replacement calls the method that it found, which is the watched one. That call goes to the next layer.
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

// A scope copies the hooks of its parent when it is created. Scopes that exist already lack the gate's hook, so it is added to
// each of them.
function routeWatch(registry: RouteRegistry) {
  const watched = new WeakSet<FastifyInstance>()
  let written: WrittenRoute | undefined
  function watchScope(scope: FastifyInstance): void {
    if (watched.has(scope)) return
    watched.add(scope)
    scope.addHook('onRoute', function docsGateSeeRoute(route) {
      registry.add(this, route as DeclaredRoute, written)
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

function hookWatch(registry: RouteRegistry): Watch {
  return {
    isPassedOn: false,
    around(scope, [name, hook], proceed) {
      const result = proceed()
      registry.hook(scope, name as string, hook)
      return result
    },
  }
}

// If this module was loaded after the app was created, a scope may have a guard by import that was added unwatched.
function noteHooks(app: FastifyInstance, registry: RouteRegistry): void {
  type Hooks = Readonly<Record<(typeof GUARD_HOOKS)[number], readonly unknown[]>>
  const symbols = Object.getOwnPropertySymbols(app).filter(
    ({ description }) => description === 'fastify.hooks',
  )
  for (const symbol of symbols) {
    const hooks = Reflect.get(app, symbol) as Hooks
    for (const name of GUARD_HOOKS) for (const hook of hooks[name]) registry.hook(app, name, hook)
  }
}

// `addHttpMethod('PROPFIND')` adds another method to declare routes with, which is not watched yet.
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
  const registry = registryOf(root.server)
  const { watch, watchScope } = routeWatch(registry)
  const methods = root as unknown as Methods
  watchReplaceable(root, 'addHook', hookWatch(registry), methods['addHook'] as Method)
  for (const name of ['route', 'all', ...root.supportedMethods.map((method) => method.toLowerCase())]) {
    const method = methods[name]
    if (method) watchMethod(root, name, watch, method)
  }
  watchAddedMethods(root, watchScope)
  watchers.set(root, watchScope)
  return watchScope
}

// A host may declare routes with imported guards before the gate is registered. A gate in a scope of its own nearly always
// comes last, because Fastify loads it after the host's own statements. So every app is watched from its creation; an app
// that never registers a gate is changed in no other way.
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { readonly fastify?: Partial<FastifyInstance> }
  // Another version of Fastify in the same process is left alone.
  if (fastify?.version?.startsWith('5.')) watchApp(fastify as FastifyInstance)
})

// `onRoute` reports URLs as they were declared, `printRoutes()` as the router stores them.
function spellingOf({ initialConfig }: FastifyInstance): (url: string) => string {
  const { caseSensitive, ignoreDuplicateSlashes } = initialConfig.routerOptions ?? initialConfig
  return (url) => {
    const path = ignoreDuplicateSlashes ? url.replace(/\/{2,}/g, '/') : url
    return caseSensitive === false ? path.toLowerCase() : path
  }
}

/**
 * Watches the routes that are declared from now on, in any scope of the app, and their guards. Earlier routes are known if
 * this module was loaded before the app was created. The returned function, called once the app is ready, lists every route
 * with the scopes that its guards require; of routes that were declared unseen after this call, only those for GET. To find
 * the operation of a route in `app.swagger()`, compare the route's `id` with `routeIdOf(operation)`.
 */
export function routeGuards(app: FastifyInstance): () => readonly RouteGuard[] {
  const root = rootOf(app)
  const registry = registryOf(app.server)
  const isLate = !watchers.has(root)
  const early = isLate ? printedRoutes(app.printRoutes()) : []
  if (isLate) for (const scope of scopesUpTo(app)) noteHooks(scope, registry)
  const watchScope = watchApp(root)
  registry.open()
  for (const scope of scopesUpTo(app)) watchScope(scope)
  const spelled = spellingOf(app)
  let printed: readonly PrintedRoute[] | undefined
  function list(): readonly RouteGuard[] {
    const all = registry.list()
    const seen = all.filter((route) => registry.isIn(app, route))
    const declared = all.filter((route) => !registry.isIn(app, route))
    // GET alone, because documentation is read by GET, and because Fastify has to build a tree to print all methods.
    printed ??= [...early, ...printedRoutes(app.printRoutes({ method: 'GET' }))]
    const unseen = unseenPrintedRoutes(printed, seen, spelled)
    return [...seen, ...earlyGuards(unseen, declared, registry.unknown, spelled)]
  }
  // No route or hook is added once the app is ready. But the registry may still learn of a guard, when it is called by hand.
  let listed: readonly RouteGuard[] | undefined
  let version: number | undefined
  return () => {
    if (listed === undefined || version !== registry.version) listed = list()
    version = registry.version
    return listed
  }
}

const MAX_NAMED = 20

const namesOf = (routes: readonly RouteGuard[]): readonly string[] =>
  routes.slice(0, MAX_NAMED).map(({ method, url }) => `${method} ${url}`)

// A document lists HEAD together with GET.
const isOperation = ({ method, isHidden }: RouteGuard): boolean => !isHidden && method !== 'HEAD'

/** Warns, when the app is ready, of operations that readers of its document do not see, though they may be meant to. */
export function warnOfDocument(app: FastifyInstance, routes: () => readonly RouteGuard[]): void {
  const log = warningLog(app.log)
  const registry = registryOf(app.server)

  function warnOfUntraced(operations: readonly RouteGuard[]): void {
    const untraced = operations.filter(({ possibleScopes = [] }) => possibleScopes.length > 0)
    if (untraced.length === 0) return
    const scopes = [...new Set(untraced.flatMap(({ possibleScopes = [] }) => possibleScopes))]
    log.warn(
      { operations: namesOf(untraced), more: Math.max(0, untraced.length - MAX_NAMED), scopes },
      'docs-gate: before these operations of the document a guard may stand that cannot be seen, as another function calls it; only who holds these scopes sees them. Say what each route asks for, config: { docsGate: { scopes: [...] } }, with an empty list where no scope is needed; or decide with docs.visible',
    )
  }

  app.addHook('onReady', async function docsGateWarnOfDocument() {
    const operations = routes().filter(isOperation)
    if (!app.docsGateDocumentIsOurs()) return warnOfUntraced(operations)
    const listed = operations.filter((route) => registry.isIn(app, route))
    if (listed.length === 0 && operations.length > 0 && rootOf(app) !== app)
      log.warn(
        { routes: namesOf(operations) },
        'docs-gate: the document has no operations: it lists the routes of the scope in which the gate is registered, and these are declared outside of it. To list them, register @fastify/swagger on the app before they are declared',
      )
    warnOfUntraced(listed)
  })
}
