import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { OptionsError } from '../errors.ts'

/** An OpenAPI 3.x or Swagger 2 document. */
export interface OpenApiDocument {
  readonly openapi?: string
  readonly swagger?: string
  readonly info?: { readonly title?: unknown }
  readonly [field: string]: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function fault(option: string, from: string, what: string, cause?: unknown): never {
  throw new OptionsError(`${option}: ${from} ${what}`, cause === undefined ? undefined : { cause })
}

function parseJson(text: string, option: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    fault(option, from, `is not JSON: ${(cause as Error).message}`, cause)
  }
}

function parseYaml(text: string, option: string, from: string): unknown {
  const document = parseDocument(text)
  const [error] = document.errors
  // The first line says what and where; the others show the text around it.
  if (error) fault(option, from, `is not YAML: ${error.message.replace(/:?\n.*$/s, '')}`, error)
  try {
    return document.toJS({ maxAliasCount: 1000 })
  } catch (cause) {
    fault(option, from, `is not YAML that can be read: ${(cause as Error).message}`, cause)
  }
}

async function readSource(path: string, option: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8')
    return text.replace(/^\uFEFF/, '')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    fault(
      option,
      JSON.stringify(path),
      `cannot be read (${code}); write the path of a file, from ${process.cwd()}`,
      cause,
    )
  }
}

/** Refuses what no reader of OpenAPI would take. `from` says where it came from. */
export function checkDocument(value: unknown, option: string, from: string): OpenApiDocument {
  if (!isObject(value)) fault(option, from, 'is not an object')
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

/** The document that a `source` names: an object, or the path of a JSON or YAML file. */
export async function loadDocument(source: string | object, option: string): Promise<OpenApiDocument> {
  if (typeof source === 'object') return checkDocument(source, option, 'the object')
  const from = JSON.stringify(source)
  const text = await readSource(source, option)
  const value = /^\s*[[{]/.test(text) ? parseJson(text, option, from) : parseYaml(text, option, from)
  return checkDocument(value, option, from)
}

export function titleOf(document: OpenApiDocument): string | undefined {
  const title = document.info?.title
  return typeof title === 'string' && title !== '' ? title : undefined
}
