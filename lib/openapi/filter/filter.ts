import type { OpenApiDocument } from '../document.ts'
import { isObject } from '../json.ts'
import type { Operation } from '../operations.ts'
import { shows } from '../operations.ts'
import { Draft } from '../patch.ts'
import type { Steps } from '../time-slices.ts'
import { componentChanges } from './components.ts'
import { type DocumentIndex, indexOf, type Part } from './document-index.ts'
import { visibleItems } from './path-items.ts'
import { Closure } from './reachable.ts'
import { Selection } from './selection.ts'
import { tagParts, tagsOf } from './tags.ts'

// What a tag refers to may have operations, with tags of their own: callbacks.
function* addTags(document: OpenApiDocument, closure: Closure): Steps<void> {
  for (let known = -1; known < closure.tags.size; ) {
    known = closure.tags.size
    yield* closure.add(tagParts(document, closure.tags))
  }
}

function* addUsed(index: DocumentIndex, closure: Closure, parts: readonly Part[]): Steps<void> {
  yield* closure.add(parts)
  yield* addTags(index.document, closure)
  if (closure.inheritsSecurity) yield* closure.add([index.security])
  yield* closure.addCommon(index.common)
}

function* write(index: DocumentIndex, selection: Selection): Steps<OpenApiDocument> {
  const items = yield* visibleItems(index, selection)
  const closure = new Closure(index, selection)
  yield* addUsed(index, closure, items.parts)
  const draft = new Draft(index.document)
  yield* draft.writeAll(items.changes)
  yield* draft.writeAll(componentChanges(index, selection, closure))
  yield* draft.writeAll(closure.changes)
  const { document } = draft
  for (const [name, value] of Object.entries(tagsOf(document, closure.tags)))
    draft.write({ at: [name], value })
  if (!closure.inheritsSecurity) draft.write({ at: ['security'], value: undefined })
  const components = document['components']
  if (isObject(components) && Object.keys(components).length === 0)
    draft.write({ at: ['components'], value: undefined })
  if (document['paths'] === undefined && document['webhooks'] === undefined)
    draft.write({ at: ['paths'], value: {} })
  return document
}

/**
 * A document with the visible operations and what they use, directly or not: components of every kind, tags and groups of
 * tags, OAuth 2 scopes, links to visible operations. Whatever the others alone use is not in it. Unchanged parts are
 * shared with the given document, which is never written; where every operation is visible, it is the given one.
 *
 * Texts are left as they are: a description that names a hidden operation still names it. So are examples: what looks
 * like a reference in one is data, unless it leads to another example. An extension of the document (`x-...`) stays, and
 * what it refers to with it, unless a hidden operation uses that and no visible one does: then `{}` takes its place.
 *
 * The first view of a document looks at all of its parts, see {@link prepareFilter}; it is taken not to change afterwards.
 *
 * @param isVisible anything but `true` hides, an exception too
 * @example
 * await inTurns(filtering(document, ({ operation }) => operation['x-internal'] !== true))
 */
export function* filtering(
  document: OpenApiDocument,
  isVisible: (operation: Operation) => unknown,
): Steps<OpenApiDocument> {
  const index = yield* indexOf(document)
  const visible = new Set<Operation>()
  for (const operation of index.operations) {
    if (shows(isVisible, operation)) visible.add(operation)
    yield
  }
  if (visible.size === index.operations.length) return document
  return yield* write(index, new Selection(index, visible))
}

/** Looks at all parts of a document ahead of its first view, one in a step, and tells its operations. */
export function* prepareFilter(document: OpenApiDocument): Steps<readonly Operation[]> {
  const index = yield* indexOf(document)
  for (const part of index.parts()) {
    index.usesOf(part)
    yield
  }
  return index.operations
}
