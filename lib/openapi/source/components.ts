import type { OpenApiDocument } from '../document.ts'
import { isObject } from '../json.ts'
import { pointerOf } from '../pointer.ts'
import type { Reference } from './references.ts'
import type { Refuse } from './source-error.ts'

type Fields = Record<string, unknown>

/** What is put among the components of a document, since references lead to it. */
export interface Part {
  /** Where it came from. */
  readonly id: string
  /** Where such things are kept: `['components', 'schemas']`. */
  readonly section: readonly string[]
  readonly suggestion: string
  readonly uses: Reference[]
  value: unknown
}

const isAlias = (value: unknown): value is { $ref: string } =>
  isObject(value) && typeof value['$ref'] === 'string' && Object.keys(value).length === 1

function sectionOf(document: OpenApiDocument, keys: readonly string[]): Fields {
  let holder = document as Fields
  for (const key of keys) {
    const inner = holder[key]
    const next = isObject(inner) ? inner : {}
    holder[key] = next
    holder = next
  }
  return holder
}

// Where a component is nothing but a reference to a part, the part takes its place and its name.
function nameByAliases(document: OpenApiDocument, parts: readonly Part[], names: Map<Part, string>): void {
  const byNode = new Map(
    parts.flatMap((part) => part.uses.map(({ node }) => [node as unknown, part] as const)),
  )
  for (const holder of new Set(parts.map(({ section }) => sectionOf(document, section)))) {
    for (const [name, value] of Object.entries(holder)) {
      const part = isAlias(value) ? byNode.get(value) : undefined
      if (!part || names.has(part)) continue
      names.set(part, name)
      holder[name] = part.value
    }
  }
}

function nameFreely(document: OpenApiDocument, part: Part): string {
  const holder = sectionOf(document, part.section)
  const wanted = part.suggestion.replace(/[^\w.-]+/g, '_') || 'part'
  let name = wanted
  // Not a name that every object has, either.
  for (let count = 2; name in holder; count++) name = `${wanted}_${count}`
  holder[name] = part.value
  return name
}

// Parts that refer to each other in a circle and have nothing else in them mean nothing.
function refuseCircles(references: ReadonlyMap<Part, string>, refuse: (part: Part) => Refuse): void {
  const parts = new Map([...references].map(([part, reference]) => [reference, part]))
  for (const part of references.keys()) {
    const passed = new Set<Part>()
    let at: Part | undefined = part
    while (at) {
      if (passed.has(at)) refuse(part)('leads back to itself')
      passed.add(at)
      at = isAlias(at.value) ? parts.get(at.value.$ref) : undefined
    }
  }
}

/** Puts parts among the components of a document, and points what refers to them there. */
export function placeParts(
  document: OpenApiDocument,
  parts: readonly Part[],
  refuse: (part: Part) => Refuse,
): void {
  // In the order of their files: whichever was read first, the document is the same.
  const sorted = [...parts].sort((a, b) => (a.id < b.id ? -1 : 1))
  const names = new Map<Part, string>()
  nameByAliases(document, sorted, names)
  const references = new Map<Part, string>()
  for (const part of sorted) {
    const name = names.get(part) ?? nameFreely(document, part)
    references.set(part, `#${pointerOf([...part.section, name])}`)
  }
  for (const [part, reference] of references) for (const use of part.uses) use.point(reference)
  refuseCircles(references, refuse)
}
