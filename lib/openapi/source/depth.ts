import type { Refuse } from '../document-error.ts'

// Every part of the gate can follow so many; the library that writes YAML gives up somewhere above a thousand.
const MAX_DEPTH = 500

/** Refuses a document that can be read but never be written. */
export function refuseTooDeep(value: object, refuse: Refuse, depth = 1): void {
  if (depth > MAX_DEPTH)
    refuse(`is nested too deeply: more than ${MAX_DEPTH} objects and lists in one another`)
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) refuseTooDeep(member, refuse, depth + 1)
}
