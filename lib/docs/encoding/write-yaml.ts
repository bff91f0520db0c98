import { type ExactNumber, exactText } from '../../openapi/exact-number.ts'
import { yaml } from '../../openapi/yaml.ts'

/** A tag of the package `yaml`, for values that some readers would otherwise misread. */
interface Tag {
  readonly tag: string
  readonly default: true
  /** If several tags identify a value, `yaml` prefers one with a test. */
  readonly test?: RegExp
  identify(value: unknown): boolean
  resolve(text: string): unknown
  stringify(item: { readonly value: unknown }): string
}

// YAML 1.1 reads these words, in upper or lower case, as other types than strings; `=` and `<<` are special keys.
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/i
// Strings that readers of YAML 1.1 take for numbers, dates or times: `0o17`, `1_000`, `12:30`, `2001-12-14`, `.inf`.
const NUMBER_LIKE = /^[-+]?[.:\d][\w.,:+ \t-]*$/
// Some readers take a bare exponent, like the error code `E1`, for a number.
const EXPONENT = /^[-+]?e[-+]?\d+$/i
// Readers cannot tell the indentation of a block string that has only blank lines.
const BLANK = /^\s+$/
// Line breaks of YAML 1.1 and unprintable characters have to be escaped. JSON.stringify escapes only some of them.
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u
const NOT_ESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

// PyYAML fails at tabs in plain strings. The time of a regular expression would grow with the square of the tabs.
const isOneLineWithTabs = (text: string): boolean => text.includes('\t') && !text.includes('\n')

const NEEDS_QUOTES = [WORD, NUMBER_LIKE, EXPONENT, BLANK, UNPRINTABLE]

const needsQuotes = (text: string): boolean =>
  NEEDS_QUOTES.some((pattern) => pattern.test(text)) || isOneLineWithTabs(text)

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const TEXT: Tag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  identify: (value) => typeof value === 'string' && needsQuotes(value),
  resolve: String,
  // JSON strings are valid in YAML 1.1 and 1.2.
  stringify: ({ value }) => JSON.stringify(value).replace(NOT_ESCAPED_BY_JSON, escapeOf),
}

/** A number that YAML 1.1 accepts too: there, an exponent needs a sign, and a decimal point before it. */
const numberText = (text: string): string =>
  text.replace(
    /^(-?\d+)(\.\d+)?[eE]([+-]?)/,
    (_, whole, fraction = '.0', sign) => `${whole}${fraction}e${sign || '+'}`,
  )

const NEVER = /(?!)/

const hasExponent = (value: number): boolean => String(value).includes('e')

const NUMBER: Tag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: NEVER,
  identify: (value) => exactText(value) !== undefined || (typeof value === 'number' && hasExponent(value)),
  resolve: String,
  stringify: ({ value }) => numberText(exactText(value) ?? String(value as number | ExactNumber)),
}

/** Writes YAML that readers of version 1.1 and of version 1.2 read as the same value. */
export const writeYaml = (value: unknown): string =>
  yaml().stringify(value, {
    aliasDuplicateObjects: false,
    // No folding: readers change folded lines that begin with white space.
    lineWidth: 0,
    customTags: (tags) => [TEXT, NUMBER, ...tags],
  })
