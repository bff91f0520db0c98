import type { Gate } from './gate.ts'

/**
 * What a route of the gate is to its own guards: `public` ones are how one gets in, so a guard on the root scope lets
 * them pass; `docs` ones are the documentation; on `asset` ones, those of its files which may be kept by a cache, no
 * cookie is set.
 */
export type RouteRole = 'public' | 'docs' | 'asset'

// A symbol in the route's own config: no request and no other plugin can claim a role.
const ROLE: unique symbol = Symbol('docs-gate.role')

interface GateRouteConfig {
  readonly [ROLE]?: { readonly gate: Gate; readonly role: RouteRole }
}

/** What keeps a route out of the document: the host's `transform` is not asked, which may leave out that it is hidden. */
export const UNDOCUMENTED = { schema: { hide: true }, config: { swaggerTransform: false as const } }

/** The part of a Fastify route's options that makes it one of ours. The host's CORS does not open it. */
export const gateRoute = (gate: Gate, role: RouteRole = 'docs') => ({
  ...UNDOCUMENTED,
  config: { ...UNDOCUMENTED.config, cors: false, [ROLE]: { gate, role } } as Record<PropertyKey, unknown>,
})

/** What a route is to the guards of this gate; undefined for every route that is not its own. */
export function roleOf(config: object, gate: Gate): RouteRole | undefined {
  const own = (config as GateRouteConfig)[ROLE]
  return own?.gate === gate ? own.role : undefined
}
