import { gateSecurity, type SecuritySchemes } from '../lib/docs/document/gate-security.ts'
import type { OpenApiDocument } from '../lib/openapi/document.ts'
import { filtering } from '../lib/openapi/filter/filter.ts'
import type { Operation } from '../lib/openapi/operations.ts'
import { locate } from '../lib/openapi/pointer.ts'
import { type Requirement, securing } from '../lib/openapi/security/security.ts'
import type { Steps } from '../lib/openapi/time-slices.ts'

/** Runs time-sliced work to its end without a pause. */
function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

export const filterDocument = (
  document: OpenApiDocument,
  isVisible: (operation: Operation) => unknown,
): OpenApiDocument => atOnce(filtering(document, isVisible))

export const secureDocument = (
  document: OpenApiDocument,
  requirementOf: (operation: Operation) => Requirement | null,
  schemes: SecuritySchemes,
): OpenApiDocument => atOnce(securing(document, requirementOf, gateSecurity(document, schemes)))

/** Freezes a value and everything in it. */
export function deepFreeze<Value>(value: Value): Value {
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue
    Object.freeze(next)
    open.push(...Object.values(next))
  }
  return value
}

/** Every object in a document, except those in examples and other data, with the path of members that leads to it. */
export function* objectsIn(document: unknown): Iterable<readonly [string[], Record<string, unknown>]> {
  const open: [string[], unknown][] = [[[], document]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [at, value] = next
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) yield [at, value as Record<string, unknown>]
    for (const [name, member] of Object.entries(value)) {
      const isNamed = ['properties', 'schemas', 'examples', 'parameters', 'responses'].includes(
        at.at(-1) ?? '',
      )
      const isData = !isNamed && ['example', 'value', 'enum', 'default', 'const'].includes(name)
      if (!isData && !(name === 'examples' && Array.isArray(member))) open.push([[...at, name], member])
    }
  }
}

/** The references in a document whose targets do not exist. */
export function danglingIn(document: unknown): readonly string[] {
  return [...objectsIn(document)].flatMap(([at, { $ref, discriminator }]) => {
    const mapping = (discriminator as { mapping?: object } | undefined)?.mapping ?? {}
    return [$ref, ...Object.values(mapping)]
      .filter((reference): reference is string => typeof reference === 'string' && reference.startsWith('#/'))
      .filter((reference) => locate(document, reference)?.value === undefined)
      .map((reference) => `${at.join('.')}: ${reference}`)
  })
}
