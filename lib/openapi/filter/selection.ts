import { isObject } from '../json.ts'
import { OPERATION, PATH_ITEM } from '../object-types.ts'
import { isPathItem, type Operation, PATH_ITEM_FIELDS } from '../operations.ts'
import type { Location } from '../pointer.ts'
import type { Component } from './collect-references.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { type Hidden, namedBy, usedBy } from './hidden.ts'

/** Which operations of a document are visible, and what that means for places in it. */
export class Selection {
  readonly #index: DocumentIndex
  readonly #visible: ReadonlySet<Operation>
  readonly #hiddenOperations: readonly Operation[]
  readonly #hiddenValues: ReadonlySet<unknown>

  #hidden: Hidden | undefined
  #usedByHidden: ReadonlySet<Component> | undefined

  constructor(index: DocumentIndex, visible: ReadonlySet<Operation>) {
    this.#hiddenOperations = index.operations.filter((operation) => !visible.has(operation))
    this.#index = index
    this.#visible = visible
    this.#hiddenValues = new Set(this.#hiddenOperations.map(({ operation }) => operation))
  }

  get hidden(): Hidden {
    this.#hidden ??= namedBy(this.#index, this.#hiddenParts())
    return this.#hidden
  }

  /** The components that hidden operations use, whether visible ones use them too or not. */
  get usedByHidden(): ReadonlySet<Component> {
    this.#usedByHidden ??= usedBy(this.#index, this.#hiddenParts())
    return this.#usedByHidden
  }

  *#hiddenParts(): Iterable<Pick<Part, 'value' | 'type'>> {
    for (const { operation } of this.#hiddenOperations) yield { value: operation, type: OPERATION }
    for (const { at, shared } of this.#index.items)
      if (!this.showsItem(...at)) yield { value: shared, type: PATH_ITEM }
  }

  has(operation: Operation): boolean {
    return this.#visible.has(operation)
  }

  /** Whether a path item has a visible operation. */
  showsItem(container: string, name: string): boolean {
    const item = this.#index.item(container, name)
    return item?.operations.some((operation) => this.has(operation)) === true
  }

  /** Whether nothing at this place is in the result. */
  isGone(tokens: readonly string[]): boolean {
    const [container = '', name = ''] = tokens
    if (tokens.length < 2 || !PATH_ITEM_FIELDS.has(container) || !isPathItem(container, name)) return false
    const item = this.#index.item(container, name)
    if (!item?.operations.some((operation) => this.has(operation))) return true
    return item.operations.some(
      (operation) => !this.has(operation) && operation.at.every((token, depth) => token === tokens[depth]),
    )
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
