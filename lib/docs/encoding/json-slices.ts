import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isBoxedPrimitive, isDate } from 'node:util/types'
import type { Representation } from '../../http/representation.ts'
import { ExactNumber, exactText } from '../../openapi/exact-number.ts'

// What JSON.stringify is done with in about a millisecond.
const SLICE_WEIGHT = 4000
const CHARACTERS_OF_ONE_WEIGHT = 32
/** After how many milliseconds others get their turn. */
const TURN_MILLISECONDS = 5

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && exactText(value) === undefined && !isBoxedPrimitive(value)

// What comes in its place in JSON: as JSON.stringify does, but for numbers that are written to the digit.
function represented(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value, String(key)) : value
}

const textOf = (value: unknown): string | undefined => exactText(value) ?? JSON.stringify(value)

/** What is left after a value that JSON.stringify would not write to the digit, or writes in a way of the value's own. */
type AfterOwnWay = (left: number) => number

/** How much of `left` remains when a value is taken off it; looks no further than to zero. */
function weighed(value: unknown, left: number, afterOwnWay: AfterOwnWay): number {
  if (typeof value === 'string') return left - 1 - value.length / CHARACTERS_OF_ONE_WEIGHT
  if (typeof value === 'bigint') return afterOwnWay(left)
  if (typeof value !== 'object' || value === null) return left - 1
  if ('toJSON' in value) return isDate(value) ? left - 1 : afterOwnWay(left)
  let rest = left - 1
  for (const member of Object.values(value)) {
    if (rest < 0) break
    rest = weighed(member, rest, afterOwnWay)
  }
  return rest
}

/** Whether a value is written member by member: it is large, or has something that is written by itself. */
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

/** The text that JSON.stringify would give, numbers to the digit, in pieces that each take a millisecond or so. */
export function* jsonSlices(value: object): Generator<string> {
  const document = represented(value, '')
  if (isDivided(document)) yield* dividedSlices(document)
  else yield JSON.stringify(document)
}

/** Text as bytes, made in slices with turns for others between them. */
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
  await nextTurn()
  let begun = performance.now()
  for (const slice of slices) {
    text += slice
    if (performance.now() - begun < TURN_MILLISECONDS) continue
    flush()
    await nextTurn()
    begun = performance.now()
  }
  flush()
  return { body: Buffer.concat(chunks), etag: `"${hash.digest('base64url')}"`, contentType }
}

let lastLarge: Promise<unknown> = Promise.resolve()

/**
 * A value as the bytes of its JSON. Large ones are made one after the other: together they would not be made any sooner,
 * and each takes memory from its beginning to its end.
 */
export function representJson(value: object, contentType: string): Promise<Representation> {
  const make = (): Promise<Representation> => representSlices(jsonSlices(value), contentType)
  if (!isLarge(value)) return make()
  const made = lastLarge.then(make)
  const nothing = (): void => {}
  lastLarge = made.then(nothing, nothing)
  return made
}
