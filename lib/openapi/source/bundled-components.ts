import type { OpenApiDocument } from '../document.ts'
import type { Refuse } from '../document-error.ts'
import { isObject } from '../json.ts'
import { pointerOf } from '../pointer.ts'
import type { Reference } from './references.ts'

type Fields = Record<string, unknown>

/** A value from another file that becomes a component of the document, because references lead to it. */
export interface BundledComponent {
  /** Where it came from. */
  readonly id: string
  /** The section of its type: `['components', 'schemas']`. */
  readonly section: readonly string[]
  readonly suggestedName: string
  readonly references: Reference[]
  value: unknown
}

const isAlias = (value: unknown): value is { $ref: string } =>
  isObject(value) && typeof value['$ref'] === 'string' && Object.keys(value).length === 1

function sectionIn(document: OpenApiDocument, keys: readonly string[]): Fields {
  let holder = document as Fields
  for (const key of keys) {
    const inner = holder[key]
    const next = isObject(inner) ? inner : {}
    holder[key] = next
    holder = next
  }
  return holder
}

// A component of the document that is nothing but a reference to a bundled one gives way to it, and gives it its name.
function nameByAliases(
  document: OpenApiDocument,
  components: readonly BundledComponent[],
  names: Map<BundledComponent, string>,
): void {
  const byNode = new Map(
    components.flatMap((component) =>
      component.references.map(({ node }) => [node as unknown, component] as const),
    ),
  )
  for (const holder of new Set(components.map(({ section }) => sectionIn(document, section)))) {
    for (const [name, value] of Object.entries(holder)) {
      const component = isAlias(value) ? byNode.get(value) : undefined
      if (!component || names.has(component)) continue
      names.set(component, name)
      holder[name] = component.value
    }
  }
}

function nameFreely(document: OpenApiDocument, component: BundledComponent): string {
  const holder = sectionIn(document, component.section)
  const wanted = component.suggestedName.replace(/[^\w.-]+/g, '_') || 'part'
  let name = wanted
  // Names that every object inherits are taken, too.
  for (let count = 2; name in holder; count++) name = `${wanted}_${count}`
  holder[name] = component.value
  return name
}

// Components that refer to each other in a circle and have nothing else in them mean nothing.
function refuseCircles(
  references: ReadonlyMap<BundledComponent, string>,
  refuse: (component: BundledComponent) => Refuse,
): void {
  const components = new Map([...references].map(([component, reference]) => [reference, component]))
  for (const component of references.keys()) {
    const passed = new Set<BundledComponent>()
    let at: BundledComponent | undefined = component
    while (at) {
      if (passed.has(at)) refuse(component)('leads back to itself')
      passed.add(at)
      at = isAlias(at.value) ? components.get(at.value.$ref) : undefined
    }
  }
}

/** Puts bundled components into a document, and points the references to them there. */
export function placeComponents(
  document: OpenApiDocument,
  components: readonly BundledComponent[],
  refuse: (component: BundledComponent) => Refuse,
): void {
  // In the order of their files: whichever was read first, the document is the same.
  const sorted = [...components].sort((a, b) => (a.id < b.id ? -1 : 1))
  const names = new Map<BundledComponent, string>()
  nameByAliases(document, sorted, names)
  const references = new Map<BundledComponent, string>()
  for (const component of sorted) {
    const name = names.get(component) ?? nameFreely(document, component)
    references.set(component, `#${pointerOf([...component.section, name])}`)
  }
  for (const [component, reference] of references)
    for (const use of component.references) use.point(reference)
  refuseCircles(references, refuse)
}
