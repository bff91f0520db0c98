import type { FastifyInstance } from 'fastify'
import { routesOf } from '../lib/docs/exposure/early-routes.ts'
import { printedGuards } from '../lib/docs/routes/printed-guards.ts'
import {
  type DeclaredRoute,
  GUARD_HOOKS,
  type RouteGuard,
  type RouteGuardConfig,
  type RouteLedger,
  routeLedger,
  unseenRoutes,
} from '../lib/docs/routes/route-guards.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the gate is told of this route: the guard that it cannot see, as it is bound, wrapped or somebody else's. */
    docsGate?: RouteGuardConfig | undefined
  }
}

export type { RouteGuardConfig }

// By server: the gates of one app share what they know, so that one's routes are no strangers to another.
const ledgers = new WeakMap<object, RouteLedger>()

function ledgerOf({ server }: FastifyInstance): RouteLedger {
  const ledger = ledgers.get(server) ?? routeLedger()
  ledgers.set(server, ledger)
  return ledger
}

// A guard by import may stand on the scope before the gate is there.
function noteHooks(app: FastifyInstance, ledger: RouteLedger): void {
  type Hooks = Readonly<Record<(typeof GUARD_HOOKS)[number], readonly unknown[]>>
  const symbols = Object.getOwnPropertySymbols(app).filter(
    ({ description }) => description === 'fastify.hooks',
  )
  for (const symbol of symbols) {
    const hooks = Reflect.get(app, symbol) as Hooks
    for (const name of GUARD_HOOKS) for (const hook of hooks[name]) ledger.hook(app, name, hook)
  }
}

// Hooks of a scope are not in its routes' options. Child scopes inherit what is put in place of `addHook` here.
function watchHooks(app: FastifyInstance, ledger: RouteLedger): void {
  const { addHook } = app as unknown as { addHook(name: string, hook: unknown): FastifyInstance }
  function docsGateAddHook(this: FastifyInstance, name: string, hook: unknown): FastifyInstance {
    const result = addHook.call(this, name, hook)
    ledger.hook(this, name, hook)
    return result
  }
  app.addHook = docsGateAddHook as FastifyInstance['addHook']
}

// Routes are told of as they are declared, and printed as the router keeps them.
function spellingOf({ initialConfig }: FastifyInstance): (url: string) => string {
  const { caseSensitive, ignoreDuplicateSlashes } = initialConfig.routerOptions ?? initialConfig
  return (url) => {
    const path = ignoreDuplicateSlashes ? url.replace(/\/{2,}/g, '/') : url
    return caseSensitive === false ? path.toLowerCase() : path
  }
}

/**
 * Watches the routes that are declared from now on, and the guards before them. What is returned lists, once the app is
 * ready, every route of the app with the scopes that its guards ask for; of those that were declared unseen, the ones for
 * GET, and where `hasEarlyGuards` says so, those with guards by import. Which operation of `app.swagger()` was made of a
 * route, `routeIdOf(operation)` says: it is the route's `id`.
 */
export function routeGuards(
  app: FastifyInstance,
  hasEarlyGuards: () => boolean = () => false,
): () => readonly RouteGuard[] {
  const ledger = ledgerOf(app)
  const spelled = spellingOf(app)
  noteHooks(app, ledger)
  watchHooks(app, ledger)
  app.addHook('onRoute', function docsGateSeeRoute(route) {
    ledger.add(this, route as DeclaredRoute)
  })
  function list(): readonly RouteGuard[] {
    const seen = ledger.list()
    // Nothing is read by another method, and the tree of one method is there to be printed; that of all is built first.
    const lines = routesOf(app.printRoutes({ method: 'GET' }))
    // That takes seconds where there are thousands of routes.
    const guards = hasEarlyGuards()
      ? printedGuards(app.printRoutes({ includeMeta: [...GUARD_HOOKS] }))
      : undefined
    return [
      ...seen,
      ...unseenRoutes([...new Set([...lines, ...(guards?.keys() ?? [])])], seen, spelled, guards),
    ]
  }
  // When the app is ready, no route and no hook comes any more.
  let listed: readonly RouteGuard[] | undefined
  return () => {
    listed ??= list()
    return listed
  }
}
