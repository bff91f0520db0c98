import { isObject, member } from '../json.ts'
import { type Kind, LINK } from '../object-types.ts'
import type { Change } from '../patch.ts'
import { locate, referenceTo } from '../pointer.ts'
import type { Steps } from '../time-slices.ts'
import type { DocumentIndex, Part } from './document-index.ts'
import { hasHeirs } from './hidden.ts'
import type { Selection } from './selection.ts'
import {
  addAll,
  type Component,
  type LinkUse,
  type PlaceReference,
  type Resolver,
  type Uses,
  usesIn,
} from './uses.ts'

/** All that the visible operations use, and what has to be changed in it so that it names nothing else. */
export class Closure {
  readonly tags = new Set<string>()
  readonly scopes = new Map<string, Set<string>>()
  readonly changes: Change[] = []
  /** Whether an operation leaves its security to the document. */
  inheritsSecurity = false
  readonly #components = new Set<unknown>()
  readonly #index: DocumentIndex
  readonly #selection: Selection
  readonly #open: Part[] = []
  readonly #operationIds = new Set<string>()
  readonly #moved = new Map<string, readonly string[]>()
  #movedCount = 0
  #links: (readonly [Part, LinkUse])[] = []
  #isCommon = false

  constructor(index: DocumentIndex, selection: Selection) {
    this.#index = index
    this.#selection = selection
  }

  /** Adds what is seen, all of it at once, and whatever that uses. */
  *add(parts: readonly Part[]): Steps<void> {
    for (const part of parts) this.#open.push(part)
    yield* this.#follow()
    // Links last: all operations are known by now.
    for (let links = this.#links; links.length > 0; links = this.#links) {
      this.#links = []
      for (const [part, link] of links) this.#link(part, link)
      yield* this.#follow()
    }
  }

  /**
   * Adds what every reader is shown, whatever they see of the operations. It brings nothing into the view that a hidden
   * operation uses and no visible one does: references to that are taken out of it. So it comes last.
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
      this.#use(part, this.#usesOf(part))
      yield
    }
  }

  #isBarred(component: Component | undefined): boolean {
    return (
      this.#isCommon &&
      component !== undefined &&
      !this.#components.has(component) &&
      this.#selection.usedByHidden.has(component)
    )
  }

  // Where a component is barred, the places of the references to it are looked for: they have to be taken out.
  #usesOf(part: Part): Uses {
    const uses = this.#index.usesOf(part)
    if (![...uses.components].some((component) => this.#isBarred(component))) return uses
    return usesIn(part.value as object, part.kind, this.#barring)
  }

  readonly #barring: Resolver = {
    targetOf: (reference) => {
      const target = this.#index.targetOf(reference)
      const component = target.component ?? this.#index.schemaNamed(reference)
      if (!component || !this.#isBarred(component)) return target
      return { barred: component, place: target.place ?? { tokens: component.at, value: component.value } }
    },
    schemaNamed: (name) => {
      const schema = this.#index.schemaNamed(name)
      return this.#isBarred(schema) ? undefined : schema
    },
  }

  #use(part: Part, uses: Uses): void {
    for (const component of uses.components) this.#keep(component)
    for (const name of uses.namesUsed) for (const component of this.#index.named(name)) this.#keep(component)
    for (const [scheme, scopes] of uses.schemes) this.#keepScheme(scheme, scopes)
    if (!this.#isCommon) {
      this.inheritsSecurity ||= uses.inheritsSecurity
      for (const tag of uses.tags) this.tags.add(tag)
    }
    for (const id of uses.operationIds) this.#operationIds.add(id)
    for (const reference of uses.places) this.#reference(part, reference)
    for (const link of uses.links) this.#links.push([part, link])
  }

  #keep(component: Component): void {
    if (this.#components.has(component) || this.#isBarred(component)) return
    this.#components.add(component)
    this.#open.push(component)
    if (hasHeirs(component)) this.#keepHeirs(component)
  }

  // A discriminator means the schemas that extend its own, though nothing refers to them. Those that a hidden operation
  // names are not meant: they could be what it alone uses.
  #keepHeirs(parent: Component): void {
    for (const heir of this.#index.childrenOf(parent)) {
      if (this.#components.has(heir) || this.#selection.hidden.components.has(heir)) continue
      this.#keep(heir)
      this.#keepHeirs(heir)
    }
  }

  #keepScheme(name: string, scopes: Iterable<string>): void {
    const scheme = this.#index.securityScheme(name)
    if (scheme) this.#keep(scheme)
    addAll(this.scopes, name, scopes)
  }

  // A reference to what is not among the components: to a value in another operation, as bundlers write it.
  #reference(part: Part, { path, isMapping, kind, target }: PlaceReference): void {
    const at = [...part.at, ...path]
    const component = this.#index.componentAt(target.tokens)
    const isGone = component
      ? this.#isBarred(component) || this.#selection.holdsHidden(component.value)
      : this.#selection.isGone(target.tokens)
    if (component && !isGone) this.#keep(component)
    if (!isGone) return
    if (this.#isCommon || this.#selection.isHiddenOperation(target))
      this.changes.push({ at, value: isMapping ? undefined : {} })
    else {
      const value = referenceTo(this.#move(target.tokens, target.value, kind))
      this.changes.push({ at: isMapping ? at : [...at, '$ref'], value })
    }
  }

  // The value is used by a visible operation, the place belongs to a hidden one: it gets a place of its own.
  #move(tokens: readonly string[], value: unknown, kind: Kind): readonly string[] {
    const key = JSON.stringify([tokens, kind.section])
    const moved = this.#moved.get(key)
    if (moved) return moved
    const at = this.#freePlace(kind)
    this.#moved.set(key, at)
    this.changes.push({ at, value })
    this.#open.push({ at, value, kind })
    return at
  }

  #freePlace(kind: Kind): readonly string[] {
    const { document } = this.#index
    const isSwagger2 = document.swagger !== undefined
    const section = isSwagger2 ? kind.section2 : kind.section
    const place = section === undefined ? ['x-shared'] : isSwagger2 ? [section] : ['components', section]
    const there = place.reduce<unknown>(member, document)
    let name: string
    do name = `Shared${++this.#movedCount}`
    while (member(there, name) !== undefined)
    return [...place, name]
  }

  #link(part: Part, { path, value }: LinkUse): void {
    const link: Part = { at: [...part.at, ...path], value, kind: LINK }
    if (this.#leadsNowhere(value)) this.changes.push({ at: link.at, value: undefined })
    else this.#use(link, this.#usesOf(link))
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
