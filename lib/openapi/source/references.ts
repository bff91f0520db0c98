import { isObject } from '../json.ts'
import {
  DATA,
  EXAMPLE_VALUE,
  type ObjectType,
  SCHEMA,
  SECURITY_REQUIREMENT,
  SERVER,
  UNKNOWN,
} from '../object-types.ts'
import { type ObjectNode, pathOf, type ReferenceText, referencesOf, walk } from '../walk.ts'

type Fields = Record<string, unknown>

/** Where a value is: in what, and under which key. */
export interface Slot {
  readonly holder: Fields
  readonly key: string
}

/** A reference, where it was found. */
export interface Reference {
  readonly ref: string
  /** The type of what it should lead to. */
  readonly type: ObjectType
  /** The keys from the root of its file to it. */
  readonly place: readonly string[]
  /** What it stands in. */
  readonly node: Fields
  /**
   * Whether it does no harm where it leads nowhere: a name in a discriminator's mapping, often left over from files that
   * are gone, a dynamic reference, the operation of a link.
   */
  readonly isOptional: boolean
  /** Writes another reference in its place. */
  point(ref: string): void
  /** Puts what it refers to in its place, below the fields that stand beside it, and looks for references in that. */
  replace(value: unknown, place: readonly string[], search: Search): void
}

/** What a search for references calls back, for everything that it finds. */
export interface Search {
  /** Whether a reference is one to be found. */
  wants(ref: string): boolean
  reference(reference: Reference): void
  /** Called with each schema that has an `$id`. */
  identified(schema: Fields, id: string): void
  server(server: Fields): void
}

// In these, what looks like a reference is data, as in examples, defaults and extensions, or the name of a scheme.
const NOT_SEARCHED: ReadonlySet<ObjectType> = new Set([DATA, EXAMPLE_VALUE, SECURITY_REQUIREMENT, UNKNOWN])

const isSearched = (type: ObjectType, key: string, within: ObjectType): boolean =>
  !NOT_SEARCHED.has(type) && !(within.isExtensible && key.startsWith('x-'))

// A mapping may have names of schemas instead.
const isMappedReference = (text: string): boolean => /[#/]/.test(text) || /\.(?:json|ya?ml)$/i.test(text)

// An anchor is left to the schemas that have it.
const DYNAMIC_REFERENCE = /^(?:[^#]*#\/|[^#]+#?$)/

function leadsToFile({ form, text }: ReferenceText): boolean {
  if (form === 'schemaNameOrReference') return isMappedReference(text)
  return form !== 'dynamicReference' || DYNAMIC_REFERENCE.test(text)
}

/** One value in which references are searched for. */
interface Root extends Slot {
  readonly type: ObjectType
  /** The keys from the root of its file to it. */
  readonly place: readonly string[]
  /** The members to search, where it is an object of which others have been searched. */
  readonly keys?: readonly string[]
}

const slotOf = (node: ObjectNode, root: Slot): Slot =>
  node.parent ? { holder: node.parent.value as unknown as Fields, key: node.key } : root

function referenceOf(node: ObjectNode, { key, text, form, to }: ReferenceText, root: Root): Reference {
  const fields = node.value as Fields
  const place = [...root.place, ...pathOf(node)]
  return {
    ref: text,
    type: to,
    place: form === 'schemaNameOrReference' ? [...place, key] : place,
    node: fields,
    isOptional: form !== 'reference',
    point(ref) {
      fields[key] = ref
    },
    replace(value, from, search) {
      const slot = slotOf(node, root)
      if (!isObject(value)) {
        slot.holder[slot.key] = value
        findReferences({ ...slot, type: to, place: from }, search)
        return
      }
      delete fields[key]
      const keys = Object.keys(value).filter((name) => !Object.hasOwn(fields, name))
      for (const name of keys) fields[name] = value[name]
      findReferences({ ...slot, type: to, place: from, keys }, search)
    },
  }
}

/** Finds the references in a value that may lead to files, in the order of the document. */
export function findReferences(root: Root, search: Search): void {
  const value = root.holder[root.key]
  if (typeof value !== 'object' || value === null) return
  const found: Reference[] = []
  const visit = (node: ObjectNode): boolean => {
    const [fields, { type }] = [node.value as Fields, node]
    if (type === SERVER) search.server(fields)
    for (const reference of referencesOf(node))
      if (leadsToFile(reference) && search.wants(reference.text))
        found.push(referenceOf(node, reference, root))
    if (type === SCHEMA && typeof fields['$id'] === 'string') search.identified(fields, fields['$id'])
    return true
  }
  walk(value, root.type, { visit, enters: isSearched }, root.keys)
  // The walk goes from the last member to the first. If several references are wrong, the error names the first one.
  for (const reference of found.reverse()) search.reference(reference)
}
