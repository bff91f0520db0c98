import type { OpenApiDocument } from '../document.ts'
import { isObject, member } from '../json.ts'
import { type Operation, operationsOf, PATH_ITEMS } from '../operations.ts'
import { type Location, locate } from '../pointer.ts'
import { ANY, componentKind, type Kind, OPERATION, SCHEMA, SECURITY } from './grammar.ts'
import { type Component, nameOf, type Resolver, type Uses, usesIn } from './uses.ts'

/** A piece of a document that stands in the result at `at`. */
export interface Part {
  readonly at: readonly string[]
  readonly value: unknown
  readonly kind: Kind
}

type Section = readonly [at: readonly string[], kind: Kind]

const valueAt = (document: OpenApiDocument, at: readonly string[]): unknown =>
  at.reduce<unknown>((value, name) => member(value, name), document)

/** The places of a document that hold components. */
export function sectionsOf(document: OpenApiDocument): readonly Section[] {
  const inComponents = Object.keys(document['components'] ?? {}).map((name) => ['components', name])
  const all = [...inComponents, ...Object.keys(document).map((name) => [name])]
  return all.flatMap((at): Section[] => {
    const kind = componentKind(at)
    return kind && isObject(valueAt(document, at)) ? [[at, kind]] : []
  })
}

const keyOf = (at: readonly string[]): string => JSON.stringify(at)

const NOTHING: Uses = usesIn({}, ANY, { targetOf: () => ({}), schemaNamed: () => undefined })

/**
 * What is known of a document, whoever looks at it: its operations, its components, and what each part of it uses. Parts
 * are looked at when they are first asked for, and then never again.
 */
export class DocumentIndex implements Resolver {
  readonly document: OpenApiDocument
  readonly operations: readonly Operation[]
  readonly #components = new Map<string, Component>()
  readonly #uses = new Map<Kind, WeakMap<object, Uses>>()
  readonly #targets = new Map<string, ReturnType<Resolver['targetOf']>>()
  #named: ReadonlyMap<string, readonly Component[]> | undefined
  #children: ReadonlyMap<Component, readonly Component[]> | undefined

  constructor(document: OpenApiDocument) {
    this.document = document
    this.operations = operationsOf(document)
    for (const [section, kind] of sectionsOf(document)) {
      for (const [name, value] of Object.entries(valueAt(document, section) ?? {})) {
        const at = [...section, name]
        this.#components.set(keyOf(at), { at, value, kind })
      }
    }
  }

  get components(): Iterable<Component> {
    return this.#components.values()
  }

  component(at: readonly string[]): Component | undefined {
    return this.#components.get(keyOf(at))
  }

  usesOf({ value, kind }: Pick<Part, 'value' | 'kind'>): Uses {
    if (typeof value !== 'object' || value === null) return NOTHING
    const known = this.#uses.get(kind) ?? new WeakMap<object, Uses>()
    this.#uses.set(kind, known)
    const uses = known.get(value) ?? usesIn(value, kind, this)
    known.set(value, uses)
    return uses
  }

  targetOf(reference: string): ReturnType<Resolver['targetOf']> {
    const known = this.#targets.get(reference)
    if (known) return known
    const target = reference.startsWith('#') ? this.#find(locate(this.document, reference)) : {}
    this.#targets.set(reference, target)
    return target
  }

  #find(place: Location | undefined): ReturnType<Resolver['targetOf']> {
    if (!place) return {}
    const component = this.component(place.tokens.slice(0, 2)) ?? this.component(place.tokens.slice(0, 3))
    return { component, place }
  }

  schemaNamed(name: string): Component | undefined {
    return this.component(['components', 'schemas', name])
  }

  securityScheme(name: string): Component | undefined {
    return (
      this.component(['components', 'securitySchemes', name]) ?? this.component(['securityDefinitions', name])
    )
  }

  /** The components that bear a name: by `$id`, by `$anchor` or by `$dynamicAnchor`, in any schema within. */
  named(reference: string): readonly Component[] {
    this.#named ??= groupBy(this.components, (component) => this.usesOf(component).namesBorne)
    return this.#named.get(nameOf(reference)) ?? []
  }

  /** The schemas that extend a schema by `allOf`: where that has a discriminator, nothing else need name them. */
  childrenOf(parent: Component): readonly Component[] {
    this.#children ??= groupBy(this.components, (component) => this.#parentsOf(component))
    return this.#children.get(parent) ?? []
  }

  #parentsOf({ value, kind }: Component): readonly Component[] {
    const extended = kind === SCHEMA ? member(value, 'allOf') : undefined
    if (!Array.isArray(extended)) return []
    return extended.flatMap((schema) => {
      const reference = member(schema, '$ref')
      const parent = typeof reference === 'string' ? this.targetOf(reference).component : undefined
      return parent ? [parent] : []
    })
  }

  /** What is there for every reader: all but path items and components. */
  get common(): readonly Part[] {
    const extensions = ['components', 'paths'].flatMap((container) =>
      Object.entries(member(this.document, container) ?? {})
        .filter(([name]) => name.startsWith('x-'))
        .map(([name, value]) => ({ at: [container, name], value, kind: ANY })),
    )
    const fields = Object.entries(this.document)
      .filter(([name]) => name !== 'components' && !PATH_ITEMS.has(name) && !componentKind([name]))
      .map(([name, value]) => ({ at: [name], value, kind: name === 'security' ? SECURITY : ANY }))
    return [...fields, ...extensions]
  }

  /** Everything that any view may ask for, to look at it ahead of time. */
  *parts(): Iterable<Part> {
    yield* this.common
    yield* this.components
    for (const { at, operation } of this.operations) yield { at, value: operation, kind: OPERATION }
  }
}

function groupBy<Name>(
  components: Iterable<Component>,
  namesOf: (component: Component) => Iterable<Name>,
): ReadonlyMap<Name, readonly Component[]> {
  const groups = new Map<Name, Component[]>()
  for (const component of components) {
    for (const name of namesOf(component)) groups.set(name, [...(groups.get(name) ?? []), component])
  }
  return groups
}

const indexes = new WeakMap<OpenApiDocument, DocumentIndex>()

/** The index of a document, made once: the document is taken not to change any more. */
export function indexOf(document: OpenApiDocument): DocumentIndex {
  const index = indexes.get(document) ?? new DocumentIndex(document)
  indexes.set(document, index)
  return index
}
