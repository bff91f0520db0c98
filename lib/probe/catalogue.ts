/** Where pages of documentation use to live. */
const ROOTS = [
  '/docs',
  '/documentation',
  '/swagger',
  '/swagger-ui',
  '/api-docs',
  '/api/docs',
  '/api/documentation',
  '/api/swagger',
  '/api',
  '/api/v1/docs',
  '/api/schema',
  '/schema',
  '/v1/docs',
  '/q/swagger-ui',
  '/openapi',
  '/reference',
  '/redoc',
  '/scalar',
]

/** What pages of documentation are made of, below where they live. */
const CHILDREN = [
  '',
  '/',
  '/json',
  '/yaml',
  '/index.html',
  '/openapi.json',
  '/openapi.yaml',
  '/swagger.json',
  '/swagger.yaml',
  '/swagger-ui.css',
  '/swagger-ui-bundle.js',
  '/swagger-initializer.js',
  '/oauth2-redirect.html',
  '/static/',
  '/static/index.html',
  '/static/swagger-ui.css',
  '/static/swagger-ui-bundle.js',
  '/static/swagger-initializer.js',
  '/static/logo.svg',
  '/static/csp.json',
  '/static/openapi.json',
  '/static/openapi.yaml',
  '/static/swagger.json',
  '/js/scalar.js',
]

/** Documents and pages that live by themselves. */
const ALONE = [
  '/',
  '/openapi.json',
  '/openapi.yaml',
  '/openapi.yml',
  '/swagger.json',
  '/swagger.yaml',
  '/swagger.yml',
  '/swagger-ui.html',
  '/api-docs.json',
  '/apidocs',
  '/v2/api-docs',
  '/v3/api-docs',
  '/v3/api-docs.yaml',
  '/v3/api-docs/swagger-config',
  '/api/v3/api-docs',
  '/swagger-resources',
  '/swagger/v1/swagger.json',
  '/api-json',
  '/api-yaml',
  '/docs-json',
  '/docs-yaml',
  '/swagger-json',
  '/swagger-yaml',
  '/api/docs-json',
  '/api/docs-yaml',
  '/api/openapi.json',
  '/api/openapi.yaml',
  '/api/swagger.json',
  '/api/v1/openapi.json',
  '/openapi/v1.json',
  '/openapi/v1.yaml',
  '/q/openapi',
  '/spec',
  '/spec.json',
  '/spec.yaml',
  '/v1/openapi.json',
  '/v1/swagger.json',
  '/.well-known/openapi.json',
  '/.well-known/openapi',
  '/.well-known/api-catalog',
  '/json',
  '/yaml',
  '/static/index.html',
  '/static/openapi.json',
  '/static/swagger-ui.css',
  '/static/swagger-ui-bundle.js',
  '/static/swagger-initializer.js',
  '/swagger-initializer.js',
  '/swagger-ui-bundle.js',
  '/swagger-ui.css',
]

/** A path to ask for, and the page that it belongs to. */
export interface Place {
  readonly path: string
  /** Where the page lives that this would be a part of; undefined for what lives by itself. */
  readonly root: string | undefined
}

const pagePlaces = (root: string): readonly Place[] => CHILDREN.map((child) => ({ path: root + child, root }))

/** All places of a service, below its base and at its root, each once. The base itself may be where the page lives. */
export function placesOf(base: string): readonly Place[] {
  const bases = [...new Set([base, ''])]
  const places = bases.flatMap((prefix) => [
    ...ALONE.map((path) => ({ path: prefix + path, root: undefined })),
    ...ROOTS.flatMap((root) => pagePlaces(prefix + root)),
  ])
  const all = base === '' ? places : [...pagePlaces(base), ...places]
  return [...new Map([...all].reverse().map((place) => [place.path, place])).values()].reverse()
}

/** Paths that say themselves what is there. */
export const isTelling = (path: string): boolean => /swagger|openapi|api-?docs|redoc|scalar/i.test(path)

/** What is asked for in all its spellings where a service gives no hint of its own. */
export const usualPaths = (base: string): readonly string[] =>
  ['/docs', '/documentation', '/documentation/json', '/openapi.json', '/swagger.json', '/api-docs'].map(
    (path) => base + path,
  )

/** A path beside this one, of the same form, where nothing is. `word` is a name that nobody has. */
export function besides(path: string, word: string): string {
  const slash = path.lastIndexOf('/')
  const extension = /[^.](\.[a-z]+)$/i.exec(path.slice(slash + 1))?.[1] ?? ''
  return path.slice(0, slash + 1) + word + extension
}
