import { METHODS as HTTP_METHODS } from 'node:http'
import type { OpenApiDocument } from './document.ts'
import { isObject, type JsonObject, member } from './json.ts'
import { locate } from './pointer.ts'

/** One operation of a document, with where it stands. */
export interface Operation {
  readonly kind: 'path' | 'webhook'
  /** In lower case. */
  readonly method: string
  /** The path's template, or the webhook's name. */
  readonly path: string
  readonly operation: JsonObject
  /** What stands around it; a path item that is a reference is followed. */
  readonly pathItem: JsonObject
  /** The members that lead to it from the document. Where the path item is a reference, it is not there yet. */
  readonly at: readonly string[]
}

/** Where a document keeps path items that a reader sees. `x-webhooks` is how OpenAPI 3.0 names its webhooks. */
export const PATH_ITEMS: ReadonlyMap<string, Operation['kind']> = new Map([
  ['paths', 'path'],
  ['webhooks', 'webhook'],
  ['x-webhooks', 'webhook'],
])

// OpenAPI 3.2 names `query`. The others no version names: @fastify/swagger writes a route for PROPFIND there all the same,
// and what nobody takes for an operation would be shown to everybody.
const NAMED = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']
const METHODS: readonly string[] = [
  ...new Set([...NAMED, ...HTTP_METHODS.map((method) => method.toLowerCase())]),
]

/** A path item's own fields, over those of what it refers to. */
function resolvePathItem(document: OpenApiDocument, item: JsonObject): JsonObject {
  const seen = new Set<JsonObject>()
  let resolved = item
  let next: JsonObject | undefined = item
  while (next && typeof next['$ref'] === 'string' && !seen.has(next)) {
    seen.add(next)
    const target: unknown = next['$ref'].startsWith('#') ? locate(document, next['$ref'])?.value : undefined
    const { $ref: _, ...fields } = resolved
    resolved = isObject(target) ? { ...target, ...fields } : fields
    next = isObject(target) ? target : undefined
  }
  return resolved
}

type Found = readonly [at: readonly string[], operation: JsonObject]

/** The operations of a path item, with the members that lead to them; the last of these is the method. */
function operationsOfItem(item: JsonObject): readonly Found[] {
  const found = (at: readonly string[]): readonly Found[] => {
    const operation = at.reduce<unknown>(member, item)
    return isObject(operation) ? [[at, operation]] : []
  }
  // OpenAPI 3.2: methods that have no field of their own.
  const others = Object.keys(item['additionalOperations'] ?? {})
  return [
    ...METHODS.filter((method) => method in item).flatMap((method) => found([method])),
    ...others.flatMap((method) => found(['additionalOperations', method])),
  ]
}

/** Whether this member of a container is a path item: in `paths`, `x-` begins an extension. */
export const isPathItem = (container: string, name: string): boolean =>
  container !== 'paths' || !name.startsWith('x-')

function* operationsIn(
  document: OpenApiDocument,
  container: string,
  kind: Operation['kind'],
): Iterable<Operation> {
  const items = member(document, container)
  if (!isObject(items)) return
  for (const [path, item] of Object.entries(items)) {
    if (!isObject(item) || !isPathItem(container, path)) continue
    const pathItem = resolvePathItem(document, item)
    for (const [at, operation] of operationsOfItem(pathItem)) {
      const method = (at.at(-1) as string).toLowerCase()
      yield { kind, method, path, operation, pathItem, at: [container, path, ...at] }
    }
  }
}

/** Every operation of a document, one after the other: of its paths and of its webhooks. */
export function* eachOperation(document: OpenApiDocument): Iterable<Operation> {
  for (const [container, kind] of PATH_ITEMS) yield* operationsIn(document, container, kind)
}

/**
 * Every operation of a document. Callbacks belong to the operation that names them.
 *
 * @example
 * operationsOf(document).map(({ method, path }) => `${method} ${path}`)
 */
export const operationsOf = (document: OpenApiDocument): readonly Operation[] => [...eachOperation(document)]

/** How many operations a document describes. */
export const operationCount = (document: OpenApiDocument): number => operationsOf(document).length

/** What tells an operation from the others of its document. */
export const nameOf = ({ kind, method, path }: Operation): string => `${kind} ${method} ${path}`

/** Whether a predicate shows an operation: anything but `true` hides, an exception too. */
export function shows(isVisible: (operation: Operation) => unknown, operation: Operation): boolean {
  try {
    return isVisible(operation) === true
  } catch {
    return false
  }
}
