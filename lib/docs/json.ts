/** A JSON object: no list. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member of an object or a list; what is inherited is none. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]
    : undefined

/** The members of an object that a predicate lets through: the object itself where it lets all of them. */
export function pick(object: JsonObject, isKept: (name: string) => boolean): JsonObject {
  const entries = Object.entries(object)
  const kept = entries.filter(([name]) => isKept(name))
  // Object.fromEntries defines its members: one named __proto__ is a member as any other.
  return kept.length === entries.length ? object : Object.fromEntries(kept)
}

/** A name that `taken` does not have: the wanted one, or the first of those with a number that is free. */
export function freeName(taken: unknown, wanted: string): string {
  let name = wanted
  for (let number = 2; member(taken, name) !== undefined; number++) name = `${wanted}${number}`
  return name
}
