import type { JsonObject } from '../json.ts'
import {
  DATA,
  EXAMPLE,
  EXAMPLE_VALUE,
  LINK,
  type ObjectType,
  OPERATION,
  PATH_ITEM,
  SECURITY_REQUIREMENT,
} from '../object-types.ts'
import type { Location } from '../pointer.ts'
import { type ObjectNode, pathOf, type ReferenceText, referencesOf, walk } from '../walk.ts'

/** Something in a document that others refer to by name, and that stays while it is referred to. */
export interface Component {
  readonly at: readonly string[]
  readonly value: unknown
  readonly type: ObjectType
}

/** A reference to a place outside the components. */
export interface PlaceReference {
  /** The keys that lead to it: to the object with `$ref`, or to the text in a discriminator's mapping. */
  readonly path: readonly string[]
  readonly isMapping: boolean
  /** The type of what should be there. */
  readonly type: ObjectType
  readonly target: Location
}

/** A Link Object, with the keys that lead to it. */
export interface FoundLink {
  readonly path: readonly string[]
  readonly value: JsonObject
}

/** Everything in a document that one part of it refers to. */
export interface References {
  readonly components: Set<Component>
  readonly places: PlaceReference[]
  readonly links: FoundLink[]
  /** The names of schemas that are referred to by `$id`, `$anchor` or `$dynamicAnchor`. */
  readonly namesUsed: Set<string>
  /** The names that schemas in the part have themselves. */
  readonly namesBorne: Set<string>
  /** The required scopes, by security scheme. */
  readonly schemes: Map<string, Set<string>>
  readonly tags: Set<string>
  /** The `operationId`s of the operations in the part. */
  readonly operationIds: Set<string>
  /** Whether an operation has no `security` of its own, so that the document's applies. */
  inheritsSecurity: boolean
}

/** Resolves the references of one document. */
export interface Resolver {
  targetOf(reference: string): {
    readonly component?: Component | undefined
    /** The component at that place, where the reference to it is to be treated as one to a place. */
    readonly withheld?: Component | undefined
    readonly place?: Location
  }
  /** The schema that a discriminator's mapping means by its name alone. */
  schemaNamed(name: string): Component | undefined
}

export const noReferences = (): References => ({
  components: new Set(),
  places: [],
  links: [],
  namesUsed: new Set(),
  namesBorne: new Set(),
  schemes: new Map(),
  tags: new Set(),
  operationIds: new Set(),
  inheritsSecurity: false,
})

/** Adds values to the set that a map has under a name. */
export function addAll(sets: Map<string, Set<string>>, name: string, values: Iterable<string>): void {
  const set = sets.get(name) ?? new Set()
  for (const value of values) set.add(value)
  sets.set(name, set)
}

/** The name of a schema in its `$id` or anchor, or in a reference to one: the last part of either. */
export const nameOf = (reference: string): string =>
  reference.replace(/^#/, '').replace(/#.*$/s, '').replace(/^.*\//s, '')

/** Collects what one part of a document refers to. */
class Collector {
  readonly references: References = noReferences()
  readonly #resolver: Resolver

  constructor(resolver: Resolver) {
    this.#resolver = resolver
  }

  readonly enters = (type: ObjectType): boolean => type !== DATA

  readonly visit = (node: ObjectNode): boolean => {
    const { value, type } = node
    // Whether a link stays is decided when all visible operations are known, so links are looked at then.
    if (type === LINK && node.parent) {
      this.references.links.push({ path: pathOf(node), value })
      return false
    }
    for (const reference of referencesOf(node)) this.#add(node, reference)
    for (const field of type.identifiers) this.#addName(value[field])
    if (type === SECURITY_REQUIREMENT) this.#addRequirement(value)
    if (type === OPERATION) this.#addOperation(value)
    return true
  }

  #add(node: ObjectNode, reference: ReferenceText): void {
    const { form, text } = reference
    if (form === 'reference') this.#addReference(node, reference)
    if (form === 'dynamicReference') this.#addDynamicReference(text)
    if (form === 'schemaNameOrReference') this.#addMapping(node, reference)
  }

  #addReference(node: ObjectNode, { form, key, text, to }: ReferenceText): void {
    const { component, withheld, place } = this.#resolver.targetOf(text)
    if (to === EXAMPLE_VALUE && (component ?? withheld)?.type !== EXAMPLE) return
    const isWhole = component && place && place.tokens.length === component.at.length
    if (component && (component.type !== PATH_ITEM || (isWhole && to === PATH_ITEM)))
      this.references.components.add(component)
    else if (place) {
      const isMapping = form === 'schemaNameOrReference'
      const path = isMapping ? [...pathOf(node), key] : pathOf(node)
      this.references.places.push({ path, isMapping, type: to, target: place })
    } else this.references.namesUsed.add(text)
  }

  #addDynamicReference(text: string): void {
    const { component } = this.#resolver.targetOf(text)
    if (component) this.references.components.add(component)
    else this.references.namesUsed.add(text)
  }

  #addMapping(node: ObjectNode, reference: ReferenceText): void {
    const schema = this.#resolver.schemaNamed(reference.text)
    if (schema) this.references.components.add(schema)
    else this.#addReference(node, reference)
  }

  #addName(name: unknown): void {
    if (typeof name === 'string') this.references.namesBorne.add(nameOf(name))
  }

  #addOperation({ tags, operationId, security }: JsonObject): void {
    if (!Array.isArray(security)) this.references.inheritsSecurity = true
    if (typeof operationId === 'string') this.references.operationIds.add(operationId)
    if (Array.isArray(tags)) for (const tag of tags) this.references.tags.add(String(tag))
  }

  #addRequirement(requirement: JsonObject): void {
    for (const [name, scopes] of Object.entries(requirement))
      addAll(this.references.schemes, name, Array.isArray(scopes) ? scopes.map(String) : [])
  }
}

/** Everything in its document that a value refers to. */
export function collectReferences(value: object, type: ObjectType, resolver: Resolver): References {
  const collector = new Collector(resolver)
  walk(value, type, collector)
  return collector.references
}
