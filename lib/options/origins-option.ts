import { policyOrigin } from '../http/policy-origin.ts'
import { invalidOption } from '../validation/option.ts'

// Exactly as a Content-Security-Policy takes it: no path, no wildcard, and no character that would end a directive.
const isOrigin = (value: unknown): value is string =>
  typeof value === 'string' && policyOrigin(value)[0] === value

/**
 * Validates a list of exact origins. `otherSources` are sources of a Content-Security-Policy that it may contain too.
 */
export function originsOption(
  option: string,
  value: unknown,
  otherSources: readonly string[] = [],
): readonly string[] {
  if (value === undefined) return []
  const remedy = [
    'exact origins like "https://files.example.com"',
    ...otherSources.map((source) => JSON.stringify(source)),
  ]
  if (!Array.isArray(value)) invalidOption(option, value, `write a list of ${remedy.join(' or ')}`)
  for (const [index, one] of value.entries()) {
    if (!isOrigin(one) && !otherSources.includes(one))
      invalidOption(`${option}[${index}]`, one, `write ${remedy.join(' or ')}`)
  }
  return [...new Set<string>(value)]
}
