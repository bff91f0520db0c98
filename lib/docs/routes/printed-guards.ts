import { routesWithFunctions } from '../exposure/early-routes.ts'

/** What a guard asks for: scopes; null where it asks for nothing, as `identify` does. */
type Asked = readonly string[] | null

// As `printRoutes` writes the names of functions. A scope may have a parenthesis in it; the last one closes.
const GUARD_NAME = /^docsGate\.(authenticate|identify|authorize\((.*)\))\(\)$/

/**
 * What a guard that asks for these scopes is called. Fastify tells of a route that was declared before the gate only what
 * its hooks are called.
 */
export function guardName(asked: Asked): string {
  if (asked === null) return 'docsGate.identify'
  return asked.length === 0 ? 'docsGate.authenticate' : `docsGate.authorize(${asked.join(' ')})`
}

function askedBy(name: string): readonly Asked[] {
  const [, kind, scopes] = GUARD_NAME.exec(name) ?? []
  if (kind === undefined) return []
  return kind === 'identify' ? [null] : [scopes?.split(' ') ?? []]
}

/** The routes with guards, from the text of `printRoutes({ includeMeta: GUARD_HOOKS })`, and what each guard asks for. */
export function printedGuards(tree: string): ReadonlyMap<string, readonly Asked[]> {
  const routes = [...routesWithFunctions(tree)].map(
    ([route, names]) => [route, names.flatMap(askedBy)] as const,
  )
  return new Map(routes.filter(([, asked]) => asked.length > 0))
}
