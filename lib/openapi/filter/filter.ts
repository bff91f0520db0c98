import type { OpenApiDocument } from '../document.ts'
import { isObject } from '../json.ts'
import { type Operation, shows } from '../operations.ts'
import { DocumentPatch } from '../patch.ts'
import type { Steps } from '../time-slices.ts'
import { componentChanges } from './components.ts'
import { type DocumentIndex, indexOf, type Part } from './document-index.ts'
import { visibleItems } from './path-items.ts'
import { ReachableComponents } from './reachable.ts'
import { Selection } from './selection.ts'
import { tagParts, tagsOf } from './tags.ts'

// What a tag refers to may have operations with tags of their own: callbacks.
function* addTags(document: OpenApiDocument, reachable: ReachableComponents): Steps<void> {
  for (let known = -1; known < reachable.tags.size; ) {
    known = reachable.tags.size
    yield* reachable.add(tagParts(document, reachable.tags))
  }
}

function* addReachable(
  index: DocumentIndex,
  reachable: ReachableComponents,
  parts: readonly Part[],
): Steps<void> {
  yield* reachable.add(parts)
  yield* addTags(index.document, reachable)
  if (reachable.inheritsSecurity) yield* reachable.add([index.security])
  yield* reachable.addCommon(index.common)
}

function* write(index: DocumentIndex, selection: Selection): Steps<OpenApiDocument> {
  const items = yield* visibleItems(index, selection)
  const reachable = new ReachableComponents(index, selection)
  yield* addReachable(index, reachable, items.parts)
  const patch = new DocumentPatch(index.document)
  yield* patch.writeAll(items.changes)
  yield* patch.writeAll(componentChanges(index, selection, reachable))
  yield* patch.writeAll(reachable.changes)
  const { document } = patch
  for (const [name, value] of Object.entries(tagsOf(document, reachable.tags)))
    patch.write({ at: [name], value })
  if (!reachable.inheritsSecurity) patch.write({ at: ['security'], value: undefined })
  const components = document['components']
  if (isObject(components) && Object.keys(components).length === 0)
    patch.write({ at: ['components'], value: undefined })
  if (document['paths'] === undefined && document['webhooks'] === undefined)
    patch.write({ at: ['paths'], value: {} })
  return document
}

/**
 * A document with its visible operations and what they refer to, directly or not: components of every type, tags and
 * groups of tags, OAuth 2 scopes, links to visible operations. What only hidden operations use is left out. The given
 * document is never changed. Unchanged parts are shared with it; where every operation is visible, it is the result.
 *
 * Texts stay as they are: a description that mentions a hidden operation still mentions it. So do examples: what looks
 * like a reference in one is data, unless it leads to another example. An extension of the document (`x-...`) stays with
 * what it refers to; only where a hidden operation uses that, and no visible one, `{}` takes the reference's place.
 *
 * The first view of a document looks at all parts of it, see {@link prepareFilter}. The document must not change afterwards.
 *
 * @param isVisible anything but `true` hides the operation, an exception too
 * @example
 * await runInSlices(filtering(document, ({ operation }) => operation['x-internal'] !== true))
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

/** Looks at all parts of a document before its first view, one in a step, and returns its operations. */
export function* prepareFilter(document: OpenApiDocument): Steps<readonly Operation[]> {
  const index = yield* indexOf(document)
  for (const part of index.parts()) {
    index.referencesIn(part)
    yield
  }
  return index.operations
}
