import { createHash } from 'node:crypto'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { isBoxedPrimitive, isDate } from 'node:util/types'
import type { Representation } from '../../http/representation.ts'
import { ExactNumber, exactText } from '../../openapi/exact-number.ts'

// JSON.stringify writes a value of this weight in about a millisecond.
const SLICE_WEIGHT = 4000
const CHARACTERS_OF_ONE_WEIGHT = 32
/** After how many milliseconds the event loop gets control. */
const SLICE_MILLISECONDS = 5

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && exactText(value) === undefined && !isBoxedPrimitive(value)

// Replaces a value by the result of its toJSON(), as JSON.stringify does, but keeps numbers that are written exactly.
function represented(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value, String(key)) : value
}

const textOf = (value: unknown): string | undefined => exactText(value) ?? JSON.stringify(value)

/** The rest after a value with a toJSON() of its own, or one that JSON.stringify would not write exactly. */
type AfterCustomJson = (left: number) => number

/** What remains of `left` after the weight of a value. Stops when nothing remains. */
function weighed(value: unknown, left: number, afterCustomJson: AfterCustomJson): number {
  if (typeof value === 'string') return left - 1 - value.length / CHARACTERS_OF_ONE_WEIGHT
  if (typeof value === 'bigint') return afterCustomJson(left)
  if (typeof value !== 'object' || value === null) return left - 1
  if ('toJSON' in value) return isDate(value) ? left - 1 : afterCustomJson(left)
  let rest = left - 1
  for (const member of Object.values(value)) {
    if (rest < 0) break
    rest = weighed(member, rest, afterCustomJson)
  }
  return rest
}

/** Whether a value is written member by member: it is large, or JSON.stringify alone cannot write it. */
const isDivided = (value: unknown): value is object =>
  isContainer(value) && weighed(value, SLICE_WEIGHT, () => -1) < 0

const isLarge = (value: object): boolean => weighed(value, SLICE_WEIGHT, (left) => left - 1) < 0

function* dividedSlices(container: object, around: readonly object[] = []): Generator<string> {
  if (around.includes(container))
    throw new TypeError('a document that holds itself cannot be written as JSON')
  const inside = [...around, container]
  const isList = Array.isArray(container)
  const [open, close] = isList ? '[]' : '{}'
  let before = open as string
  for (const [key, value] of isList ? container.entries() : Object.entries(container)) {
    const member = represented(value, key)
    const isDeep = isDivided(member)
    const text = isDeep ? '' : (textOf(member) ?? (isList ? 'null' : undefined))
    if (text === undefined) continue
    yield isList ? before + text : `${before}${JSON.stringify(key)}:${text}`
    before = ','
    if (isDeep) yield* dividedSlices(member, inside)
  }
  yield before === ',' ? (close as string) : `${open}${close}`
}

/** The result of JSON.stringify, with exact numbers, in slices that each take about a millisecond. */
export function* jsonSlices(value: object): Generator<string> {
  const document = represented(value, '')
  if (isDivided(document)) yield* dividedSlices(document)
  else yield JSON.stringify(document)
}

/** Joins slices to bytes, and yields to the event loop every few milliseconds. */
export async function representSlices(
  slices: Iterable<string>,
  contentType: string,
): Promise<Representation> {
  const hash = createHash('sha256')
  const chunks: Buffer[] = []
  let text = ''
  const flush = (): void => {
    const chunk = Buffer.from(text)
    hash.update(chunk)
    chunks.push(chunk)
    text = ''
  }
  await nextIteration()
  let begun = performance.now()
  for (const slice of slices) {
    text += slice
    if (performance.now() - begun < SLICE_MILLISECONDS) continue
    flush()
    await nextIteration()
    begun = performance.now()
  }
  flush()
  return { body: Buffer.concat(chunks), etag: `"${hash.digest('base64url')}"`, contentType }
}

let lastLarge: Promise<unknown> = Promise.resolve()

/**
 * The JSON of a value, as bytes. Large values are written one after the other: in parallel, they would not be ready
 * sooner, and all of them would take memory at the same time.
 */
export function representJson(value: object, contentType: string): Promise<Representation> {
  const make = (): Promise<Representation> => representSlices(jsonSlices(value), contentType)
  if (!isLarge(value)) return make()
  const made = lastLarge.then(make)
  const nothing = (): void => {}
  lastLarge = made.then(nothing, nothing)
  return made
}
