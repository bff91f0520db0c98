import { isObject } from '../document.ts'
import { SHAPES } from './shapes.ts'

type Fields = Record<string, unknown>

/** Where a value is: in what, and under which key. */
export interface Slot {
  readonly holder: Fields
  readonly key: string
}

/** A reference, where it was found. */
export interface Reference {
  readonly ref: string
  readonly shape: string
  /** The keys from the root of its file to it. */
  readonly place: readonly string[]
  /** What it stands in; a mapping's reference stands in none. */
  readonly node: Fields | undefined
  /** Writes another reference in its place. */
  point(ref: string): void
  /** Puts what it refers to in its place, under the fields that stand beside it, and looks through what came. */
  replace(value: unknown, place: readonly string[], found: Found): void
}

/** What a look through a document is for. */
export interface Found {
  /** Whether a reference is one to be found. */
  wants(ref: string): boolean
  reference(reference: Reference): void
  /** Called with each schema that has an identifier. */
  identified(schema: Fields, id: string): void
}

// A mapping has names of schemas, too.
const isMappedReference = (value: unknown): value is string =>
  typeof value === 'string' && (/[#/]/.test(value) || /\.(?:json|ya?ml)$/i.test(value))

function findMapped(schema: Fields, path: readonly string[], found: Found): void {
  const { discriminator } = schema
  const mapping = isObject(discriminator) ? discriminator['mapping'] : undefined
  for (const [key, ref] of Object.entries(isObject(mapping) ? mapping : {})) {
    if (!isMappedReference(ref) || !found.wants(ref)) continue
    found.reference({
      ref,
      shape: 'schema',
      place: [...path, 'discriminator', 'mapping', key],
      node: undefined,
      point(to) {
        ;(mapping as Fields)[key] = to
      },
      replace() {},
    })
  }
}

function referenceOf(
  node: Fields,
  ref: string,
  shape: string,
  path: readonly string[],
  slot: Slot,
): Reference {
  return {
    ref,
    shape,
    place: [...path],
    node,
    point(to) {
      node['$ref'] = to
    },
    replace(value, place, found) {
      if (!isObject(value)) {
        slot.holder[slot.key] = value
        findReferences(slot, shape, found, [...place])
        return
      }
      delete node['$ref']
      const keys = Object.keys(value).filter((key) => !Object.hasOwn(node, key))
      for (const key of keys) node[key] = value[key]
      findIn(node, keys, shape, found, [...place], slot)
    },
  }
}

// `path` is one list that grows and shrinks on the way: a large document has a million places and few references.
function findIn(
  node: Fields,
  keys: readonly string[],
  shape: string,
  found: Found,
  path: string[],
  slot: Slot,
): void {
  const { fields, each } = SHAPES[shape] ?? {}
  for (const key of keys) {
    const member = node[key]
    if (typeof member === 'string') {
      if (key === '$ref' && found.wants(member)) found.reference(referenceOf(node, member, shape, path, slot))
      else if (key === '$id' && shape === 'schema') found.identified(node, member)
      continue
    }
    if (key === 'discriminator' && shape === 'schema') findMapped(node, path, found)
    const inner = fields && Object.hasOwn(fields, key) ? fields[key] : key.startsWith('x-') ? undefined : each
    if (inner === undefined || typeof member !== 'object') continue
    path.push(key)
    findReferences({ holder: node, key }, inner, found, path)
    path.pop()
  }
}

/** Finds the references in what is in a slot. */
export function findReferences(slot: Slot, shape: string, found: Found, path: string[] = []): void {
  const value = slot.holder[slot.key]
  if (isObject(value)) findIn(value, Object.keys(value), shape, found, path, slot)
  if (!Array.isArray(value)) return
  for (const key of value.keys()) {
    path.push(String(key))
    findReferences({ holder: value as unknown as Fields, key: String(key) }, shape, found, path)
    path.pop()
  }
}
