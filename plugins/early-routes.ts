import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { listedRoutes, routesOf } from '../lib/app-routes/early-routes.ts'
import { EarlyRoutesError } from '../lib/errors.ts'
import { warningLog } from '../lib/runtime/warnings.ts'

export interface EarlyRoutesOptions {
  /** The routes of this scope that were declared before the gate. */
  readonly early: readonly string[]
  /** Whether they are missing in the app's document. */
  readonly isUnlisted: boolean
  readonly isAllowed: boolean
  /** Whether a guard of the gate protects a route of the host. */
  readonly usesGuards: () => boolean
}

const GUARDS = ['authenticate', 'authorize', 'identify'] as const

// Tells whether the host has read one of the guards. Until then they are accessors, afterwards plain decorators again.
function watchGuards(app: FastifyInstance): () => boolean {
  let isTaken = false
  const guards = GUARDS.map((name) => [name, app[name]] as const)
  function restore(): void {
    for (const [name, value] of guards)
      Object.defineProperty(app, name, { value, writable: true, enumerable: true, configurable: true })
  }
  for (const [name, guard] of guards) {
    Object.defineProperty(app, name, {
      enumerable: true,
      configurable: true,
      get() {
        isTaken = true
        restore()
        return guard
      },
      // An assignment in a child scope changes only that scope.
      set(this: object, other: unknown) {
        restore()
        Reflect.set(this, name, other)
      },
    })
  }
  return () => isTaken
}

function warn(app: FastifyInstance, { early, isUnlisted }: EarlyRoutesOptions): void {
  const effect = `does not guard them${isUnlisted ? ' and does not list them in its document' : ''}`
  warningLog(app.log).warn(
    listedRoutes(early),
    `docs-gate: these routes were declared before the gate, which ${effect}; register the gate first, with await`,
  )
}

/**
 * Warns of routes that were declared before the gate. If a missing `await` seems to be the reason, the app does not
 * start, because `app.authenticate` was undefined when the routes used it.
 */
async function judgeEarlyRoutes(app: FastifyInstance, options: EarlyRoutesOptions): Promise<void> {
  const { early, isAllowed, usesGuards } = options
  if (early.length === 0) return
  const hasTakenGuard = watchGuards(app)
  // These include the gate's routes, which are declared by now.
  const known = new Set(routesOf(app.printRoutes()))
  const hasLaterRoutes = (): boolean => routesOf(app.printRoutes()).some((route) => !known.has(route))
  app.addHook('onReady', async function docsGateJudgeEarlyRoutes() {
    if (!isAllowed && !hasTakenGuard() && !usesGuards() && !hasLaterRoutes())
      throw new EarlyRoutesError(early)
    warn(app, options)
  })
}

export default fp(judgeEarlyRoutes, { name: 'docs-gate-early-routes', fastify: '5.x' })
