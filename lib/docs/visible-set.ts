import { createHash } from 'node:crypto'
import type { Operation } from './operations.ts'

/** The operations of one document that somebody sees. */
export interface VisibleSet {
  /** The same for all who see the same operations of this document. */
  readonly key: string
  has(operation: Operation): boolean
}

// 132 bits: enough that nobody is shown what another key stands for.
const KEY_LENGTH = 22

/** What tells an operation from the others of its document. */
export const nameOf = ({ kind, method, path }: Operation): string => `${kind} ${method} ${path}`

/** Whether a predicate shows an operation: anything but `true` hides, an exception too. */
export function shows(isVisible: (operation: Operation) => unknown, operation: Operation): boolean {
  try {
    return isVisible(operation) === true
  } catch {
    return false
  }
}

/**
 * Asks once for each operation.
 *
 * @param operations those of the document, in their order
 * @param isVisible anything but `true` hides, an exception too
 */
export function visibleSet(
  operations: readonly Operation[],
  isVisible: (operation: Operation) => unknown,
): VisibleSet {
  const bits = operations.map((operation) => shows(isVisible, operation))
  // By name, as operations are read anew from each copy of a document. Where two have one name, both or none.
  const hidden = new Set(operations.filter((_, index) => !bits[index]).map(nameOf))
  const visible = new Set(operations.map(nameOf).filter((name) => !hidden.has(name)))
  const bitSet = bits.map(Number).join('')
  return {
    key: createHash('sha256').update(bitSet).digest('base64url').slice(0, KEY_LENGTH),
    has: (operation) => visible.has(nameOf(operation)),
  }
}
