import { isObject } from '../json.ts'
import { type Operation, PATH_ITEMS } from '../operations.ts'
import type { Location } from '../pointer.ts'
import type { DocumentIndex } from './document-index.ts'
import { type Kind, OPERATION } from './grammar.ts'
import type { Component } from './uses.ts'

const keyOf = (at: readonly string[]): string => JSON.stringify(at)

/** What the operations that are not visible name, directly or not. */
export interface Hidden {
  readonly components: ReadonlySet<Component>
  readonly operationIds: ReadonlySet<string>
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>
}

function namedBy(index: DocumentIndex, operations: readonly Operation[]): Hidden {
  const components = new Set<Component>()
  const operationIds = new Set<string>()
  const scopes = new Map<string, Set<string>>()
  const open: { value: unknown; kind: Kind }[] = operations.map(({ operation }) => ({
    value: operation,
    kind: OPERATION,
  }))
  for (let part = open.pop(); part; part = open.pop()) {
    const uses = index.usesOf(part)
    for (const id of uses.operationIds) operationIds.add(id)
    for (const [scheme, asked] of uses.schemes)
      scopes.set(scheme, new Set([...(scopes.get(scheme) ?? []), ...asked]))
    for (const component of uses.components) {
      if (!components.has(component)) open.push(component)
      components.add(component)
    }
  }
  return { components, operationIds, scopes }
}

/** Which operations of a document are visible, and what that means for places in it. */
export class Selection {
  readonly hidden: Hidden
  readonly #visible: ReadonlySet<Operation>
  readonly #visibleItems: ReadonlySet<string>
  readonly #hiddenPlaces: ReadonlySet<string>
  readonly #hiddenValues: ReadonlySet<unknown>

  constructor(index: DocumentIndex, visible: ReadonlySet<Operation>) {
    const hidden = index.operations.filter((operation) => !visible.has(operation))
    this.#visible = visible
    this.#visibleItems = new Set([...visible].map(({ at }) => keyOf(at.slice(0, 2))))
    this.#hiddenPlaces = new Set(hidden.map(({ at }) => keyOf(at)))
    this.#hiddenValues = new Set(hidden.map(({ operation }) => operation))
    this.hidden = namedBy(index, hidden)
  }

  has(operation: Operation): boolean {
    return this.#visible.has(operation)
  }

  /** Whether a path item has a visible operation. */
  showsItem(at: readonly string[]): boolean {
    return this.#visibleItems.has(keyOf(at))
  }

  /** Whether nothing at this place is in the result. */
  isGone(tokens: readonly string[]): boolean {
    const [container = '', name = ''] = tokens
    if (tokens.length < 2 || !PATH_ITEMS.has(container)) return false
    if (container === 'paths' && name.startsWith('x-')) return false
    if (!this.showsItem([container, name])) return true
    return [3, 4].some((length) => this.#hiddenPlaces.has(keyOf(tokens.slice(0, length))))
  }

  /** Whether a reference to this place would show a hidden operation, and not just a value that stands in one. */
  isHiddenOperation({ tokens, value }: Location): boolean {
    return (
      value === undefined || tokens.length === 2 || this.#hiddenValues.has(value) || this.holdsHidden(value)
    )
  }

  /** Whether a path item holds a hidden operation. */
  holdsHidden(pathItem: unknown): boolean {
    return (
      isObject(pathItem) && Object.values(pathItem).some((operation) => this.#hiddenValues.has(operation))
    )
  }
}
