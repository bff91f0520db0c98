import { isObject } from '../document/json.ts'
import { isPathItem, type Operation, PATH_ITEMS } from '../document/operations.ts'
import type { Location } from '../document/pointer.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { OPERATION } from './grammar.ts'
import { addAll, type Component } from './uses.ts'

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
  const open: Pick<Part, 'value' | 'kind'>[] = operations.map(({ operation }) => ({
    value: operation,
    kind: OPERATION,
  }))
  for (let part = open.pop(); part; part = open.pop()) {
    const uses = index.usesOf(part)
    for (const id of uses.operationIds) operationIds.add(id)
    for (const [scheme, asked] of uses.schemes) addAll(scopes, scheme, asked)
    for (const component of uses.components) {
      if (!components.has(component)) open.push(component)
      components.add(component)
    }
  }
  return { components, operationIds, scopes }
}

/** Which operations of a document are visible, and what that means for places in it. */
export class Selection {
  readonly #index: DocumentIndex
  readonly #visible: ReadonlySet<Operation>
  readonly #hiddenOperations: readonly Operation[]
  readonly #hiddenValues: ReadonlySet<unknown>

  #hidden: Hidden | undefined

  constructor(index: DocumentIndex, visible: ReadonlySet<Operation>) {
    this.#hiddenOperations = index.operations.filter((operation) => !visible.has(operation))
    this.#index = index
    this.#visible = visible
    this.#hiddenValues = new Set(this.#hiddenOperations.map(({ operation }) => operation))
  }

  get hidden(): Hidden {
    this.#hidden ??= namedBy(this.#index, this.#hiddenOperations)
    return this.#hidden
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
    if (tokens.length < 2 || !PATH_ITEMS.has(container) || !isPathItem(container, name)) return false
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
