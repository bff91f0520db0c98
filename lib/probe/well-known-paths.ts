/** Where an API lives, and its documentation below it. */
const PREFIXES = ['', '/api', '/api/v1', '/api/v2', '/api/v3', '/v1', '/v2', '/v3']

const SELDOM_PREFIXES = [
  '/internal',
  '/admin',
  '/public',
  '/app',
  '/dev',
  '/developer',
  '/portal',
  '/service',
  '/rest',
  '/rest/v1',
  '/v0',
  '/v4',
  '/api/v0',
  '/api/v4',
  '/api/internal',
  '/api/public',
  '/api/latest',
  '/latest',
]
const SELDOM_NAMES = ['/docs', '/swagger', '/api-docs', '/openapi.json', '/swagger.json']

/** What pages of documentation are called, at any of the prefixes. */
const PAGES = [
  '/docs',
  '/swagger',
  '/api-docs',
  '/documentation',
  '/swagger-ui',
  '/openapi',
  '/redoc',
  '/scalar',
  '/reference',
  '/schema',
  '/spec',
  '/doc',
  '/ui',
  '/explorer',
  '/apidocs',
]

/** Documents, and pages of one file, at any of the prefixes. */
const FILES = [
  '/openapi.json',
  '/openapi.yaml',
  '/swagger.json',
  '/swagger.yaml',
  '/api-docs.json',
  '/docs.json',
  '/doc.json',
  '/spec.json',
  '/docs-json',
  '/swagger-json',
  '/docs/json',
  '/docs/openapi.json',
  '/docs/index.html',
  '/swagger/json',
  '/swagger/doc.json',
  '/swagger/index.html',
  '/swagger-ui.html',
  '/swagger-ui/index.html',
  '/swagger-ui-init.js',
  '/docs/swagger-ui-init.js',
  '/swagger/swagger-ui-init.js',
  '/api-docs/swagger-ui-init.js',
]

