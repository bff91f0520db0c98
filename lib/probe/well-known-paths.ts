/** Common base paths of APIs. Their documentation is below them. */
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

/** Paths of documentation pages, below any prefix. */
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

/** Paths of documents and of single-file pages, below any prefix. */
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

/** Pages whose parts are requested in any case, whatever the response for the page itself. */
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

/** Files of documentation pages, below the page. Documents come first. */
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

/** Endings of documents that have the same name as their page. */
const ENDINGS = ['-json', '-yaml', '.json', '.yaml']

/** Documents and pages at the default paths of frameworks and servers. */
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
  // Indexes of a service
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

/** A path to request, and the page that it belongs to. */
export interface ProbePath {
  readonly path: string
  /** The path of the page that this is a part of; undefined if it is not part of a page. */
  readonly root: string | undefined
}

const alone = (path: string): ProbePath => ({ path, root: undefined })
const pagePaths = (root: string): readonly ProbePath[] =>
  FEW_CHILDREN.map((child) => ({ path: root + child, root }))

const everyPrefix = (names: readonly string[]): readonly string[] =>
  PREFIXES.flatMap((prefix) => names.map((name) => prefix + name))

const distinct = (paths: readonly ProbePath[]): readonly ProbePath[] => {
  const known = new Set<string>()
  return paths.filter(({ path }) => !known.has(path) && known.add(path))
}

const SERVICE = [
  ...ALONE.map(alone),
  ...ROOTS.flatMap(pagePaths),
  ...everyPrefix(['', ...PAGES, ...FILES])
    .filter((path) => path !== '')
    .map(alone),
]

// Fewer paths below a base: the user has already said where the API is.
const belowBase = (base: string): readonly ProbePath[] => [
  ...pagePartsOf(base),
  ...[...PAGES, ...FILES].map((path) => alone(base + path)),
  ...['/docs', '/swagger', '/api-docs', '/documentation'].flatMap((root) => pagePaths(base + root)),
]

/** The parts that a page may have, and documents with the same name beside it. */
export const pagePartsOf = (root: string): readonly ProbePath[] => [
  ...CHILDREN.map((child) => ({ path: root + child, root })),
  ...ENDINGS.map((ending) => alone(root + ending)),
]

/** All paths to request, below the base and at the root, each once. The base may itself be a page. */
export const wellKnownPaths = (base: string): readonly ProbePath[] =>
  distinct(base === '' ? SERVICE : [...belowBase(base), ...SERVICE])

/** Paths that may be pages. Their responses decide whether their parts are requested. */
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

/** Paths that are also requested as YAML and as HTML. */
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

/** Paths that are also requested by HEAD. */
export const headPaths = (base: string): readonly string[] => [
  ...new Set([...negotiatedPaths(base), ...atEveryPrefix(base, FILES.filter(isDocumentPath))]),
]

/** Whether a path is that of a document. */
export const isDocumentPath = (path: string): boolean => /[./-](?:json|ya?ml)$/.test(path)

/** Whether a path is certainly that of API documentation. */
export const namesDocumentation = (path: string): boolean =>
  /swagger|openapi|api-?docs|redoc|scalar/i.test(path)

/** Whether a path has a name that is usual for documentation, but not for documentation alone. */
export const mayNameDocumentation = (path: string): boolean =>
  namesDocumentation(path) ||
  /\/(?:api-?)?(?:docs?|documentation|reference|schema|spec)(?:$|[/.-])/i.test(path)

/** Paths that are requested in all variations even if nothing hints at them. */
export const usualPaths = (base: string): readonly string[] =>
  ['/docs', '/documentation', '/documentation/json', '/openapi.json', '/swagger.json', '/api-docs'].map(
    (path) => base + path,
  )

/** A path in the same folder, with the same extension, that does not exist. `word` is a random name. */
export function baselinePath(path: string, word: string): string {
  const slash = path.lastIndexOf('/')
  const extension = /[^.](\.[a-z]+)$/i.exec(path.slice(slash + 1))?.[1] ?? ''
  return path.slice(0, slash + 1) + word + extension
}
