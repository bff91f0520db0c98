import { member } from '../json.ts'
import { LINK, type ObjectType, SCHEMA } from '../object-types.ts'
import { addAll, type Component, type References } from './collect-references.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { tagParts } from './tags.ts'

type TypedValue = Pick<Part, 'value' | 'type'>

/** What the hidden operations refer to, directly or not. */
export interface Hidden {
  readonly components: ReadonlySet<Component>
  readonly operationIds: ReadonlySet<string>
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>
}

/** Whether a component is a schema that stands for those that extend it, though nothing refers to them. */
export const impliesChildren = ({ type, value }: Component): boolean =>
  type === SCHEMA && member(value, 'discriminator') !== undefined

/** Follows the references of hidden parts. They may lead in a circle: each value is visited once. */
class HiddenReferences implements Hidden {
  readonly components = new Set<Component>()
  readonly operationIds = new Set<string>()
  readonly scopes = new Map<string, Set<string>>()
  readonly #index: DocumentIndex
  readonly #withImplied: boolean
  readonly #open: TypedValue[] = []
  readonly #seen = new Set<unknown>()

  constructor(index: DocumentIndex, withImplied: boolean) {
    this.#index = index
    this.#withImplied = withImplied
  }

  follow(parts: Iterable<TypedValue>): this {
    for (const part of parts) this.#open.push(part)
    for (let part = this.#open.pop(); part; part = this.#open.pop()) this.#add(this.#index.referencesIn(part))
    return this
  }

  #visit(value: unknown, type: ObjectType): void {
    if (this.#seen.has(value)) return
    this.#seen.add(value)
    this.#open.push({ value, type })
  }

  #addComponent(component: Component | undefined): void {
    if (!component || this.components.has(component)) return
    this.components.add(component)
    this.#visit(component.value, component.type)
    if (this.#withImplied && impliesChildren(component))
      for (const child of this.#index.childrenOf(component)) this.#addComponent(child)
  }

  #add(references: References): void {
    const { security } = this.#index
    for (const id of references.operationIds) this.operationIds.add(id)
    for (const [scheme, scopes] of references.schemes) {
      addAll(this.scopes, scheme, scopes)
      this.#addComponent(this.#index.securityScheme(scheme))
    }
    if (references.inheritsSecurity) this.#visit(security.value, security.type)
    for (const component of references.components) this.#addComponent(component)
    for (const name of references.namesUsed)
      for (const component of this.#index.named(name)) this.#addComponent(component)
    for (const { target, type } of references.places) {
      this.#addComponent(this.#index.componentAt(target.tokens))
      this.#visit(target.value, type)
    }
    for (const { value } of references.links) this.#visit(value, LINK)
    if (this.#withImplied)
      for (const { value, type } of tagParts(this.#index.document, references.tags)) this.#visit(value, type)
  }
}

/** What hidden parts name, directly or not. */
export const namedBy = (index: DocumentIndex, parts: Iterable<TypedValue>): Hidden =>
  new HiddenReferences(index, false).follow(parts)

/** The components that hidden parts refer to: those that they name, and those that are implied. */
export const usedBy = (index: DocumentIndex, parts: Iterable<TypedValue>): ReadonlySet<Component> =>
  new HiddenReferences(index, true).follow(parts).components
