import { refuser } from './document-error.ts'
import { ExactNumber } from './exact-number.ts'
import { isObject } from './json.ts'

/** An OpenAPI 3.x or Swagger 2 document. */
export interface OpenApiDocument {
  readonly openapi?: string
  readonly swagger?: string
  readonly info?: { readonly title?: unknown } | null
  readonly [field: string]: unknown
}

// Swagger UI shows these versions. For any other it says that the document has no valid version field.
const SHOWN = /^3\.[012]\.(?:0|[1-9]\d*)$/

const isNumber = (value: unknown): boolean => typeof value === 'number' || value instanceof ExactNumber

// Written as a number, a version loses its quotes and, in JavaScript, its last zero.
function fullVersion(field: 'openapi' | 'swagger', value: unknown): string | undefined {
  if (field === 'swagger') return Number(value) === 2 ? '2.0' : undefined
  const [match, minor = 0] = /^3(?:\.([012]))?$/.exec(String(value)) ?? []
  return match && `3.${minor}.0`
}

function versionFault(field: 'openapi' | 'swagger', value: unknown): string | undefined {
  const full = fullVersion(field, value)
  if (full !== undefined && isNumber(value))
    return `${field}: ${value} is a number; quote it: ${field}: "${full}"`
  if (typeof value !== 'string' || !value.startsWith('3.')) return undefined
  return full === undefined
    ? `Swagger UI does not show ${field}: ${JSON.stringify(value.slice(0, 20))}; write a version like "3.0.4", "3.1.2" or "3.2.0"`
    : `${field}: ${JSON.stringify(value)} lacks its last number; write ${field}: "${full}"`
}

/**
 * Refuses what is no OpenAPI document.
 *
 * @param subject what the value is called in the message
 * @throws DocumentError
 */
export function checkDocument(value: unknown, subject: string): OpenApiDocument {
  const refuse = refuser(subject)
  if (!isObject(value)) return refuse('is not an object; write an OpenAPI 3 or Swagger 2 document')
  const { openapi, swagger } = value
  if (swagger === '2.0' || (typeof openapi === 'string' && SHOWN.test(openapi))) return value
  const what =
    versionFault('openapi', openapi) ??
    versionFault('swagger', swagger) ??
    'neither openapi: 3.x nor swagger: "2.0" is in it'
  return refuse(`is no OpenAPI 3 or Swagger 2 document: ${what}`)
}

/** The title in its `info`, if it has one. */
export function titleOf(document: OpenApiDocument): string | undefined {
  const title = document.info?.title
  return typeof title === 'string' && title !== '' ? title : undefined
}
