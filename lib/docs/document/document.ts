import { OptionsError } from '../../errors.ts'
import { isObject } from './json.ts'

/** An OpenAPI 3.x or Swagger 2 document. */
export interface OpenApiDocument {
  readonly openapi?: string
  readonly swagger?: string
  readonly info?: { readonly title?: unknown }
  readonly [field: string]: unknown
}

function fault(option: string, from: string, what: string): never {
  throw new OptionsError(`${option}: ${from} ${what}`)
}

/** Refuses what no reader of OpenAPI would take. `from` says where it came from. */
export function checkDocument(value: unknown, option: string, from: string): OpenApiDocument {
  if (!isObject(value)) fault(option, from, 'is not an object; write an OpenAPI 3 or Swagger 2 document')
  const { openapi, swagger, info } = value
  const isKnown = swagger === '2.0' || (typeof openapi === 'string' && /^3\.\d+(?:\.\d+)?/.test(openapi))
  if (!isKnown)
    fault(
      option,
      from,
      'is no OpenAPI 3 or Swagger 2 document: neither openapi: 3.x nor swagger: "2.0" is in it',
    )
  if (info !== undefined && !isObject(info)) fault(option, from, 'has an info that is not an object')
  return value
}

export function titleOf(document: OpenApiDocument): string | undefined {
  const title = document.info?.title
  return typeof title === 'string' && title !== '' ? title : undefined
}
