// RFC 8259: white space, what strings are made of, and the other scalars.
const SPACE = /[ \t\n\r]*/y
const CHARACTERS = /[ !#-[\]-\u{10ffff}]+/uy
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** What has to come next. After a bracket its end may come too. */
type Expected = 'value' | 'name' | 'colon' | 'comma' | 'nothing'

/** Goes through a text as far as it is JSON. */
class Reader {
  at = 0
  readonly #text: string
  /** The ends of what is open. */
  readonly #open: ('}' | ']')[] = []

  constructor(text: string) {
    this.#text = text
  }

  #passes(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    const isThere = pattern.test(this.#text)
    if (isThere) this.at = pattern.lastIndex
    return isThere
  }

  #passesSign(sign: string | undefined): boolean {
    const isThere = sign !== undefined && this.#text[this.at] === sign
    if (isThere) this.at += 1
    return isThere
  }

  #passesString(): boolean {
    if (!this.#passesSign('"')) return false
    while (this.#passes(CHARACTERS) || this.#passes(ESCAPE));
    return this.#passesSign('"')
  }

  #passesEnd(): boolean {
    this.#passes(SPACE)
    const hasEnded = this.#passesSign(this.#open.at(-1))
    if (hasEnded) this.#open.pop()
    return hasEnded
  }

  readonly #afterValue = (): Expected => (this.#open.length === 0 ? 'nothing' : 'comma')

  #opened(end: '}' | ']', inside: Expected): Expected {
    this.#open.push(end)
    return this.#passesEnd() ? this.#afterValue() : inside
  }

  #value(): Expected | undefined {
    if (this.#passesSign('{')) return this.#opened('}', 'name')
    if (this.#passesSign('[')) return this.#opened(']', 'value')
    if (this.#text[this.at] === '"') return this.#passesString() ? this.#afterValue() : undefined
    return this.#passes(SCALAR) ? this.#afterValue() : undefined
  }

  #comma(): Expected | undefined {
    if (this.#passesEnd()) return this.#afterValue()
    if (!this.#passesSign(',')) return undefined
    return this.#open.at(-1) === '}' ? 'name' : 'value'
  }

  /** Passes what is expected and tells what is expected then; undefined where something else stands. */
  next(expected: Expected): Expected | undefined {
    this.#passes(SPACE)
    if (expected === 'value') return this.#value()
    if (expected === 'name') return this.#passesString() ? 'colon' : undefined
    if (expected === 'colon') return this.#passesSign(':') ? 'value' : undefined
    return expected === 'comma' ? this.#comma() : undefined
  }
}

function placeOfFault(text: string): number {
  const reader = new Reader(text)
  let expected: Expected | undefined = 'value'
  while (expected) expected = reader.next(expected)
  return reader.at
}

/** The character that stands where a text is not JSON any more; undefined where it ends too early. */
export function foundInsteadOfJson(text: string): string | undefined {
  const found = text.codePointAt(placeOfFault(text))
  return found === undefined ? undefined : String.fromCodePoint(found)
}

/**
 * What is wrong with a text that is not JSON, with its line and column: the engine's own message does not always have
 * them, and cites the text.
 */
export function faultOfJson(text: string): string {
  const at = placeOfFault(text)
  const lines = text.slice(0, at).split('\n')
  const place = `at line ${lines.length}, column ${(lines.at(-1) as string).length + 1}`
  const found = text.codePointAt(at)
  if (found === undefined) return `it ends too early, ${place}`
  return `unexpected ${JSON.stringify(String.fromCodePoint(found))} ${place}`
}
