import type { FastifyInstance } from 'fastify'
import { routesOf } from '../lib/docs/early-routes.ts'
import {
  type DeclaredRoute,
  type RouteGuard,
  type RouteLedger,
  routeLedger,
  unseenRoutes,
} from '../lib/docs/route-guards.ts'

// By server: the gates of one app share what they know, so that one's routes are no strangers to another.
const ledgers = new WeakMap<object, RouteLedger>()

function ledgerOf({ server }: FastifyInstance): RouteLedger {
  const ledger = ledgers.get(server) ?? routeLedger()
  ledgers.set(server, ledger)
  return ledger
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

/**
 * Watches the routes that are declared from now on, and the guards before them. What is returned lists, once the app is
 * ready, every route of the app with the scopes that its guards ask for. Which operation of `app.swagger()` was made of a
 * route, `routeIdOf(operation)` says: it is the route's `id`.
 */
export function routeGuards(app: FastifyInstance): () => readonly RouteGuard[] {
  const ledger = ledgerOf(app)
  watchHooks(app, ledger)
  app.addHook('onRoute', function docsGateSeeRoute(route) {
    ledger.add(this, route as DeclaredRoute)
  })
  return () => {
    const seen = ledger.list()
    return [...seen, ...unseenRoutes(routesOf(app.printRoutes()), seen)]
  }
}
