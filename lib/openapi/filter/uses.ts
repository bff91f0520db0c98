import { isObject, type JsonObject } from '../json.ts'
import {
  DATA,
  DISCRIMINATOR,
  EXAMPLE,
  EXAMPLE_VALUE,
  type Kind,
  LINK,
  OPERATION,
  PATH_ITEM,
  SCHEMA,
  SECURITY,
} from '../object-types.ts'
import type { Location } from '../pointer.ts'

/** Something in a document that others refer to by name, and that stays while it is used. */
export interface Component {
  readonly at: readonly string[]
  readonly value: unknown
  readonly kind: Kind
}

/** A reference to a place that may go without being a component. */
export interface PlaceReference {
  /** The members that lead to it: to the object with `$ref`, or to the text in a discriminator's mapping. */
  readonly path: readonly string[]
  readonly isMapping: boolean
  /** What is expected there. */
  readonly kind: Kind
  readonly target: Location
}

export interface LinkUse {
  readonly path: readonly string[]
  readonly value: JsonObject
}

/** All that one part of a document names of the others. */
export interface Uses {
  readonly components: Set<Component>
  readonly places: PlaceReference[]
  readonly links: LinkUse[]
  /** References by `$id`, `$anchor` or `$dynamicAnchor`, and what bears such a name. */
  readonly namesUsed: Set<string>
  readonly namesBorne: Set<string>
  /** The scopes that are asked for, by security scheme. */
  readonly schemes: Map<string, Set<string>>
  readonly tags: Set<string>
  readonly operationIds: Set<string>
  /** Whether an operation leaves its security to the document. */
  inheritsSecurity: boolean
}

/** Resolves the references of one document. */
export interface Resolver {
  targetOf(reference: string): {
    readonly component?: Component | undefined
    /** The component at that place, where it is taken for a place like any other. */
    readonly barred?: Component | undefined
    readonly place?: Location
  }
  /** The schema that a discriminator's mapping means by a bare name. */
  schemaNamed(name: string): Component | undefined
}

interface Frame {
  readonly value: object
  readonly kind: Kind
  readonly key: string
  readonly parent: Frame | undefined
  readonly depth: number
}

function pathOf(frame: Frame): readonly string[] {
  const path: string[] = []
  for (let at = frame; at.parent; at = at.parent) path.push(at.key)
  return path.reverse()
}

function isWithinItself(frame: Frame): boolean {
  for (let above = frame.parent; above; above = above.parent) if (above.value === frame.value) return true
  return false
}

// A circle of objects has no JSON; looked for now and then only, because each look climbs all the way up.
const LOOK_FOR_CIRCLES = 1000

function checkDepth(frame: Frame): void {
  if (frame.depth % LOOK_FOR_CIRCLES === 0 && isWithinItself(frame))
    throw new TypeError(`The document contains itself, at ${pathOf(frame).slice(0, 5).join('.')}`)
}

