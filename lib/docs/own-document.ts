import type { OpenApiDocument } from './document.ts'
import { type Operation, operationsOf } from './operations.ts'
import type { RouteGuard } from './route-guards.ts'
import { routeIdOf } from './route-marks.ts'
import { secureDocument } from './security.ts'
import type { SecuritySchemes } from './security-schemes.ts'
import { nameOf } from './visible-set.ts'

/** A document, and what is asked of who calls its operations. */
export interface GuardedDocument {
  readonly document: OpenApiDocument
  /** Whether any operation asks for a scope: where none does, everybody may call everything. */
  readonly asksForScopes: boolean
  /** The scopes that the guard of an operation asks for; none where there is no guard. */
  scopesOf(operation: Operation): readonly string[]
}

/** The app's own document, which says of itself what the guards of its routes ask for. */
export function ownDocument(
  document: OpenApiDocument,
  guards: readonly RouteGuard[],
  schemes: SecuritySchemes,
): GuardedDocument {
  const scopesOfRoute = new Map(guards.map(({ id, scopes }) => [id, scopes]))
  const guardOf = ({ operation }: Operation) => {
    const id = routeIdOf(operation)
    const scopes = id === undefined ? null : scopesOfRoute.get(id)
    return scopes ? { scopes } : null
  }
  const asked = new Map(
    operationsOf(document).map((operation) => [nameOf(operation), guardOf(operation)?.scopes]),
  )
  return {
    document: secureDocument(document, guardOf, schemes),
    asksForScopes: [...asked.values()].some((scopes) => scopes !== undefined && scopes.length > 0),
    scopesOf: (operation) => asked.get(nameOf(operation)) ?? [],
  }
}

/** A document of another service: what its operations ask for is that service's affair. */
export const foreignDocument = (document: OpenApiDocument): GuardedDocument => ({
  document,
  asksForScopes: false,
  scopesOf: () => [],
})
