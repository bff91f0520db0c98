import { isObject } from '../json.ts'
import { SHAPES, type Shape } from './shapes.ts'

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
  /** What it stands in. */
  readonly node: Fields
  /**
   * Whether it does no harm where it leads nowhere: a name in a discriminator's mapping, often left over from files that
   * are gone, a dynamic reference, the operation of a link.
   */
  readonly isOptional: boolean
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
  server(server: Fields): void
}

// A mapping has names of schemas, too.
const isMappedReference = (value: unknown): value is string =>
  typeof value === 'string' && (/[#/]/.test(value) || /\.(?:json|ya?ml)$/i.test(value))

// `key` is where the reference is written in its node: `$ref`, a name in a mapping.
function referenceOf(
  node: Fields,
  key: string,
  shape: string,
  place: readonly string[],
  slot: Slot,
): Reference {
  return {
    ref: node[key] as string,
    shape,
    place,
    node,
    isOptional: key !== '$ref',
    point(to) {
      node[key] = to
    },
    replace(value, from, found) {
      if (!isObject(value)) {
        slot.holder[slot.key] = value
        findReferences(slot, shape, found, [...from])
        return
      }
      delete node[key]
      const keys = Object.keys(value).filter((name) => !Object.hasOwn(node, name))
      for (const name of keys) node[name] = value[name]
      findIn(node, keys, shape, found, [...from], slot)
    },
  }
}

function findMapped({ discriminator }: Fields, path: readonly string[], found: Found): void {
  if (!isObject(discriminator)) return
  const find = (holder: Fields, key: string, at: readonly string[]): void => {
    const ref = holder[key]
    if (isMappedReference(ref) && found.wants(ref))
      found.reference(referenceOf(holder, key, 'schema', [...path, ...at, key], { holder, key }))
  }
  const { mapping } = discriminator
  find(discriminator, 'defaultMapping', ['discriminator'])
  for (const key of isObject(mapping) ? Object.keys(mapping) : [])
    find(mapping as Fields, key, ['discriminator', 'mapping'])
}

// An anchor is left to the schemas that bear it.
const DYNAMIC_REFERENCE = /^(?:[^#]*#\/|[^#]+#?$)/

/** What is expected where a text leads that stands in this place; undefined where it is no reference. */
function expectedShape(shape: string, key: string, text: string): string | undefined {
  if (key === '$ref') return shape
  if (key === '$dynamicRef' && shape === 'schema' && DYNAMIC_REFERENCE.test(text)) return shape
  return key === 'operationRef' && shape === 'link' ? 'operation' : undefined
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
  const { fields, each, isExtensible } = SHAPES[shape] as Shape
  if (shape === 'server') found.server(node)
  for (const key of keys) {
    const member = node[key]
    if (typeof member === 'string') {
      const expected = expectedShape(shape, key, member)
      if (expected !== undefined && found.wants(member))
        found.reference(referenceOf(node, key, expected, [...path], slot))
      else if (key === '$id' && shape === 'schema') found.identified(node, member)
      continue
    }
    if (key === 'discriminator' && shape === 'schema') findMapped(node, path, found)
    const isExtension = isExtensible && key.startsWith('x-')
    const inner = fields && Object.hasOwn(fields, key) ? fields[key] : isExtension ? undefined : each
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
  const { each = shape } = SHAPES[shape] as Shape
  for (const key of value.keys()) {
    path.push(String(key))
    findReferences({ holder: value as unknown as Fields, key: String(key) }, each, found, path)
    path.pop()
  }
}
