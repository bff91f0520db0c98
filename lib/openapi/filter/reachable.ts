import { isObject, member } from '../json.ts'
import { isReusable, LINK, type ObjectType, sectionOf } from '../object-types.ts'
import type { Change } from '../patch.ts'
import { locate, referenceTo } from '../pointer.ts'
import type { Steps } from '../time-slices.ts'
import {
  addAll,
  type Component,
  collectReferences,
  type FoundLink,
  type PlaceReference,
  type References,
  type Resolver,
} from './collect-references.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { impliesChildren } from './hidden.ts'
import type { Selection } from './selection.ts'

/** The components that the visible operations reach by references, and the changes that take out references to others. */
export class ReachableComponents {
  readonly tags = new Set<string>()
  readonly scopes = new Map<string, Set<string>>()
  readonly changes: Change[] = []
  /** Whether an operation has no `security` of its own, so that the document's applies. */
  inheritsSecurity = false
  readonly #components = new Set<unknown>()
  readonly #index: DocumentIndex
  readonly #selection: Selection
  readonly #open: Part[] = []
  readonly #operationIds = new Set<string>()
  readonly #moved = new Map<string, readonly string[]>()
  #movedCount = 0
  #links: (readonly [Part, FoundLink])[] = []
  #isCommon = false

  constructor(index: DocumentIndex, selection: Selection) {
    this.#index = index
    this.#selection = selection
  }

  /** Adds visible parts, all of them at once, and whatever they refer to. */
  *add(parts: readonly Part[]): Steps<void> {
    for (const part of parts) this.#open.push(part)
    yield* this.#follow()
    // Links come last, when all visible operations are known.
    for (let links = this.#links; links.length > 0; links = this.#links) {
      this.#links = []
      for (const [part, link] of links) this.#addLink(part, link)
      yield* this.#follow()
    }
  }

  /**
   * Adds the parts that every reader is shown. They may refer to a component that only hidden operations use: such a
   * reference is taken out of them. To know which components these are, this has to be called last.
   */
  *addCommon(parts: readonly Part[]): Steps<void> {
    this.#isCommon = true
    yield* this.add(parts)
  }

  has(component: Component | undefined): boolean {
    return this.#components.has(component)
  }

  *#follow(): Steps<void> {
    for (let part = this.#open.pop(); part; part = this.#open.pop()) {
      this.#addReferences(part, this.#referencesIn(part))
      yield
    }
  }

  #isWithheld(component: Component | undefined): boolean {
    return (
      this.#isCommon &&
      component !== undefined &&
      !this.#components.has(component) &&
      this.#selection.usedByHidden.has(component)
    )
  }

  // The index does not say where in a part a component is referred to. It has to be known where the component is withheld.
  #referencesIn(part: Part): References {
    const references = this.#index.referencesIn(part)
    if (![...references.components].some((component) => this.#isWithheld(component))) return references
    return collectReferences(part.value as object, part.type, this.#withholding)
  }

  readonly #withholding: Resolver = {
    targetOf: (reference) => {
      const target = this.#index.targetOf(reference)
      const component = target.component ?? this.#index.schemaNamed(reference)
      if (!component || !this.#isWithheld(component)) return target
      const place = target.place ?? { tokens: component.at, value: component.value }
      return { withheld: component, place }
    },
    schemaNamed: (name) => {
      const schema = this.#index.schemaNamed(name)
      return this.#isWithheld(schema) ? undefined : schema
    },
  }

  #addReferences(part: Part, references: References): void {
    for (const component of references.components) this.#addComponent(component)
    for (const name of references.namesUsed)
      for (const component of this.#index.named(name)) this.#addComponent(component)
    for (const [scheme, scopes] of references.schemes) this.#addScheme(scheme, scopes)
    if (!this.#isCommon) {
      this.inheritsSecurity ||= references.inheritsSecurity
      for (const tag of references.tags) this.tags.add(tag)
    }
    for (const id of references.operationIds) this.#operationIds.add(id)
    for (const reference of references.places) this.#addPlace(part, reference)
    for (const link of references.links) this.#links.push([part, link])
  }

  #addComponent(component: Component): void {
    if (this.#components.has(component) || this.#isWithheld(component)) return
    this.#components.add(component)
    this.#open.push(component)
    if (impliesChildren(component)) this.#addChildren(component)
  }

  // A discriminator stands for the schemas that extend its own, though nothing refers to them. Those that a hidden operation
  // names are left out: it may be the only one that uses them.
  #addChildren(parent: Component): void {
    for (const child of this.#index.childrenOf(parent)) {
      if (this.#components.has(child) || this.#selection.hidden.components.has(child)) continue
      this.#addComponent(child)
      this.#addChildren(child)
    }
  }

  #addScheme(name: string, scopes: Iterable<string>): void {
    const scheme = this.#index.securityScheme(name)
    if (scheme) this.#addComponent(scheme)
    addAll(this.scopes, name, scopes)
  }

  // Bundlers write references to values that stand in another operation.
  #addPlace(part: Part, { path, isMapping, type, target }: PlaceReference): void {
    const at = [...part.at, ...path]
    const component = this.#index.componentAt(target.tokens)
    const isGone = component
      ? this.#isWithheld(component) || this.#selection.holdsHidden(component.value)
      : this.#selection.isGone(target.tokens)
    if (component && !isGone) this.#addComponent(component)
    if (!isGone) return
    if (this.#isCommon || this.#selection.isHiddenOperation(target))
      this.changes.push({ at, value: isMapping ? undefined : {} })
    else {
      const value = referenceTo(this.#move(target.tokens, target.value, type))
      this.changes.push({ at: isMapping ? at : [...at, '$ref'], value })
    }
  }

  // A visible operation uses a value that stands in a hidden one: the value gets a place of its own.
  #move(tokens: readonly string[], value: unknown, type: ObjectType): readonly string[] {
    const section = this.#sectionFor(type)
    const key = JSON.stringify([tokens, section])
    const moved = this.#moved.get(key)
    if (moved) return moved
    const at = this.#freePlace(section)
    this.#moved.set(key, at)
    this.changes.push({ at, value })
    this.#open.push({ at, value, type })
    return at
  }

  #sectionFor(type: ObjectType): readonly string[] {
    const { document } = this.#index
    return isReusable(type, document) ? sectionOf(type, document) : ['x-shared']
  }

  #freePlace(section: readonly string[]): readonly string[] {
    const there = section.reduce<unknown>(member, this.#index.document)
    let name: string
    do name = `Shared${++this.#movedCount}`
    while (member(there, name) !== undefined)
    return [...section, name]
  }

  #addLink(part: Part, { path, value }: FoundLink): void {
    const link: Part = { at: [...part.at, ...path], value, type: LINK }
    if (this.#leadsNowhere(value)) this.changes.push({ at: link.at, value: undefined })
    else this.#addReferences(link, this.#referencesIn(link))
  }

  #leadsNowhere(link: unknown): boolean {
    const seen = new Set<unknown>()
    let followed = link
    while (isObject(followed) && typeof followed['$ref'] === 'string' && !seen.has(followed)) {
      seen.add(followed)
      followed = locate(this.#index.document, followed['$ref'])?.value
    }
    const [id, reference] = [member(followed, 'operationId'), member(followed, 'operationRef')]
    return (
      (typeof id === 'string' &&
        this.#selection.hidden.operationIds.has(id) &&
        !this.#operationIds.has(id)) ||
      (typeof reference === 'string' &&
        this.#selection.isGone(locate(this.#index.document, reference)?.tokens ?? []))
    )
  }
}
