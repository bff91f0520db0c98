import type { RouteGuard } from '../../app-routes/route-guards.ts'
import { tracedRoutes } from '../../app-routes/traced-routes.ts'
import type { OpenApiDocument } from '../../openapi/document.ts'
import { eachOperation, nameOf, type Operation } from '../../openapi/operations.ts'
import { securing } from '../../openapi/security/security.ts'
import { runInSlices, type Steps } from '../../openapi/time-slices.ts'
import { gateSecurity, type SecuritySchemes } from './gate-security.ts'

/** A document, and the scopes that its operations require. */
export interface GuardedDocument {
  readonly document: OpenApiDocument
  /** Whether any operation requires a scope. If none does, every user may call everything. */
  readonly requiresScopes: boolean
  /** The token URL in the app's own document, where users exchange a password for a token; undefined for others. */
  readonly tokenUrl?: string | undefined
  /** The scopes that the guard of an operation requires; empty without a guard. */
  scopesOf(operation: Operation): readonly string[]
}

type Scopes = readonly string[]

/** The guards of a document's operations. They are found by name, because each copy of a document has other objects. */
interface Traced {
  /** The scopes that the guards of their routes require; null without a guard. */
  readonly guards: ReadonlyMap<string, Scopes | null>
  /** Operations that may have an undetected guard, with the scopes that it may require. */
  readonly unseen: readonly (readonly [Operation, Scopes])[]
  /** Operations without a mark that may belong to a guarded route without an operation, with that route's scopes. */
  readonly untraced: readonly (readonly [Operation, Scopes])[]
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
    const required = [guards.get(name) ?? null, ...scopesOfAll(found)]
    guards.set(name, required.some((scopes) => scopes !== null) ? union(required) : null)
    const more = union(found.map((route) => route.possibleScopes))
    if (more.length > 0) unseen.push([operation, more])
    yield
  }
  const untraced: [Operation, Scopes][] = []
  for (const operation of eachOperation(document)) {
    const scopes =
      operation.kind === 'path'
        ? union(
            traced.candidatesFor(operation).flatMap(({ scopes, possibleScopes }) => [scopes, possibleScopes]),
          )
        : []
    if (scopes.length > 0) untraced.push([operation, scopes])
    yield
  }
  return { guards, unseen, untraced }
}

// An operation that may belong to a guarded route needs that route's scopes. One that may have an undetected guard
// needs the scopes of that guard.
function requiredScopes({ guards, unseen, untraced }: Traced): ReadonlyMap<string, Scopes> {
  const required = new Map<string, Scopes>()
  for (const [name, scopes] of guards) if (scopes && scopes.length > 0) required.set(name, scopes)
  for (const [operation, scopes] of [...unseen, ...untraced]) {
    const name = nameOf(operation)
    required.set(name, union([required.get(name), scopes]))
  }
  return required
}

/**
 * The app's own document, completed by the scopes that the guards of its routes require.
 *
 * @param warn called with the operations that may belong to a guarded route and cannot be matched to one
 */
export async function appDocument(
  document: OpenApiDocument,
  routes: readonly RouteGuard[],
  schemes: SecuritySchemes,
  warn: (operations: readonly Operation[], scopes: Scopes) => void,
): Promise<GuardedDocument> {
  const traced = await runInSlices(trace(document, routes))
  const { guards, untraced } = traced
  if (untraced.length > 0) {
    const [operations, scopes] = [
      untraced.map(([operation]) => operation),
      untraced.map(([, required]) => required),
    ]
    warn(operations, union(scopes))
  }
  const required = requiredScopes(traced)
  const guardOf = (operation: Operation) => {
    const scopes = guards.get(nameOf(operation))
    return scopes ? { scopes } : null
  }
  return {
    document: await runInSlices(securing(document, guardOf, gateSecurity(document, schemes))),
    requiresScopes: required.size > 0,
    tokenUrl: schemes.tokenUrl,
    scopesOf: (operation) => required.get(nameOf(operation)) ?? [],
  }
}

/** A document of another service, whose operations require no scopes of this app. */
export const externalDocument = (document: OpenApiDocument): GuardedDocument => ({
  document,
  requiresScopes: false,
  scopesOf: () => [],
})
