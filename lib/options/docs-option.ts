import type { Visible } from '../docs/view/reader-views.ts'
import {
  invalidOption,
  nonEmptyString,
  type OptionFields,
  readOptions,
  requiredScopes,
  routePath,
} from '../validation/option.ts'
import { originsOption } from './origins-option.ts'

/**
 * One document with its page, validated. Paths are relative to the prefix of the scope in which the gate is registered.
 */
export interface DocsSettings {
  /** The name of the option, for messages: `docs`, or `docs[0]` and so on in a list. */
  readonly option: string
  readonly path: string
  readonly spec: string
  readonly scopes: readonly string[]
  readonly visible: Visible | undefined
  readonly source: string | object | undefined
  readonly title: string | undefined
  readonly uiConfig: OptionFields
  readonly connectSources: readonly string[]
  readonly imageSources: readonly string[]
}

/** The routes of the gate, under `routePrefix`. */
export const GATE_ROUTES = [
  '/login',
  '/logout',
  '/logged-out',
  '/token',
  '/revoke',
  '/me',
  '/verify',
  '/oidc',
  '/style.css',
  '/page.js',
  '/icon.svg',
  '/logo',
  '/brand.css',
]

const ENDING = /\.(?:json|ya?ml)$/i

function specOption(option: string, value: unknown, fallback: string): string {
  const spec = routePath(option, value, fallback)
  if (!ENDING.test(spec)) return spec
  const bare = JSON.stringify(spec.replace(ENDING, ''))
  return invalidOption(option, spec, `write ${bare}, to which .json and .yaml are added`)
}

// The settings by which Swagger UI finds the page's document.
const SET_BY_THE_GATE = ['url', 'urls', 'spec', 'dom_id']

/** The names of the given `uiConfig` settings that have no effect, because the gate sets them itself. */
export const unusedUiConfig = (docs: readonly DocsSettings[]): readonly string[] =>
  docs.flatMap(({ option, uiConfig }) =>
    SET_BY_THE_GATE.filter((name) => uiConfig[name] !== undefined).map(
      (name) => `${option}.uiConfig.${name}`,
    ),
  )

const KNOWN = [
  'path',
  'spec',
  'scopes',
  'visible',
  'source',
  'title',
  'uiConfig',
  'connectSources',
  'imageSources',
]

function docsOption(value: unknown, option: string, defaultSpec: (path: string) => string): DocsSettings {
  const docs = readOptions(option, value, KNOWN)
  const path = routePath(`${option}.path`, docs['path'], '/docs')
  const { visible, source, title } = docs
  if (visible !== undefined && typeof visible !== 'function')
    invalidOption(`${option}.visible`, visible, 'write a function of an operation and a user')
  // An async function returns a promise, which is not `true`, so it would hide every operation.
  if (visible?.constructor.name === 'AsyncFunction')
    invalidOption(`${option}.visible`, visible, 'write a function that is not async')
  if (
    source !== undefined &&
    (source === null || source === '' || !['string', 'object'].includes(typeof source))
  ) {
    invalidOption(`${option}.source`, source, 'write the path of a document, its URL, or the document')
  }
  return {
    option,
    path,
    spec: specOption(`${option}.spec`, docs['spec'], defaultSpec(path)),
    scopes: requiredScopes(`${option}.scopes`, docs['scopes']),
    visible: visible as Visible | undefined,
    source: source as string | object | undefined,
    title: title === undefined ? undefined : nonEmptyString(`${option}.title`, title, ''),
    uiConfig: readOptions(`${option}.uiConfig`, docs['uiConfig'], Object.keys(docs['uiConfig'] ?? {})),
    connectSources: originsOption(`${option}.connectSources`, docs['connectSources']),
    imageSources: originsOption(`${option}.imageSources`, docs['imageSources'], ['https:']),
  }
}

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)
const overlaps = (a: string, b: string): boolean => isBelow(a, b) || isBelow(b, a)

// A page uses every path under its own, and a document every path that continues its own with a dot.
function clashOf(
  { path, spec }: DocsSettings,
  others: readonly DocsSettings[],
  gatePaths: readonly string[],
) {
  const roots = [...gatePaths, ...others.map((other) => other.path)]
  if (roots.some((root) => overlaps(root, path))) return path
  const taken = [...roots, path, ...others.map((other) => other.spec)]
  const isTaken =
    roots.some((root) => isBelow(spec, root)) || taken.some((other) => other.startsWith(`${spec}.`))
  return isTaken || others.some((other) => other.spec === spec) ? spec : undefined
}

// Case is ignored, because Fastify's router can be configured to ignore it.
function refuseClashes(docs: readonly DocsSettings[], routePrefix: string): void {
  const gatePaths = (routePrefix === '' ? GATE_ROUTES : [routePrefix]).map((path) => path.toLowerCase())
  const lower = docs.map((one) => ({ ...one, path: one.path.toLowerCase(), spec: one.spec.toLowerCase() }))
  for (const one of lower) {
    const others = lower.filter((other) => other !== one)
    const clash = clashOf(one, others, gatePaths)
    if (clash !== undefined) {
      const taken = [...gatePaths, ...others.map((other) => other.path)].join(', ')
      invalidOption('docs', clash, `write paths that are apart from each other and from ${taken}`)
    }
  }
}

/** Validates the `docs` option: one document, a list of them, or `false` for none. */
export function docsOptions(value: unknown, routePrefix: string): readonly DocsSettings[] {
  if (value === false) return []
  const docs = Array.isArray(value)
    ? value.map((item, index) => docsOption(item, `docs[${index}]`, (path) => `${path}/openapi`))
    : [docsOption(value, 'docs', () => '/openapi')]
  refuseClashes(docs, routePrefix)
  return docs
}
