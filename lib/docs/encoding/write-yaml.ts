import { type ExactNumber, exactText } from '../../openapi/exact-number.ts'
import { yaml } from '../../openapi/yaml.ts'

/** How `yaml` writes values that some readers would otherwise read as other values. */
interface Tag {
  readonly tag: string
  readonly default: true
  /** Of tags that take a value, those with a test go first. */
  readonly test?: RegExp
  identify(value: unknown): boolean
  resolve(text: string): unknown
  stringify(item: { readonly value: unknown }): string
}

// Words that YAML 1.1 takes for something else than text, in any case; `=` and `<<` are keys of its own.
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/i
// Numbers, dates and times of YAML 1.1 and of its readers: `0o17`, `1_000`, `1,000`, `12:30:45`, `2001-12-14`, `.inf`.
const NUMBER_LIKE = /^[-+]?[.:\d][\w.,:+ \t-]*$/
// Error codes like `E1`: to some readers an exponent is a number by itself.
const EXPONENT = /^[-+]?e[-+]?\d+$/i
// Where a block begins, a blank line of it does not tell.
const BLANK = /^\s+$/
// Line breaks of YAML 1.1, and what is not printable: readers refuse it anywhere but in an escape. JSON escapes some.
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u
const NOT_ESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

// PyYAML stumbles over tabs in texts without quotes. A pattern would look at the line again for each tab in it.
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
  // JSON's strings are strings of YAML 1.1 and 1.2.
  stringify: ({ value }) => JSON.stringify(value).replace(NOT_ESCAPED_BY_JSON, escapeOf),
}

/** A number as it is one in YAML 1.1 too: there, an exponent needs its sign, and a point before it. */
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

/** A value as YAML that readers of version 1.1 and of version 1.2 take for the same value. */
export const writeYaml = (value: unknown): string =>
  yaml().stringify(value, {
    aliasDuplicateObjects: false,
    // Folded lines that begin with white space are not read as they were.
    lineWidth: 0,
    customTags: (tags) => [TEXT, NUMBER, ...tags],
  })
