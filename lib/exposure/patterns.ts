/** One part of a route's pattern: text, a parameter, or the wildcard at its end. @see find-my-way */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly values?: RegExp | undefined }
  | { readonly kind: 'wildcard' }

const ENDINGS = ['json', 'yaml', 'yml']
const NAMES = ['openapi', 'swagger', 'api-docs']
const FILES = NAMES.flatMap((name) => [name, ...ENDINGS.map((ending) => `${name}.${ending}`)])
const VERSIONS = ['v1', 'v2', 'v3', '1', 'latest', 'default', 'public', 'internal']

/** Usual files of a documentation folder. */
const FOLDER = [
  '',
  'index.html',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-init.js',
  'swagger-initializer.js',
  'openapi.json',
  'openapi.yaml',
  'swagger.json',
  'swagger.yaml',
  'json',
  'yaml',
]

const MAX_URLS = 40

// As the router does it: the expression has to match the whole value, with or without anchors.
const regexpOf = (source: string): RegExp => new RegExp(`^(${source.replace(/^\^/, '').replace(/\$$/, '')})$`)

function closingParenthesis(pattern: string, from: number): number {
  let depth = 0
  for (let at = from; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === '\\') at++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at
  }
  return pattern.length
}

const TOKEN = /::|:[^/.(-]*|\*|[^:*]+/y

function tokenAt(pattern: string, at: number): string {
  TOKEN.lastIndex = at
  return (TOKEN.exec(pattern) as RegExpExecArray)[0]
}

/** Splits a pattern. `::` is a colon, `/:name?` is optional at the end, `*` is the rest of the path. */
function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < pattern.length) {
    const token = tokenAt(pattern, at)
    at += token.length
    if (token === '*') parts.push({ kind: 'wildcard' })
    else if (token === '::') parts.push({ kind: 'text', text: ':' })
    else if (!token.startsWith(':')) parts.push({ kind: 'text', text: token })
    else {
      const end = pattern.charAt(at) === '(' ? closingParenthesis(pattern, at) + 1 : at
      const values = end === at ? undefined : regexpOf(pattern.slice(at + 1, end - 1))
      parts.push({ kind: 'parameter', values })
      at = end
    }
  }
  return parts
}

/** Whether an expression names a value, rather than matching any string of its form. */
function isNamed(value: string, values: RegExp): boolean {
  const [stem = '', ...endings] = value.split('.')
  const other = [stem.replace(/[^-]/g, 'q'), ...endings].join('.')
  return values.test(value) && !values.test(other)
}

const isText = (part: Part | undefined, pattern: RegExp): boolean =>
  part?.kind === 'text' && pattern.test(part.text)

const isEnding = (parts: readonly Part[], index: number): boolean => isText(parts[index - 1], /\.$/)

/** Whether a document's extension follows a parameter. */
const isName = (parts: readonly Part[], index: number): boolean => {
  const next = parts[index + 1]
  return isText(next, /^\.(?:json|ya?ml)$/) || (isText(next, /^\.$/) && parts.length === index + 3)
}

type ValuesOf = (parts: readonly Part[], index: number) => readonly string[]

function fill(parts: readonly Part[], valuesOf: ValuesOf): readonly string[] {
  let urls = ['']
  for (const [index, part] of parts.entries()) {
    const values =
      part.kind === 'text' ? [part.text] : part.kind === 'wildcard' ? ['*'] : valuesOf(parts, index)
    urls = urls.flatMap((url) => values.map((value) => url + value)).slice(0, MAX_URLS)
  }
  return urls
}

const namedValues = (values: RegExp): readonly string[] =>
  [...ENDINGS, ...FILES].filter((value) => isNamed(value, values))

// A parameter that takes any value tells nothing about the route.
const ANYTHING = ['x']

/**
 * The URLs that a pattern spells out: a parameter stands for the values that its expression names, or for the
 * extensions of documents if it follows a dot.
 */
export const shapesOf = (pattern: string): readonly string[] =>
  fill(partsOf(pattern), (parts, index) => {
    const { values } = parts[index] as { values?: RegExp }
    const named = values ? namedValues(values) : []
    if (named.length > 0) return named
    return isEnding(parts, index) ? ENDINGS.filter((ending) => values?.test(ending) ?? true) : ANYTHING
  })

const IS_DOCUMENTATION =
  /swagger|openapi|\bapi-?docs?\b|\bdocs?\b|documentation|redoc|scalar|\bspecs?\b|\bschemas?\b/i

function guessesOf(parts: readonly Part[], index: number): readonly string[] {
  const isDocumentation = parts.some((part) => isText(part, IS_DOCUMENTATION))
  if (isEnding(parts, index)) return ENDINGS
  if (isName(parts, index)) return isDocumentation ? [...VERSIONS, ...NAMES] : NAMES
  if (!isDocumentation) return []
  return index === parts.length - 1 ? [...FILES, ...VERSIONS, ...ENDINGS] : VERSIONS
}

function candidateValues(parts: readonly Part[], index: number): readonly string[] {
  const { values } = parts[index] as { values?: RegExp }
  const guesses = guessesOf(parts, index)
  if (!values) return guesses
  return [...new Set([...namedValues(values), ...guesses.filter((value) => values.test(value))])]
}

const inFolder = (url: string): readonly string[] => {
  if (!url.endsWith('*')) return [url || '/']
  const folder = url.slice(0, -1)
  return FOLDER.map((file) => (folder.startsWith('/') ? folder : `/${folder}`) + file)
}

/**
 * The URLs to request for a route. Parameters are replaced by values that a document may be served under; there are no
 * URLs if no parameter looks like that of a document.
 */
export function candidateUrls(pattern: string): readonly string[] {
  const optional = /^(.*)\/:[^/:()]+\?$/.exec(pattern)?.[1]
  const patterns = optional === undefined ? [pattern] : [optional, pattern.slice(0, -1)]
  return patterns.flatMap((one) => fill(partsOf(one), candidateValues).flatMap(inFolder))
}
