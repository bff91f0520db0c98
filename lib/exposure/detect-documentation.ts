/** The kind of API documentation in a response. */
export type DocumentationKind = 'document' | 'page' | 'file'

// In JSON, in YAML, and in JSON inside a string of a script.
const VERSION = /(?:^|[{,\s"'])(?:openapi|swagger)\\?["']?\s*:\s*\\?["']?(?:3\.\d|2\.0|1\.2)/im
const PARTS = /(?:^|[{,\s"'])(?:paths|info|components|webhooks|definitions)\\?["']?\s*:/im
// RFC 9727 and the OpenAPI registry: the media types of documents.
const DOCUMENT_TYPE = /\bvnd\.(?:oai\.openapi|aai\.asyncapi)\b/i
// Other formats: AsyncAPI, Swagger 1.2, RAML, API Blueprint, WSDL, WADL, OData, Postman, Hydra, Google's. All patterns
// of a format have to match. One pattern that spans two of them could backtrack for ever on hostile content.
const OTHER_FORMATS = [
  [/(?:^|[{,\s"'])asyncapi["']?\s*:\s*["']?[23]\.\d/im, /(?:^|[{,\s"'])channels["']?\s*:/im],
  [/"swaggerVersion"\s*:\s*"1\.\d"/, /"apis"\s*:/],
  [/^#%RAML [01]\.\d/],
  [/^FORMAT: 1A\b/],
  [/<(?:\w{1,20}:)?definitions\s[^<>]{0,2000}schemas\.xmlsoap\.org\/wsdl\//],
  [/<(?:\w{1,20}:)?application\s[^<>]{0,2000}wadl\.dev\.java\.net\//],
  [/<edmx:Edmx\s[^<>]{0,2000}Version=/],
  [/"schema"\s*:\s*"https:\/\/schema\.(?:get)?postman\.com\/json\/collection\//],
  [/"@type"\s*:\s*"(?:hydra:)?ApiDocumentation"/],
  [/"kind"\s*:\s*"discovery#restDescription"/],
]

// No pattern matches the URL of documentation by itself, so that a server that echoes requests, or a page that links to
// documentation, is not a finding. A page that loads the scripts and styles of a viewer is one.
const PAGE = [
  /\bid=["']?swagger-ui(?:-container)?["'\s>]/i,
  /<(?:redoc|rapi-doc(?:-mini)?|elements-api|elements-dev-portal|openapi-explorer|asyncapi-component)[\s>]/i,
  /\bRedoc\.(?:init|hydrate)\s*\(/,
  /\b__redoc_state\b/,
  /\bnew SwaggerUi\s*\(/,
  /\bScalar\.createApiReference\s*\(/,
  /\bid=["']?api-reference["'\s>]/i,
  /<script\s[^<>]{0,300}\bsrc=["']?[^"'<>]{0,300}(?:swagger-ui|redoc\.standalone|@scalar\/api-reference|scalar\.aspnetcore|rapidoc|stoplight\/elements)/i,
  /\bimport\b[^;]{0,200}["'][^"';]{0,200}@scalar\/api-reference/,
  /<link\s[^<>]{0,300}\bhref=["']?[^"'<>]{0,300}swagger-ui[^"'<>]{0,300}\.css/i,
]
// Configuration that tells Swagger UI where the documents are, as springdoc and springfox serve it.
const SETTINGS = [
  [/"configUrl"\s*:\s*"[^"]{0,200}(?:api-docs|swagger|openapi)/, /"(?:urls?|validatorUrl)"\s*:/],
  [/"swaggerVersion"\s*:\s*"2\.0"/],
]
const FILE = [/SwaggerUIBundle/, /SwaggerUIStandalonePreset/, /swaggerUIRedirectOauth2/, /\.swagger-ui[ .{]/]

const isHtml = (text: string): boolean => /<(?:!doctype html|html|head|body)[\s>]/i.test(text.slice(0, 2000))

const matchesAll = (text: string, formats: readonly (readonly RegExp[])[]): boolean =>
  formats.some((patterns) => patterns.every((pattern) => pattern.test(text)))

/** Detects documentation in a response, whatever its status; undefined if there is none. */
export function detectDocumentation(contentType: string, text: string): DocumentationKind | undefined {
  if (DOCUMENT_TYPE.test(contentType)) return 'document'
  if (PAGE.some((pattern) => pattern.test(text))) return 'page'
  if (FILE.some((pattern) => pattern.test(text))) return isHtml(text) ? 'page' : 'file'
  if (VERSION.test(text) && PARTS.test(text)) return 'document'
  if (matchesAll(text, OTHER_FORMATS)) return 'document'
  return matchesAll(text, SETTINGS) ? 'file' : undefined
}
