import type { OpenApiDocument } from '../openapi/document.ts'
import { isObject } from '../openapi/json.ts'

/**
 * The field of a route's schema that identifies the route. @fastify/swagger copies it into the route's operations,
 * whatever a `transform` does to their paths. It is removed before anybody reads the document.
 */
export const ROUTE_MARK = 'x-docs-gate-route'

const routeIds = new WeakMap<object, string>()
const unmarked = new WeakSet<object>()

const valuesOf = (value: unknown): readonly Record<string, unknown>[] =>
  isObject(value) ? Object.values(value).filter(isObject) : []

// OpenAPI 3.2 has methods without a field of their own in `additionalOperations`.
const operationsOf = (item: Record<string, unknown>): readonly Record<string, unknown>[] => [
  ...valuesOf(item),
  ...valuesOf(item['additionalOperations']),
]

function takeMark(operation: Record<string, unknown>): void {
  const mark = operation[ROUTE_MARK]
  if (typeof mark !== 'string') return
  routeIds.set(operation, mark)
  delete operation[ROUTE_MARK]
}

/** Removes the marks from a document of @fastify/swagger, and remembers the mark of each operation. */
export function takeRouteMarks(document: OpenApiDocument): void {
  // @fastify/swagger returns the same document at each call.
  if (unmarked.has(document)) return
  unmarked.add(document)
  for (const item of valuesOf(document['paths']))
    for (const operation of operationsOf(item)) takeMark(operation)
}

/**
 * The `id` of the route that an operation of the app's own document belongs to; undefined if no route made it. It knows
 * only the document's own operation objects, not copies.
 */
export const routeIdOf = (operation: object): string | undefined => routeIds.get(operation)

/** Removes the marks from a document in YAML, where each is on its own line. */
export const withoutMarkLines = (yaml: string): string =>
  yaml.replace(/^ +x-docs-gate-route: "?\d+"?\n/gm, '')
