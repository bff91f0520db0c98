import { randomBytes } from 'node:crypto'
import { ExactNumber, survives } from './exact-number.ts'
import { define } from './json.ts'

const [QUOTE, BACKSLASH] = [34, 92]
// What stands before a number: signs, and strings without escapes. Not all of them at once, for which there would not be
// memory enough.
const NOT_A_NUMBER = /[^"\d-]*(?:"[^"\\]*"[^"\d-]*){0,100}/y
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

type Range = readonly [start: number, end: number]

function isEscaped(json: string, at: number): boolean {
  let before = at
  while (json.charCodeAt(before - 1) === BACKSLASH) before -= 1
  return (at - before) % 2 === 1
}

/** Where a string ends whose first character is at `start`. */
function endOfString(json: string, start: number): number {
  let quote = json.indexOf('"', start)
  while (isEscaped(json, quote)) quote = json.indexOf('"', quote + 1)
  return quote + 1
}

function after(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  pattern.test(text)
  return pattern.lastIndex
}

/** Where the numbers of a JSON text are that a JavaScript number would change. */
function* inexactNumbers(json: string): Iterable<Range> {
  let at = after(NOT_A_NUMBER, json, 0)
  while (at < json.length) {
    const start = at
    if (json.charCodeAt(at) === QUOTE) at = endOfString(json, at + 1)
    else {
      at = after(NUMBER, json, at)
      if (!survives(json.slice(start, at))) yield [start, at]
    }
    at = after(NOT_A_NUMBER, json, at)
  }
}

/** The text with those numbers as strings that begin with a mark. */
function marked(json: string, numbers: readonly Range[], mark: string): string {
  const pieces: string[] = []
  let last = 0
  for (const [start, end] of numbers) {
    pieces.push(json.slice(last, start), '"', mark, json.slice(start, end), '"')
    last = end
  }
  return pieces.join('') + json.slice(last)
}

function unmark(value: unknown, mark: string): unknown {
  const root = { value }
  const open: Record<string, unknown>[] = [root]
  for (let object = open.pop(); object; object = open.pop()) {
    for (const [name, member] of Object.entries(object)) {
      if (typeof member === 'object' && member !== null) open.push(member as Record<string, unknown>)
      else if (typeof member === 'string' && member.startsWith(mark))
        define(object, name, new ExactNumber(member.slice(mark.length)))
    }
  }
  return root.value
}

/**
 * `JSON.parse` that keeps numbers to the digit: those that a JavaScript number would change are an {@link ExactNumber}.
 *
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(json: string): unknown {
  const value: unknown = JSON.parse(json)
  const numbers = [...inexactNumbers(json)]
  if (numbers.length === 0) return value
  // Random, so that no document can have a string that begins with it.
  const mark = randomBytes(16).toString('hex')
  return unmark(JSON.parse(marked(json, numbers, mark)), mark)
}
