import { createHash } from 'node:crypto'
import { nameOf, type Operation, shows } from '../../openapi/operations.ts'

/** The operations of one document that somebody sees. */
export interface VisibleSet {
  /** The same for all who see the same operations of this document. */
  readonly key: string
  has(operation: Operation): boolean
}

// 132 bits: enough that nobody is shown what another key stands for.
const KEY_LENGTH = 22

// Operations are read anew from each copy of a document: what they share is their name. Where two have one name, the last.
const placesOf = new WeakMap<readonly Operation[], ReadonlyMap<string, number>>()

function placesIn(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const known = placesOf.get(operations)
  if (known) return known
  const places = new Map(operations.map((operation, place) => [nameOf(operation), place]))
  placesOf.set(operations, places)
  return places
}

/** What is remembered of each session: one character for each operation. */
function bitsOf(operations: readonly Operation[], isVisible: (operation: Operation) => unknown): string {
  const places = placesIn(operations)
  const bits = operations.map((operation) => Number(shows(isVisible, operation)))
  for (const [place, operation] of operations.entries()) {
    if (bits[place] === 0) bits[places.get(nameOf(operation)) as number] = 0
  }
  return bits.join('')
}

/**
 * Asks once for each operation. Of those that have one name, all are visible or none.
 *
 * @param operations those of the document, in their order
 * @param isVisible anything but `true` hides, an exception too
 */
export function visibleSet(
  operations: readonly Operation[],
  isVisible: (operation: Operation) => unknown,
): VisibleSet {
  const bits = bitsOf(operations, isVisible)
  return {
    key: createHash('sha256').update(bits).digest('base64url').slice(0, KEY_LENGTH),
    has: (operation) => bits[placesIn(operations).get(nameOf(operation)) ?? -1] === '1',
  }
}
