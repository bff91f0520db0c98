import { isObject, member, pick } from '../json.ts'
import { OPERATION, PATH_ITEM } from '../object-types.ts'
import { isPathItem, PATH_ITEM_FIELDS } from '../operations.ts'
import type { Change } from '../patch.ts'
import type { Steps } from '../time-slices.ts'
import type { DocumentIndex, Item, Part } from './document-index.ts'
import type { Selection } from './selection.ts'

/** The visible parts of path items, and the changes that take out the others. */
export interface VisibleItems {
  readonly parts: readonly Part[]
  readonly changes: readonly Change[]
}

const isComponent = (reference: unknown): boolean =>
  typeof reference === 'string' && reference.startsWith('#/components/')

function visibleItem({ at, value, pathItem, shared, operations }: Item, selection: Selection): VisibleItems {
  const visible = operations.filter((operation) => selection.has(operation))
  const reference = member(value, '$ref')
  // A path item that several paths share stays shared where all of it is visible.
  if (visible.length === operations.length && isComponent(reference))
    return { parts: [{ at, value, type: PATH_ITEM }], changes: [] }
  const hidden = operations.filter((operation) => !selection.has(operation))
  return {
    parts: [
      { at, value: shared, type: PATH_ITEM },
      ...visible.map((operation) => ({ at: operation.at, value: operation.operation, type: OPERATION })),
    ],
    changes: [
      ...(reference === undefined ? [] : [{ at, value: pathItem }]),
      ...hidden.map((operation) => ({ at: operation.at, value: undefined })),
    ],
  }
}

function containerChange(index: DocumentIndex, container: string, selection: Selection): readonly Change[] {
  const items = member(index.document, container)
  if (!isObject(items)) return []
  const left = pick(items, (name) => !isPathItem(container, name) || selection.showsItem(container, name))
  const isEmpty = container !== 'paths' && Object.keys(left).length === 0
  return left === items ? [] : [{ at: [container], value: isEmpty ? undefined : left }]
}

/** The path items that have a visible operation, with no other. */
export function* visibleItems(index: DocumentIndex, selection: Selection): Steps<VisibleItems> {
  const parts: Part[] = []
  const changes = [...PATH_ITEM_FIELDS.keys()].flatMap((container) =>
    containerChange(index, container, selection),
  )
  for (const item of index.items) {
    yield
    if (!selection.showsItem(...item.at)) continue
    const visible = visibleItem(item, selection)
    parts.push(...visible.parts)
    changes.push(...visible.changes)
  }
  return { parts, changes }
}
