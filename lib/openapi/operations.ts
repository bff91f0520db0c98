import type { OpenApiDocument } from './document.ts'
import { isObject, type JsonObject, member } from './json.ts'
import { DOCUMENT, OPERATION, PATH_ITEM, PATHS } from './object-types.ts'
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

/** The fields of a document that hold path items, with what their operations are. */
export const PATH_ITEM_FIELDS: ReadonlyMap<string, Operation['kind']> = new Map(
  [...DOCUMENT.fields]
    .filter(([, { members }]) => members === PATH_ITEM)
    .map(([field, type]) => [field, type === PATHS ? 'path' : 'webhook']),
)

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

/** Where a path item has operations: in fields of their own and, since OpenAPI 3.2, in a map. */
function* placesOfOperations(item: JsonObject): Iterable<readonly string[]> {
  for (const [field, type] of PATH_ITEM.fields) {
    if (!Object.hasOwn(item, field)) continue
    if (type === OPERATION) yield [field]
    if (type.members === OPERATION) for (const method of Object.keys(item[field] ?? {})) yield [field, method]
  }
}

/** The operations of a path item, with the keys that lead to them; the last of these is the method. */
function* operationsOfItem(item: JsonObject): Iterable<Found> {
  for (const at of placesOfOperations(item)) {
    const operation = at.reduce<unknown>(member, item)
    if (isObject(operation)) yield [at, operation]
  }
}

/** Whether a member of one of these fields is a path item: in `paths`, a name that begins with `x-` is an extension. */
export const isPathItem = (container: string, name: string): boolean =>
  !(DOCUMENT.fields.get(container)?.isExtensible && name.startsWith('x-'))

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
  for (const [container, kind] of PATH_ITEM_FIELDS) yield* operationsIn(document, container, kind)
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
