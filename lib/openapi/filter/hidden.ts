import { member } from '../json.ts'
import { type Kind, LINK, SCHEMA } from '../object-types.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { tagParts } from './tags.ts'
import { addAll, type Component, type Uses } from './uses.ts'

/** What the operations that are not visible use, directly or not. */
export interface Hidden {
  readonly components: ReadonlySet<Component>
  readonly operationIds: ReadonlySet<string>
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>
}

/** Whether a component is a schema that means those that extend it, though nothing refers to them. */
export const hasHeirs = ({ kind, value }: Component): boolean =>
  kind === SCHEMA && member(value, 'discriminator') !== undefined

/** A walk through all that hidden parts use. References may lead in a circle: each value is looked at once. */
class HiddenUses implements Hidden {
  readonly components = new Set<Component>()
  readonly operationIds = new Set<string>()
  readonly scopes = new Map<string, Set<string>>()
  readonly #index: DocumentIndex
  readonly #withImplied: boolean
  readonly #open: Pick<Part, 'value' | 'kind'>[] = []
  readonly #seen = new Set<unknown>()

  constructor(index: DocumentIndex, withImplied: boolean) {
    this.#index = index
    this.#withImplied = withImplied
  }

  through(parts: Iterable<Pick<Part, 'value' | 'kind'>>): this {
    for (const part of parts) this.#open.push(part)
    for (let part = this.#open.pop(); part; part = this.#open.pop()) this.#use(this.#index.usesOf(part))
    return this
  }

  #look(value: unknown, kind: Kind): void {
    if (this.#seen.has(value)) return
    this.#seen.add(value)
    this.#open.push({ value, kind })
  }

  #keep(component: Component | undefined): void {
    if (!component || this.components.has(component)) return
    this.components.add(component)
    this.#look(component.value, component.kind)
    if (this.#withImplied && hasHeirs(component))
      for (const heir of this.#index.childrenOf(component)) this.#keep(heir)
  }

  #use(uses: Uses): void {
    const { security } = this.#index
    for (const id of uses.operationIds) this.operationIds.add(id)
    for (const [scheme, scopes] of uses.schemes) {
      addAll(this.scopes, scheme, scopes)
      this.#keep(this.#index.securityScheme(scheme))
    }
    if (uses.inheritsSecurity) this.#look(security.value, security.kind)
    for (const component of uses.components) this.#keep(component)
    for (const name of uses.namesUsed) for (const component of this.#index.named(name)) this.#keep(component)
    for (const { target, kind } of uses.places) {
      this.#keep(this.#index.componentAt(target.tokens))
      this.#look(target.value, kind)
    }
    for (const { value } of uses.links) this.#look(value, LINK)
    if (this.#withImplied)
      for (const { value, kind } of tagParts(this.#index.document, uses.tags)) this.#look(value, kind)
  }
}

/** What hidden parts name, directly or not. */
export const namedBy = (index: DocumentIndex, parts: Iterable<Pick<Part, 'value' | 'kind'>>): Hidden =>
  new HiddenUses(index, false).through(parts)

/** The components that hidden parts use: those that they name, and those that are meant without being named. */
export const usedBy = (
  index: DocumentIndex,
  parts: Iterable<Pick<Part, 'value' | 'kind'>>,
): ReadonlySet<Component> => new HiddenUses(index, true).through(parts).components
