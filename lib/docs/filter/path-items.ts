import { isObject, type JsonObject, member, pick } from '../json.ts'
import { isPathItem, type Operation, PATH_ITEMS } from '../operations.ts'
import type { Change } from './closure.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { OPERATION, PATH_ITEM } from './grammar.ts'
import type { Selection } from './selection.ts'

/** What is seen of the path items, and what has to be changed in them. */
export interface VisibleItems {
  readonly parts: readonly Part[]
  readonly changes: readonly Change[]
}

const isComponent = (reference: unknown): boolean =>
  typeof reference === 'string' && reference.startsWith('#/components/')

/** The fields of a path item that all its operations share. */
function sharedOf({ pathItem }: Operation, operations: readonly Operation[]): JsonObject {
  const methods = new Set(operations.map(({ at }) => at[2]))
  return pick(pathItem, (name) => !methods.has(name) && name !== 'additionalOperations')
}

function visibleItem(
  item: JsonObject,
  operations: readonly [Operation, ...Operation[]],
  selection: Selection,
): VisibleItems {
  const [first] = operations
  const at = first.at.slice(0, 2)
  const hidden = operations.filter((operation) => !selection.has(operation))
  const reference = item['$ref']
  // A path item that several paths share stays shared where all of it is seen.
  if (hidden.length === 0 && isComponent(reference))
    return { parts: [{ at, value: item, kind: PATH_ITEM }], changes: [] }
  const visible = operations.filter((operation) => selection.has(operation))
  return {
    parts: [
      { at, value: sharedOf(first, operations), kind: PATH_ITEM },
      ...visible.map((operation) => ({ at: operation.at, value: operation.operation, kind: OPERATION })),
    ],
    changes: [
      ...(reference === undefined ? [] : [{ at, value: first.pathItem }]),
      ...hidden.map((operation) => ({ at: operation.at, value: undefined })),
    ],
  }
}

function containerChange(index: DocumentIndex, container: string, selection: Selection): readonly Change[] {
  const items = member(index.document, container)
  if (!isObject(items)) return []
  const left = pick(items, (name) => !isPathItem(container, name) || selection.showsItem([container, name]))
  const isEmpty = container !== 'paths' && Object.keys(left).length === 0
  return left === items ? [] : [{ at: [container], value: isEmpty ? undefined : left }]
}

function byItem(operations: readonly Operation[]): Iterable<[Operation, ...Operation[]]> {
  const items = new Map<string, [Operation, ...Operation[]]>()
  for (const operation of operations) {
    const key = JSON.stringify(operation.at.slice(0, 2))
    const others = items.get(key)
    if (others) others.push(operation)
    else items.set(key, [operation])
  }
  return items.values()
}

/** The path items that have a visible operation, with no other. */
export function visibleItems(index: DocumentIndex, selection: Selection): VisibleItems {
  const changes = [...PATH_ITEMS.keys()].flatMap((container) => containerChange(index, container, selection))
  const parts: Part[] = []
  for (const operations of byItem(index.operations)) {
    const [container, name] = operations[0].at as [string, string]
    if (!selection.showsItem([container, name])) continue
    const item = member(member(index.document, container), name) as JsonObject
    const visible = visibleItem(item, operations, selection)
    parts.push(...visible.parts)
    changes.push(...visible.changes)
  }
  return { parts, changes }
}
