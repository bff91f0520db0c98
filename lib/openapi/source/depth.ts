import type { Refuse } from '../document-error.ts'

// Whatever walks or writes a document can do so many; the library that writes YAML fails somewhere above a thousand.
const MAX_DEPTH = 500

/** Refuses a document that is nested too deeply to be written again. */
export function refuseTooDeep(value: object, refuse: Refuse, depth = 1): void {
  if (depth > MAX_DEPTH)
    refuse(`is nested too deeply: more than ${MAX_DEPTH} objects and lists in one another`)
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) refuseTooDeep(member, refuse, depth + 1)
}
