import type { RouteGuard } from '../routes/route-guards.ts'
import { tracedRoutes } from '../routes/traced-routes.ts'
import { securing } from '../security/security.ts'
import type { SecuritySchemes } from '../security/security-schemes.ts'
import { nameOf } from '../view/visible-set.ts'
import type { OpenApiDocument } from './document.ts'
import { eachOperation, type Operation } from './operations.ts'
import { inTurns, type Steps } from './turns.ts'

/** A document, and what is asked of who calls its operations. */
export interface GuardedDocument {
  readonly document: OpenApiDocument
  /** Whether any operation asks for a scope: where none does, everybody may call everything. */
  readonly asksForScopes: boolean
  /** The scopes that the guard of an operation asks for; none where there is no guard. */
  scopesOf(operation: Operation): readonly string[]
}

type Scopes = readonly string[]

/** What is known of the operations of a document, by name: each copy of a document has its own operations. */
interface Traced {
  /** What the guards of their routes ask for; null where nothing guards them. */
  readonly guards: ReadonlyMap<string, Scopes | null>
  /** Those that are like no route of the app. */
  readonly untraced: readonly Operation[]
  /** The scopes of the routes that are like no operation. */
  readonly missing: Scopes
}

const union = (lists: readonly (Scopes | null)[]): Scopes => [...new Set(lists.flatMap((list) => list ?? []))]

function* trace(document: OpenApiDocument, routes: readonly RouteGuard[]): Steps<Traced> {
  const traced = tracedRoutes(document, routes)
  const guards = new Map<string, Scopes | null>()
  const untraced: Operation[] = []
  for (const operation of eachOperation(document)) {
    const routesOfIt = traced.routesOf(operation)
    if (routesOfIt.length === 0 && operation.kind === 'path') untraced.push(operation)
    const name = nameOf(operation)
    const asked = [guards.get(name) ?? null, ...routesOfIt.map(({ scopes }) => scopes)]
    guards.set(name, asked.some((scopes) => scopes !== null) ? union(asked) : null)
    yield
  }
  return { guards, untraced, missing: union(traced.missing().map(({ scopes }) => scopes)) }
}

// An operation that is like no route may be one that is missing: it is shown to those who might see that one.
const askedScopes = ({ guards, untraced, missing }: Traced): ReadonlyMap<string, Scopes> =>
  new Map(
    [...guards, ...untraced.map((operation) => [nameOf(operation), missing] as const)].flatMap(
      ([name, scopes]) => (scopes && scopes.length > 0 ? [[name, scopes]] : []),
    ),
  )

/**
 * The app's own document, which says of itself what the guards of its routes ask for.
 *
 * @param warn told of the operations that may be of a guarded route and cannot be traced to it
 */
export async function ownDocument(
  document: OpenApiDocument,
  routes: readonly RouteGuard[],
  schemes: SecuritySchemes,
  warn: (operations: readonly Operation[], scopes: Scopes) => void,
): Promise<GuardedDocument> {
  const traced = await inTurns(trace(document, routes))
  const { guards, untraced, missing } = traced
  if (untraced.length > 0 && missing.length > 0) warn(untraced, missing)
  const asked = askedScopes(traced)
  const guardOf = (operation: Operation) => {
    const scopes = guards.get(nameOf(operation))
    return scopes ? { scopes } : null
  }
  return {
    document: await inTurns(securing(document, guardOf, schemes)),
    asksForScopes: asked.size > 0,
    scopesOf: (operation) => asked.get(nameOf(operation)) ?? [],
  }
}

/** A document of another service: what its operations ask for is that service's affair. */
export const foreignDocument = (document: OpenApiDocument): GuardedDocument => ({
  document,
  asksForScopes: false,
  scopesOf: () => [],
})