/** What a part uses that uses nothing. */
export const nothing = (): Uses => ({
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

/** One look at a part of a document. A loop and a list, so that no depth of nesting is too much. */
class Look {
  readonly uses: Uses = nothing()
  readonly #resolver: Resolver
  readonly #open: Frame[] = []

  constructor(resolver: Resolver) {
    this.#resolver = resolver
  }

  through(value: object, kind: Kind): Uses {
    this.#open.push({ value, kind, key: '', parent: undefined, depth: 1 })
    for (let frame = this.#open.pop(); frame; frame = this.#open.pop()) {
      checkDepth(frame)
      if (Array.isArray(frame.value)) this.#openAll(frame, () => frame.kind)
      else if (!this.#isLinkWithin(frame)) this.#lookAt(frame)
    }
    return this.uses
  }

  #openAll(parent: Frame, kindOf: (key: string) => Kind): void {
    for (const [key, value] of Object.entries(parent.value) as [string, unknown][]) {
      if (typeof value !== 'object' || value === null) continue
      const kind = kindOf(key)
      if (kind !== DATA) this.#open.push({ value, kind, key, parent, depth: parent.depth + 1 })
    }
  }

  // Whether a link stays is known when all operations are: it is looked at then, by itself.
  #isLinkWithin(frame: Frame): boolean {
    if (frame.kind !== LINK || !frame.parent) return false
    this.uses.links.push({ path: pathOf(frame), value: frame.value as JsonObject })
    return true
  }

  #lookAt(frame: Frame): void {
    const { kind } = frame
    const value = frame.value as JsonObject
    if (typeof value['$ref'] === 'string') this.#reference(frame, value['$ref'], false)
    if (kind === SCHEMA) this.#schema(value)
    if (kind === SECURITY) this.#requirement(value)
    if (kind === OPERATION) this.#operation(value)
    if (kind === DISCRIMINATOR) this.#discriminator(frame, value)
    this.#openAll(frame, (key) => kind.fields.get(key) ?? kind.rest)
  }

  #reference(frame: Frame, reference: string, isMapping: boolean): void {
    const { component, barred, place } = this.#resolver.targetOf(reference)
    if (frame.kind === EXAMPLE_VALUE && (component ?? barred)?.kind !== EXAMPLE) return
    const isWhole = component && place && place.tokens.length === component.at.length
    if (component && (component.kind !== PATH_ITEM || (isWhole && frame.kind === PATH_ITEM)))
      this.uses.components.add(component)
    else if (place)
      this.uses.places.push({
        path: pathOf(frame),
        isMapping,
        kind: isMapping ? SCHEMA : frame.kind,
        target: place,
      })
    else this.uses.namesUsed.add(reference)
  }

  #schema(schema: JsonObject): void {
    for (const key of ['$id', '$anchor', '$dynamicAnchor']) {
      const name = schema[key]
      if (typeof name === 'string') this.uses.namesBorne.add(nameOf(name))
    }
    if (typeof schema['$dynamicRef'] === 'string') {
      const { component } = this.#resolver.targetOf(schema['$dynamicRef'])
      if (component) this.uses.components.add(component)
      else this.uses.namesUsed.add(schema['$dynamicRef'])
    }
  }

  #operation({ tags, operationId, security }: JsonObject): void {
    if (!Array.isArray(security)) this.uses.inheritsSecurity = true
    if (typeof operationId === 'string') this.uses.operationIds.add(operationId)
    if (Array.isArray(tags)) for (const tag of tags) this.uses.tags.add(String(tag))
  }

  #discriminator(frame: Frame, { mapping, defaultMapping }: JsonObject): void {
    const entries: [readonly string[], unknown][] = [[['defaultMapping'], defaultMapping]]
    if (isObject(mapping))
      for (const [name, meant] of Object.entries(mapping)) entries.push([['mapping', name], meant])
    for (const [path, meant] of entries) if (typeof meant === 'string') this.#mapping(frame, path, meant)
  }

  #mapping(frame: Frame, path: readonly string[], meant: string): void {
    const schema = this.#resolver.schemaNamed(meant)
    if (schema) {
      this.uses.components.add(schema)
      return
    }
    let at = frame
    for (const key of path) at = { value: frame.value, kind: SCHEMA, key, parent: at, depth: at.depth + 1 }
    this.#reference(at, meant, true)
  }

  #requirement(requirement: JsonObject): void {
    for (const [name, scopes] of Object.entries(requirement))
      addAll(this.uses.schemes, name, Array.isArray(scopes) ? scopes.map(String) : [])
  }
}

/** Adds values to the set that a map has under a name. */
export function addAll(sets: Map<string, Set<string>>, name: string, values: Iterable<string>): void {
  const set = sets.get(name) ?? new Set()
  for (const value of values) set.add(value)
  sets.set(name, set)
}

/** What a schema is called by its `$id` or anchor, or by a reference to one: the last part of either. */
export const nameOf = (reference: string): string =>
  reference.replace(/^#/, '').replace(/#.*$/s, '').replace(/^.*\//s, '')

/** What a part of a document uses. */
export const usesIn = (value: object, kind: Kind, resolver: Resolver): Uses =>
  new Look(resolver).through(value, kind)
