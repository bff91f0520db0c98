import type { Gate } from './gate.ts'

/**
 * How the gate's guards treat a route of the gate. `public`: the login and what belongs to it. Guards refuse nobody there,
 * not even one on the route itself: a guard on the root scope would lock everybody out. `docs`: the documentation.
 * `asset`: its files; as caches may keep them, no cookie is set. No role guards a route: its scope needs a guard.
 */
export type RouteRole = 'public' | 'docs' | 'asset'

// A symbol in the route's config, so that no request and no other plugin can claim a role.
const ROLE: unique symbol = Symbol('docs-gate.role')

interface GateRouteConfig {
  readonly [ROLE]?: { readonly gate: Gate; readonly role: RouteRole }
}

/** Keeps a route out of the document. The host's `transform` is not applied: it could drop `hide`. */
export const UNDOCUMENTED = { schema: { hide: true }, config: { swaggerTransform: false as const } }

/** The Fastify options that make a route one of the gate's. The host's CORS plugin does not open it. */
export const gateRoute = (gate: Gate, role: RouteRole) => ({
  ...UNDOCUMENTED,
  config: { ...UNDOCUMENTED.config, cors: false, [ROLE]: { gate, role } } as Record<PropertyKey, unknown>,
})

/** The role of a route of this gate; undefined for any other route. */
export function roleOf(config: object, gate: Gate): RouteRole | undefined {
  const marked = (config as GateRouteConfig)[ROLE]
  return marked?.gate === gate ? marked.role : undefined
}
