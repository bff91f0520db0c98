import { setImmediate } from 'node:timers/promises'
import type { OpenApiDocument } from './document.ts'
import { Draft } from './draft.ts'
import { Closure } from './filter/closure.ts'
import { componentChanges } from './filter/components.ts'
import { type DocumentIndex, indexOf } from './filter/document-index.ts'
import { visibleItems } from './filter/path-items.ts'
import { Selection } from './filter/selection.ts'
import { tagsOf } from './filter/tags.ts'
import { isObject } from './json.ts'
import type { Operation } from './operations.ts'
import { shows } from './visible-set.ts'

// Well under what a request notices.
const SLICE_MILLISECONDS = 10

function write(index: DocumentIndex, selection: Selection): OpenApiDocument {
  const items = visibleItems(index, selection)
  const closure = new Closure(index, selection, [...index.common, ...items.parts])
  const draft = new Draft(index.document)
  const changes = [...items.changes, ...componentChanges(index, selection, closure), ...closure.changes]
  for (const change of changes) draft.write(change)
  const { document } = draft
  for (const [name, value] of Object.entries(tagsOf(document, closure.tags)))
    draft.write({ at: [name], value })
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
 * like a reference in one is data, unless it leads to another example. An extension (`x-...`) stays with whatever it refers to.
 *
 * The first view of a document looks at all of its parts, see {@link prepareFilter}; it is taken not to change afterwards.
 *
 * @param isVisible anything but `true` hides, an exception too
 * @example
 * filterDocument(document, ({ operation }) => operation['x-internal'] !== true)
 */
export function filterDocument(
  document: OpenApiDocument,
  isVisible: (operation: Operation) => unknown,
): OpenApiDocument {
  const index = indexOf(document)
  const visible = new Set(index.operations.filter((operation) => shows(isVisible, operation)))
  if (visible.size === index.operations.length) return document
  return write(index, new Selection(index, visible))
}

/** Looks at all parts of a document ahead of its first view, a few at a time: the event loop stays free. */
export async function prepareFilter(document: OpenApiDocument): Promise<void> {
  const index = indexOf(document)
  let start = performance.now()
  for (const part of index.parts()) {
    index.usesOf(part)
    if (performance.now() - start < SLICE_MILLISECONDS) continue
    await setImmediate()
    start = performance.now()
  }
}
