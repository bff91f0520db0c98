import { ExactNumber } from './exact-number.ts'

/** A JSON object: no list, and no number. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)

/** A member of an object or a list; what is inherited is none. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]
    : undefined

/** Assigned, a member named `__proto__` would be no member. */
export function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

/** A copy of plain objects and lists; what is shared within stays shared. Other values are never written. */
export function copyJson(value: unknown, copies = new Map<unknown, unknown>()): unknown {
  if (!Array.isArray(value) && !isObject(value)) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  const copy: Record<string, unknown> = (Array.isArray(value) ? [] : {}) as Record<string, unknown>
  copies.set(value, copy)
  for (const [name, member] of Object.entries(value)) define(copy, name, copyJson(member, copies))
  return copy
}

/** The members of an object that a predicate lets through: the object itself where it lets all of them. */
export function pick(object: JsonObject, isKept: (name: string) => boolean): JsonObject {
  const names = Object.keys(object)
  const kept = names.filter(isKept)
  if (kept.length === names.length) return object
  const picked = {}
  for (const name of kept) define(picked, name, object[name])
  return picked
}

/** A name that `taken` does not have: the wanted one, or the first of those with a number that is free. */
export function freeName(taken: unknown, wanted: string): string {
  let name = wanted
  for (let number = 2; member(taken, name) !== undefined; number++) name = `${wanted}${number}`
  return name
}
