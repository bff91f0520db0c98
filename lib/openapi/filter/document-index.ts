import type { OpenApiDocument } from '../document.ts'
import { isObject, type JsonObject, member, pick } from '../json.ts'
import {
  componentType,
  DOCUMENT,
  type ObjectType,
  OPERATION,
  PATH_ITEM,
  SCHEMA,
  SECURITY_REQUIREMENT,
  SECURITY_SCHEME,
  sectionOf,
  UNKNOWN,
} from '../object-types.ts'
import { eachOperation, type Operation, PATH_ITEM_FIELDS } from '../operations.ts'
import { type Location, locate } from '../pointer.ts'
import { collect, type Steps } from '../time-slices.ts'
import {
  type Component,
  collectReferences,
  nameOf,
  noReferences,
  type References,
  type Resolver,
} from './collect-references.ts'

/** A value of a document, with its place in the filtered one. */
export interface Part {
  readonly at: readonly string[]
  readonly value: unknown
  readonly type: ObjectType
}

/** A path item that has operations. */
export interface Item {
  readonly at: readonly [container: string, name: string]
  /** As it is written: it may be a reference. */
  readonly value: unknown
  readonly pathItem: JsonObject
  /** What all its operations share. */
  readonly shared: JsonObject
  readonly operations: readonly Operation[]
}

/** A place of a document that holds components. */
export interface Section {
  readonly at: readonly string[]
  readonly type: ObjectType
  readonly components: ReadonlyMap<string, Component>
}

type Target = ReturnType<Resolver['targetOf']>

const NO_REFERENCES = noReferences()

const NOT_COMMON: ReadonlySet<string> = new Set([
  'components',
  'security',
  'tags',
  'x-tagGroups',
  ...PATH_ITEM_FIELDS.keys(),
])

function sectionsOf(document: OpenApiDocument): readonly Section[] {
  const inComponents = Object.keys(document['components'] ?? {}).map((name) => ['components', name])
  const all = [...inComponents, ...Object.keys(document).map((name) => [name])]
  return all.flatMap((at) => {
    const type = componentType(at)
    const values = at.reduce<unknown>(member, document)
    if (!type || !isObject(values)) return []
    const components = Object.entries(values).map(([name, value]): [string, Component] => [
      name,
      { at: [...at, name], value, type },
    ])
    return [{ at, type, components: new Map(components) }]
  })
}

function itemOf(document: OpenApiDocument, operations: readonly [Operation, ...Operation[]]): Item {
  const [{ at, pathItem }] = operations
  const [container, name] = at as [string, string]
  const methods = new Set(operations.map((operation) => operation.at[2]))
  return {
    at: [container, name],
    value: member(member(document, container), name),
    pathItem,
    shared: pick(pathItem, (field) => !methods.has(field)),
    operations,
  }
}

function groupBy<Value, Name>(
  values: Iterable<Value>,
  namesOf: (value: Value) => Iterable<Name>,
): ReadonlyMap<Name, readonly [Value, ...Value[]]> {
  const groups = new Map<Name, [Value, ...Value[]]>()
  for (const value of values) {
    for (const name of namesOf(value)) {
      const group = groups.get(name)
      if (group) group.push(value)
      else groups.set(name, [value])
    }
  }
  return groups
}

// The keys of containers and sections have no slash in them.
const keyOf = (at: readonly string[]): string => at.join('/')

/**
 * What every view of a document needs to know of it: its operations, its components, and what each part refers to. The
 * references in a part are collected when they are first asked for, and kept.
 */
export class DocumentIndex implements Resolver {
  readonly document: OpenApiDocument
  readonly operations: readonly Operation[]
  readonly sections: readonly Section[]
  readonly #sections: ReadonlyMap<string, Section>
  readonly #items: ReadonlyMap<string, Item>
  readonly #references = new Map<ObjectType, WeakMap<object, References>>()
  readonly #targets = new Map<string, Target>()
  #named: ReadonlyMap<string, readonly Component[]> | undefined
  #children: ReadonlyMap<Component, readonly Component[]> | undefined

  constructor(document: OpenApiDocument, operations: readonly Operation[], items: ReadonlyMap<string, Item>) {
    this.document = document
    this.operations = operations
    this.sections = sectionsOf(document)
    this.#sections = new Map(this.sections.map((section) => [keyOf(section.at), section]))
    this.#items = items
  }

  get components(): readonly Component[] {
    return this.sections.flatMap(({ components }) => [...components.values()])
  }

  get items(): Iterable<Item> {
    return this.#items.values()
  }

  item(container: string, name: string): Item | undefined {
    return this.#items.get(keyOf([container, name]))
  }

