import type { OpenApiDocument } from '../openapi/document.ts'
import { isObject } from '../openapi/json.ts'

/**
 * The field of a route's schema that names the route. @fastify/swagger copies it into the operations that it makes of
 * the route, whatever a `transform` does to their paths; from there it is taken away before anybody reads the document.
 */
export const ROUTE_MARK = 'x-docs-gate-route'

const routeIds = new WeakMap<object, string>()
const unmarked = new WeakSet<object>()

const valuesOf = (value: unknown): readonly Record<string, unknown>[] =>
  isObject(value) ? Object.values(value).filter(isObject) : []

// OpenAPI 3.2 has the methods that it does not know in a field of their own.
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

/** Takes the marks out of a document that @fastify/swagger has made, and remembers which operation had which. */
export function takeRouteMarks(document: OpenApiDocument): void {
  // It is asked for again and again, and is made once.
  if (unmarked.has(document)) return
  unmarked.add(document)
  for (const item of valuesOf(document['paths']))
    for (const operation of operationsOf(item)) takeMark(operation)
}

/**
 * The `id` of the route that an operation of the app's own document was made of; undefined for what no route made. To be
 * asked of the document's own operations, not of copies.
 */
export const routeIdOf = (operation: object): string | undefined => routeIds.get(operation)

/** The same document as YAML, without the marks: each is a line by itself. */
export const withoutMarkLines = (yaml: string): string =>
  yaml.replace(/^ +x-docs-gate-route: "?\d+"?\n/gm, '')
