import type { RouteGuard } from '../../app-routes/route-guards.ts'
import { tracedRoutes } from '../../app-routes/traced-routes.ts'
import type { OpenApiDocument } from '../../openapi/document.ts'
import { eachOperation, nameOf, type Operation } from '../../openapi/operations.ts'
import { securing } from '../../openapi/security/security.ts'
import { runInSlices, type Steps } from '../../openapi/time-slices.ts'
import { gateSecurity, type SecuritySchemes } from './gate-security.ts'

/** A document, and what is asked of who calls its operations. */
export interface GuardedDocument {
  readonly document: OpenApiDocument
  /** Whether any operation asks for a scope: where none does, everybody may call everything. */
  readonly asksForScopes: boolean
  /** Where the document says that a name and a password become a token of this app; undefined in another service's. */
  readonly tokenUrl?: string | undefined
  /** The scopes that the guard of an operation asks for; none where there is no guard. */
  scopesOf(operation: Operation): readonly string[]
}

type Scopes = readonly string[]

/** What is known of the operations of a document, by name: each copy of a document has its own operations. */
interface Traced {
  /** What the guards of their routes ask for; null where nothing guards them. */
  readonly guards: ReadonlyMap<string, Scopes | null>
  /** Those before which a guard may stand that cannot be seen, with the scopes that it may ask for. */
  readonly unseen: readonly (readonly [Operation, Scopes])[]
  /** Those that have lost their mark and may be of a guarded route that is missing, with the scopes of that one. */
  readonly doubtful: readonly (readonly [Operation, Scopes])[]
}

const union = (lists: readonly (Scopes | null | undefined)[]): Scopes => [
  ...new Set(lists.flatMap((list) => list ?? [])),
]

const scopesOfAll = (routes: readonly RouteGuard[]): readonly (Scopes | null)[] =>
  routes.map(({ scopes }) => scopes)

function* trace(document: OpenApiDocument, routes: readonly RouteGuard[]): Steps<Traced> {
  const traced = tracedRoutes(document, routes)
  const guards = new Map<string, Scopes | null>()
  const unseen: [Operation, Scopes][] = []
  for (const operation of eachOperation(document)) {
    const name = nameOf(operation)
    const found = traced.routesOf(operation)
    const asked = [guards.get(name) ?? null, ...scopesOfAll(found)]
    guards.set(name, asked.some((scopes) => scopes !== null) ? union(asked) : null)
    const more = union(found.map((route) => route.doubtful))
    if (more.length > 0) unseen.push([operation, more])
    yield
  }
  const doubtful: [Operation, Scopes][] = []
  for (const operation of eachOperation(document)) {
    const scopes =
      operation.kind === 'path'
        ? union(traced.mayBe(operation).flatMap(({ scopes, doubtful }) => [scopes, doubtful]))
        : []
    if (scopes.length > 0) doubtful.push([operation, scopes])
    yield
  }
  return { guards, unseen, doubtful }
}

// An operation that may be of a route that is missing is shown to those who might see that one; one that an unseen guard may
// stand before, to those whom that guard would let in.
function askedScopes({ guards, unseen, doubtful }: Traced): ReadonlyMap<string, Scopes> {
  const asked = new Map<string, Scopes>()
  for (const [name, scopes] of guards) if (scopes && scopes.length > 0) asked.set(name, scopes)
  for (const [operation, scopes] of [...unseen, ...doubtful]) {
    const name = nameOf(operation)
    asked.set(name, union([asked.get(name), scopes]))
  }
  return asked
}

/**
 * The app's own document, which says of itself what the guards of its routes ask for.
 *
 * @param warn called with the operations that may belong to a guarded route and cannot be matched to one
 */
export async function ownDocument(
  document: OpenApiDocument,
  routes: readonly RouteGuard[],
  schemes: SecuritySchemes,
  warn: (operations: readonly Operation[], scopes: Scopes) => void,
): Promise<GuardedDocument> {
  const traced = await runInSlices(trace(document, routes))
  const { guards, doubtful } = traced
  if (doubtful.length > 0) {
    const [operations, scopes] = [
      doubtful.map(([operation]) => operation),
      doubtful.map(([, asked]) => asked),
    ]
    warn(operations, union(scopes))
  }
  const asked = askedScopes(traced)
  const guardOf = (operation: Operation) => {
    const scopes = guards.get(nameOf(operation))
    return scopes ? { scopes } : null
  }
  return {
    document: await runInSlices(securing(document, guardOf, gateSecurity(document, schemes))),
    asksForScopes: asked.size > 0,
    tokenUrl: schemes.tokenUrl,
    scopesOf: (operation) => asked.get(nameOf(operation)) ?? [],
  }
}

/** A document of another service: what its operations ask for is that service's affair. */
export const foreignDocument = (document: OpenApiDocument): GuardedDocument => ({
  document,
  asksForScopes: false,
  scopesOf: () => [],
})