  component(at: readonly string[]): Component | undefined {
    return this.#sections.get(keyOf(at.slice(0, -1)))?.components.get(at.at(-1) as string)
  }

  referencesIn({ value, type }: Pick<Part, 'value' | 'type'>): References {
    if (typeof value !== 'object' || value === null) return NO_REFERENCES
    const known = this.#references.get(type) ?? new WeakMap<object, References>()
    this.#references.set(type, known)
    const references = known.get(value) ?? collectReferences(value, type, this)
    known.set(value, references)
    return references
  }

  targetOf(reference: string): Target {
    const known = this.#targets.get(reference)
    if (known) return known
    const target = reference.startsWith('#') ? this.#find(locate(this.document, reference)) : {}
    this.#targets.set(reference, target)
    return target
  }

  #find(place: Location | undefined): Target {
    if (!place) return {}
    return { component: this.componentAt(place.tokens), place }
  }

  /** The component that is at a place, or around it. */
  componentAt(tokens: readonly string[]): Component | undefined {
    return this.component(tokens.slice(0, 2)) ?? this.component(tokens.slice(0, 3))
  }

  // A name in a mapping stands for a schema of the document's own version.
  schemaNamed(name: string): Component | undefined {
    return this.component([...sectionOf(SCHEMA, this.document), name])
  }

  // Whatever the version of the document: some have a section of another version.
  securityScheme(name: string): Component | undefined {
    const section = this.sections.find(
      ({ type, components }) => type === SECURITY_SCHEME && components.has(name),
    )
    return section?.components.get(name)
  }

  /** The components that have a name by `$id`, `$anchor` or `$dynamicAnchor`, in any schema within. */
  named(reference: string): readonly Component[] {
    this.#named ??= groupBy(this.components, (component) => this.referencesIn(component).namesBorne)
    return this.#named.get(nameOf(reference)) ?? []
  }

  /** The schemas that extend a schema by `allOf`. Where that has a discriminator, nothing else need refer to them. */
  childrenOf(parent: Component): readonly Component[] {
    this.#children ??= groupBy(this.components, (component) => this.#parentsOf(component))
    return this.#children.get(parent) ?? []
  }

  #parentsOf({ value, type }: Component): readonly Component[] {
    const extended = type === SCHEMA ? member(value, 'allOf') : undefined
    if (!Array.isArray(extended)) return []
    return extended.flatMap((schema) => {
      const reference = member(schema, '$ref')
      const parent = typeof reference === 'string' ? this.targetOf(reference).component : undefined
      return parent ? [parent] : []
    })
  }

  /** The security of the operations that have none of their own. */
  get security(): Part {
    return { at: ['security'], value: this.document['security'], type: SECURITY_REQUIREMENT }
  }

  /** The parts that every reader is shown: all but path items, components, tags and security. */
  get common(): readonly Part[] {
    const extensions = ['components', 'paths'].flatMap((container) =>
      Object.entries(member(this.document, container) ?? {})
        .filter(([name]) => name.startsWith('x-'))
        .map(([name, value]) => ({ at: [container, name], value, type: UNKNOWN })),
    )
    const fields = Object.entries(this.document)
      .filter(([name]) => !NOT_COMMON.has(name) && !componentType([name]))
      .map(([name, value]) => ({ at: [name], value, type: DOCUMENT.fields.get(name) ?? UNKNOWN }))
    return [...fields, ...extensions]
  }

  /** Every part that a view may ask for, so that they can be looked at ahead of time. */
  *parts(): Iterable<Part> {
    yield* this.common
    yield this.security
    yield* this.components
    for (const { at, shared } of this.items) yield { at, value: shared, type: PATH_ITEM }
    for (const { at, operation } of this.operations) yield { at, value: operation, type: OPERATION }
  }
}

const indexes = new WeakMap<OpenApiDocument, DocumentIndex>()

function* itemsOf(
  document: OpenApiDocument,
  operations: readonly Operation[],
): Steps<ReadonlyMap<string, Item>> {
  const items = new Map<string, Item>()
  for (const [key, group] of groupBy(operations, ({ at }) => [keyOf(at.slice(0, 2))])) {
    items.set(key, itemOf(document, group))
    yield
  }
  return items
}

/** The index of a document, made once: the document must not change afterwards. */
export function* indexOf(document: OpenApiDocument): Steps<DocumentIndex> {
  const known = indexes.get(document)
  if (known) return known
  const operations = yield* collect(eachOperation(document))
  const items = yield* itemsOf(document, operations)
  const index = new DocumentIndex(document, operations, items)
  indexes.set(document, index)
  return index
}
