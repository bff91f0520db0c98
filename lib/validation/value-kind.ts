import { isDate } from 'node:util/types'

/** Describes the kind of a value in words, without the value itself, which may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text'
  if (Array.isArray(value)) return 'a list'
  if (isDate(value)) return 'a Date'
  if (ArrayBuffer.isView(value)) return 'a buffer'
  if (Number.isNaN(value)) return 'NaN'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
