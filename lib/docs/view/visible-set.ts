import { createHash } from 'node:crypto'
import { nameOf, type Operation, shows } from '../../openapi/operations.ts'

/** The operations of one document that a user sees. */
export type VisibleSet = ReturnType<typeof visibleSet>

// 132 bits: a collision, which would show a user the view of another, is practically impossible.
const KEY_LENGTH = 22

// Copies of a document have other operation objects, so these are identified by name. Of equal names, the last counts.
const indexesByOperations = new WeakMap<readonly Operation[], ReadonlyMap<string, number>>()

function indexesIn(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const known = indexesByOperations.get(operations)
  if (known) return known
  const indexes = new Map(operations.map((operation, index) => [nameOf(operation), index]))
  indexesByOperations.set(operations, indexes)
  return indexes
}

/** One character for each operation. A string takes little memory for each session. */
function bitsOf(operations: readonly Operation[], isVisible: (operation: Operation) => unknown): string {
  const indexes = indexesIn(operations)
  const bits = operations.map((operation) => Number(shows(isVisible, operation)))
  for (const [index, operation] of operations.entries()) {
    if (bits[index] === 0) bits[indexes.get(nameOf(operation)) as number] = 0
  }
  return bits.join('')
}

/**
 * Calls `isVisible` once for each operation. Operations with the same name are all visible or all hidden.
 *
 * @param operations all operations of the document, in its order
 * @param isVisible any result but `true` hides the operation, and so does an exception
 */
export function visibleSet(operations: readonly Operation[], isVisible: (operation: Operation) => unknown) {
  const bits = bitsOf(operations, isVisible)
  return {
    /** The same for all users who see the same operations. */
    key: createHash('sha256').update(bits).digest('base64url').slice(0, KEY_LENGTH),
    has: (operation: Operation): boolean => bits[indexesIn(operations).get(nameOf(operation)) ?? -1] === '1',
  }
}
