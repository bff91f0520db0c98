import { policyOrigin } from '../http/policy-origin.ts'
import { invalidOption } from '../validation/option.ts'

// Exactly as a policy takes it: neither a path nor a wildcard, nor what would end a directive.
const isOrigin = (value: unknown): value is string =>
  typeof value === 'string' && policyOrigin(value)[0] === value

/** A list of exact origins; `besides` are other sources of a policy that may stand in it. */
export function originsOption(
  option: string,
  value: unknown,
  besides: readonly string[] = [],
): readonly string[] {
  if (value === undefined) return []
  const remedy = [
    'exact origins like "https://files.example.com"',
    ...besides.map((one) => JSON.stringify(one)),
  ]
  if (!Array.isArray(value)) invalidOption(option, value, `write a list of ${remedy.join(' or ')}`)
  for (const [index, one] of value.entries()) {
    if (!isOrigin(one) && !besides.includes(one))
      invalidOption(`${option}[${index}]`, one, `write ${remedy.join(' or ')}`)
  }
  return [...new Set<string>(value)]
}
