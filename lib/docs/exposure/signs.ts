/** What an answer shows of an API's documentation. */
export type Sign = 'document' | 'page' | 'file'

// In JSON, in YAML, and in JSON inside a text of a script.
const VERSION = /(?:^|[{,\s"'])(?:openapi|swagger)\\?["']?\s*:\s*\\?["']?(?:3\.\d|2\.0|1\.2)/im
const PARTS = /(?:^|[{,\s"'])(?:paths|info|components|webhooks|definitions)\\?["']?\s*:/im
// RFC 9727 and the OpenAPI registry: the media types of documents.
const DOCUMENT_TYPE = /\bvnd\.oai\.openapi\b/i

// None of these has in it what a request for documentation has: a server that echoes its request shows nothing.
const PAGE = [
  /\bid=["']?swagger-ui["'\s>]/i,
  /<(?:redoc|rapi-doc|elements-api|openapi-explorer)[\s>]/i,
  /\bRedoc\.init\s*\(/,
  /\bScalar\.createApiReference\s*\(/,
  /\bid=["']?api-reference["'\s>]/i,
  /\b(?:src|href)=["'][^"'>]*(?:swagger-ui|redoc\.standalone|@scalar\/api-reference|rapidoc|stoplight\/elements)/i,
]
const FILE = [/SwaggerUIBundle/, /SwaggerUIStandalonePreset/, /swaggerUIRedirectOauth2/, /\.swagger-ui[ .{]/]

const isHtml = (text: string): boolean => /<(?:!doctype html|html|head|body)[\s>]/i.test(text.slice(0, 2000))

/** The first sign of documentation in an answer, whatever its status; undefined where there is none. */
export function signOf(contentType: string, text: string): Sign | undefined {
  if (DOCUMENT_TYPE.test(contentType)) return 'document'
  if (PAGE.some((pattern) => pattern.test(text))) return 'page'
  if (FILE.some((pattern) => pattern.test(text))) return isHtml(text) ? 'page' : 'file'
  return VERSION.test(text) && PARTS.test(text) ? 'document' : undefined
}
