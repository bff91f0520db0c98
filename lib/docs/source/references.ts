import { isObject } from '../document.ts'
import { below, type Place } from './pointer.ts'
import { SHAPES } from './shapes.ts'

type Fields = Record<string, unknown>

/** A reference, where it was found. */
export interface Reference {
  readonly ref: string
  readonly shape: string
  readonly place: Place | undefined
  /** What it stands in; a mapping's reference stands in none. */
  readonly node: Fields | undefined
  /** Writes another reference in its place. */
  point(ref: string): void
  /** Puts what it refers to in its place, under the fields that stand beside it, and looks through what came. */
  replace(value: unknown, place: Place | undefined, found: Found): void
}

/** What a look through a document finds. */
export interface Found {
  readonly references: Reference[]
  /** Called with each schema that has an identifier. */
  identified(schema: Record<string, unknown>, id: string): void
}

/** Something in a document: what shape it has, where it is, and how to put something else there. */
interface Spot {
  readonly shape: string
  readonly place: Place | undefined
  put(value: unknown): void
}

// A mapping has names of schemas, too.
const isMappedReference = (value: unknown): value is string =>
  typeof value === 'string' && (/[#/]/.test(value) || /\.(?:json|ya?ml)$/i.test(value))

function memberShape(shape: string, key: string): string | undefined {
  const { fields, each } = SHAPES[shape] ?? {}
  if (fields && Object.hasOwn(fields, key)) return fields[key]
  return key.startsWith('x-') ? undefined : each
}

function findMapped(schema: Fields, place: Place | undefined, { references }: Found): void {
  const { discriminator } = schema
  const mapping = isObject(discriminator) ? discriminator['mapping'] : undefined
  if (!isObject(mapping)) return
  for (const [key, ref] of Object.entries(mapping)) {
    if (!isMappedReference(ref)) continue
    references.push({
      ref,
      shape: 'schema',
      place: below(place, 'discriminator', 'mapping', key),
      node: undefined,
      point(to) {
        mapping[key] = to
      },
      replace() {},
    })
  }
}

function referenceOf(node: Fields, ref: string, { shape, place, put }: Spot): Reference {
  return {
    ref,
    shape,
    place,
    node,
    point(to) {
      node['$ref'] = to
    },
    replace(value, from, found) {
      if (!isObject(value)) {
        put(value)
        return findReferences(value, { shape, place: from, put }, found)
      }
      delete node['$ref']
      const keys = Object.keys(value).filter((key) => !Object.hasOwn(node, key))
      for (const key of keys) node[key] = value[key]
      findIn(node, keys, { shape, place: from, put }, found)
    },
  }
}

function findIn(node: Fields, keys: readonly string[], spot: Spot, found: Found): void {
  const { shape, place } = spot
  for (const key of keys) {
    const member = node[key]
    const inner = memberShape(shape, key)
    if (key === '$ref' && typeof member === 'string') found.references.push(referenceOf(node, member, spot))
    else if (key === '$id' && shape === 'schema' && typeof member === 'string') found.identified(node, member)
    else if (key === 'discriminator' && shape === 'schema') findMapped(node, place, found)
    else if (inner !== undefined) {
      const put = (value: unknown): void => {
        node[key] = value
      }
      findReferences(member, { shape: inner, place: below(place, key), put }, found)
    }
  }
}

/** Finds every reference in a value. */
export function findReferences(value: unknown, spot: Spot, found: Found): void {
  if (isObject(value)) findIn(value, Object.keys(value), spot, found)
  if (!Array.isArray(value)) return
  for (const [index, item] of value.entries()) {
    const put = (other: unknown): void => {
      value[index] = other
    }
    findReferences(item, { ...spot, place: below(spot.place, String(index)), put }, found)
  }
}