/** Pages that are looked into, whatever is answered where they live. */
const ROOTS = [
  '/docs',
  '/documentation',
  '/swagger',
  '/swagger-ui',
  '/api-docs',
  '/api',
  '/api/docs',
  '/api/documentation',
  '/api/swagger',
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

const FEW_CHILDREN = [
  '',
  '/',
  '/json',
  '/yaml',
  '/index.html',
  '/openapi.json',
  '/swagger.json',
  '/swagger-ui.css',
  '/swagger-ui-init.js',
  '/swagger-initializer.js',
  '/static/swagger-initializer.js',
]

/** What pages of documentation are made of, below where they live: documents first. */
const CHILDREN = [
  ...FEW_CHILDREN,
  '/openapi.yaml',
  '/openapi.yml',
  '/swagger.yaml',
  '/swagger.yml',
  '/api-docs',
  '/api-docs.json',
  '/api.json',
  '/doc.json',
  '/doc.yaml',
  '/docs.json',
  '/spec',
  '/spec.json',
  '/schema',
  '/schema.json',
  '/swagger-config',
  '/v1.json',
  '/v1/swagger.json',
  '/v1/swagger.yaml',
  '/v1/openapi.json',
  '/v2/swagger.json',
  '/v1',
  '/collection.json',
  '/swagger',
  '/redoc',
  '/ui',
  '/index.js',
  '/swagger-ui-bundle.js',
  '/oauth2-redirect.html',
  '/js/scalar.js',
  '/static/',
  '/static/index.html',
  '/static/swagger-ui.css',
  '/static/swagger-ui-bundle.js',
  '/static/logo.svg',
  '/static/csp.json',
  '/static/openapi.json',
  '/static/openapi.yaml',
  '/static/swagger.json',
]

/** What stands beside a page, by the same name. */
const ENDINGS = ['-json', '-yaml', '.json', '.yaml']

/** Documents and pages that live by themselves, as frameworks and servers come. */
const ALONE = [
  '/',
  '/openapi.yml',
  '/swagger.yml',
  '/asyncapi.json',
  '/asyncapi.yaml',
  '/api.json',
  '/api.yaml',
  '/api.raml',
  '/json',
  '/yaml',
  // NestJS
  '/api-json',
  '/api-yaml',
  '/docs-yaml',
  '/swagger-yaml',
  '/api/docs-yaml',
  '/api/v1-json',
  '/api/v2-json',
  '/api/v3-json',
  '/v1-json',
  '/v2-json',
  '/api-docs-json',
  '/openapi-json',
  '/documentation-json',
  '/reference-json',
  // Spring
  '/v2/api-docs',
  '/v3/api-docs',
  '/v3/api-docs.yaml',
  '/v3/api-docs/swagger-config',
  '/v3/api-docs/public',
  '/api/v3/api-docs',
  '/swagger-resources',
  '/swagger-resources/configuration/ui',
  '/doc.html',
  '/actuator/openapi',
  '/actuator/swagger-ui',
  '/webjars/swagger-ui/index.html',
  // Quarkus, MicroProfile, Micronaut, Jersey
  '/q/openapi',
  '/q/openapi.json',
  '/openapi/ui',
  '/swagger/views/swagger-ui',
  '/application.wadl',
  '/rapidoc',
  // ASP.NET Core
  '/swagger/v1/swagger.json',
  '/swagger/v1/swagger.yaml',
  '/swagger/v2/swagger.json',
  '/swagger/docs/v1',
  '/api/swagger/v1/swagger.json',
  '/openapi/v1.json',
  '/openapi/v1.yaml',
  '/openapi/v1',
  '/openapi/v2.json',
  '/openapi/v2',
  '/openapi/v3',
  '/api/openapi/v1.json',
  '/api/openapi/v3.json',
  '/api/swagger/ui',
  '/scalar/v1',
  '/scalar/v2',
  '/api/scalar/v1',
  '/odata/$metadata',
  // Python
  '/api/schema/swagger-ui',
  '/api/schema/redoc',
  '/schema/openapi.json',
  '/schema/swagger',
  '/apispec.json',
  '/apispec_1.json',
  '/api-spec.json',
  '/apidoc/openapi.json',
  '/v1.0/ui',
  '/v1.0/openapi.json',
  '/swaggerui/swagger-ui-bundle.js',
  '/api/1/swagger.json',
  // Ruby, PHP, Elixir
  '/swagger_doc',
  '/swagger_doc.json',
  '/api/swagger_doc',
  '/api/swagger_doc.json',
  '/api/v1/swagger_doc.json',
  '/api-docs/v1/swagger.yaml',
  '/api-docs/v1/swagger.json',
  '/apipie',
  '/docs/api',
  '/docs/api.json',
  '/docs/api-docs.json',
  '/docs.openapi',
  '/docs.postman',
  '/docs.jsonopenapi',
  '/api/doc.yaml',
  '/api/docs.jsonopenapi',
  '/api/docs.jsonld',
  '/swaggerui',
  // Go, Rust
  '/openapi3.json',
  '/openapi-3.0.json',
  '/openapiv2',
  '/swagger.v1.json',
  '/api-docs/openapi.json',
  '/api-doc/openapi.json',
  '/spec_yaml',
  '/docs/private/api.json',
  // Products, portals, other formats
  '/server/specs/oas',
  '/v1/sys/internal/specs/openapi',
  '/explorer/openapi.json',
  '/explorer/swagger.json',
  '/documentation/v1.0.0',
  '/postman.json',
  '/collection.json',
  '/postman_collection.json',
  '/?wsdl',
  '/service?wsdl',
  '/graphql',
  '/graphiql',
  '/playground',
  '/schema.graphql',
  '/apidoc',
  '/api-doc',
  '/api-reference',
  '/api-explorer',
  '/swagger-docs',
  '/openapi-ui',
  '/help',
  '/developers',
  '/docs/swagger',
  '/docs/redoc',
  '/docs/openapi',
  '/docs/v1',
  '/api-docs/index.html',
  '/api-docs/swagger.json',
  '/redoc/index.html',
  '/swagger/ui',
  '/swagger/ui/index',
  // Lists of what there is
  '/.well-known/openapi.json',
  '/.well-known/openapi',
  '/.well-known/api-catalog',
  '/robots.txt',
  '/sitemap.xml',
  // The files of Swagger UI at the root
  '/index.html',
  '/static/index.html',
  '/static/openapi.json',
  '/static/openapi.yaml',
  '/static/swagger.json',
  '/static/swagger-ui.css',
  '/static/swagger-ui-bundle.js',
  '/static/swagger-initializer.js',
  '/swagger-initializer.js',
  '/swagger-ui-init.js',
  '/swagger-ui-bundle.js',
  '/swagger-ui.css',
  ...SELDOM_PREFIXES.flatMap((prefix) => SELDOM_NAMES.map((name) => prefix + name)),
]

/** A path to ask for, and the page that it belongs to. */
export interface ProbePath {
  readonly path: string
  /** Where the page lives that this would be a part of; undefined for what lives by itself. */
  readonly root: string | undefined
}

const alone = (path: string): ProbePath => ({ path, root: undefined })
const pagePlaces = (root: string): readonly ProbePath[] =>
  FEW_CHILDREN.map((child) => ({ path: root + child, root }))

const everyPrefix = (names: readonly string[]): readonly string[] =>
  PREFIXES.flatMap((prefix) => names.map((name) => prefix + name))

const first = (places: readonly ProbePath[]): readonly ProbePath[] => {
  const known = new Set<string>()
  return places.filter(({ path }) => !known.has(path) && known.add(path))
}

const SERVICE = [
  ...ALONE.map(alone),
  ...ROOTS.flatMap(pagePlaces),
  ...everyPrefix(['', ...PAGES, ...FILES])
    .filter((path) => path !== '')
    .map(alone),
]

// Below a base, where somebody knows the way, less is enough.
const belowBase = (base: string): readonly ProbePath[] => [
  ...pagePartsOf(base),
  ...[...PAGES, ...FILES].map((path) => alone(base + path)),
  ...['/docs', '/swagger', '/api-docs', '/documentation'].flatMap((root) => pagePlaces(base + root)),
]

/** The parts that a page may have, and what stands beside it by the same name. */
export const pagePartsOf = (root: string): readonly ProbePath[] => [
  ...CHILDREN.map((child) => ({ path: root + child, root })),
  ...ENDINGS.map((ending) => alone(root + ending)),
]

/** All places of a service, below its base and at its root, each once. The base itself may be where the page lives. */
export const wellKnownPaths = (base: string): readonly ProbePath[] =>
  first(base === '' ? SERVICE : [...belowBase(base), ...SERVICE])

/** Where pages may live: what is answered there says whether it is worth looking into them. */
export const rootsOf = (base: string): readonly string[] => [
  ...new Set([
    ...(base === '' ? [] : [base, ...PAGES.map((page) => base + page)]),
    ...ROOTS,
    ...everyPrefix(['', ...PAGES]).filter((root) => root !== ''),
    '/scalar/v1',
    '/internal/docs',
    '/admin/docs',
  ]),
]

const atEveryPrefix = (base: string, names: readonly string[]): readonly string[] =>
  [...(base === '' ? [] : [base]), ...PREFIXES].flatMap((prefix) =>
    names.map((name) => prefix + name).filter((path) => path !== ''),
  )

/** What is asked for as YAML and as a page, too. */
export const negotiatedPaths = (base: string): readonly string[] => [
  ...new Set([
    ...atEveryPrefix(base, [
      '',
      ...PAGES.slice(0, 7),
      '/schema',
      '/spec',
      '/doc',
      '/openapi.yaml',
      '/openapi.json',
    ]),
    '/reference',
    '/scalar',
    '/scalar/v1',
    '/q/openapi',
    '/q/swagger-ui',
    '/v3/api-docs',
    '/api/v3/api-docs',
    '/openapi/v1.json',
    '/openapi/v1.yaml',
    '/swagger/v1/swagger.json',
    '/swagger/v1/swagger.yaml',
  ]),
]

/** What is asked for by HEAD, too. */
export const headPaths = (base: string): readonly string[] => [
  ...new Set([...negotiatedPaths(base), ...atEveryPrefix(base, FILES.filter(isDocumentPath))]),
]

/** Whether a part of a page is a document. */
export const isDocumentPath = (path: string): boolean => /[./-](?:json|ya?ml)$/.test(path)

/** Paths that say themselves what is there. */
export const namesDocumentation = (path: string): boolean =>
  /swagger|openapi|api-?docs|redoc|scalar/i.test(path)

/** Paths that are called as documentation is, if not as nothing else is. */
export const mayNameDocumentation = (path: string): boolean =>
  namesDocumentation(path) ||
  /\/(?:api-?)?(?:docs?|documentation|reference|schema|spec)(?:$|[/.-])/i.test(path)

/** What is asked for in all its spellings where a service gives no hint of its own. */
export const usualPaths = (base: string): readonly string[] =>
  ['/docs', '/documentation', '/documentation/json', '/openapi.json', '/swagger.json', '/api-docs'].map(
    (path) => base + path,
  )

/** A path beside this one, of the same form, where nothing is. `word` is a name that nobody has. */
export function baselinePath(path: string, word: string): string {
  const slash = path.lastIndexOf('/')
  const extension = /[^.](\.[a-z]+)$/i.exec(path.slice(slash + 1))?.[1] ?? ''
  return path.slice(0, slash + 1) + word + extension
}
