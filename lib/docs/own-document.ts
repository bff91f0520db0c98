import type { OpenApiDocument } from './document.ts'
import { eachOperation, type Operation } from './operations.ts'
import type { RouteGuard } from './route-guards.ts'
import { routeIdOf } from './route-marks.ts'
import { securing } from './security.ts'
import type { SecuritySchemes } from './security-schemes.ts'
import { inTurns, type Steps } from './turns.ts'
import { nameOf } from './visible-set.ts'

/** A document, and what is asked of who calls its operations. */
export interface GuardedDocument {
  readonly document: OpenApiDocument
  /** Whether any operation asks for a scope: where none does, everybody may call everything. */
  readonly asksForScopes: boolean
  /** The scopes that the guard of an operation asks for; none where there is no guard. */
  scopesOf(operation: Operation): readonly string[]
}

type GuardOf = (operation: Operation) => { readonly scopes: readonly string[] } | null

// By name: each copy of a document has its own operations.
function* askedScopes(document: OpenApiDocument, guardOf: GuardOf): Steps<Map<string, readonly string[]>> {
  const asked = new Map<string, readonly string[]>()
  for (const operation of eachOperation(document)) {
    const scopes = guardOf(operation)?.scopes
    if (scopes && scopes.length > 0) asked.set(nameOf(operation), scopes)
    yield
  }
  return asked
}

/** The app's own document, which says of itself what the guards of its routes ask for. */
export async function ownDocument(
  document: OpenApiDocument,
  guards: readonly RouteGuard[],
  schemes: SecuritySchemes,
): Promise<GuardedDocument> {
  const scopesOfRoute = new Map(guards.map(({ id, scopes }) => [id, scopes]))
  const guardOf: GuardOf = ({ operation }) => {
    const id = routeIdOf(operation)
    const scopes = id === undefined ? null : scopesOfRoute.get(id)
    return scopes ? { scopes } : null
  }
  const asked = await inTurns(askedScopes(document, guardOf))
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
