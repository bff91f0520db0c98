import { isObject, member } from '../../openapi/json.ts'
import { invalidOption } from '../../validation/option.ts'

type TransformObject = (documents: { readonly openapiObject: object }) => unknown

const VARIABLE = /\{([^{}]+)\}/g

// @fastify/swagger reads a server's path out of its URL, to take it off the paths of the routes, and throws where there is
// none to read: at the first request for the document, and at each one after it.
function canBeRead(server: Record<string, unknown>, option: string): boolean {
  const { url, variables } = server
  if (typeof url !== 'string') return invalidOption(`${option}.url`, url, 'write a URL, or a path')
  const full = url.replace(VARIABLE, (_place, name: string) => {
    const value = member(member(variables, name), 'default')
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    return invalidOption(
      `${option}.variables.${name}.default`,
      value,
      'write the value that a client begins with',
    )
  })
  return full.startsWith('/') || URL.canParse(full)
}

function serverOf(server: unknown, option: string): Record<string, unknown> {
  return isObject(server) ? server : invalidOption(option, server, 'write an object with a url')
}

/**
 * Options for @fastify/swagger whose servers it can read. Those that are relative to the document (`.`, `../api`, an empty
 * URL) are kept from it, and stand in the document all the same.
 *
 * @throws `DOCS_GATE_OPTIONS` where a server has no URL, or a variable of one no default
 */
export function withReadableServers(options: object): object {
  const openapi = member(options, 'openapi')
  const servers = member(openapi, 'servers')
  if (!Array.isArray(servers)) return options
  const readable = servers.filter((server, index) => {
    const option = `swagger.openapi.servers[${index}]`
    return canBeRead(serverOf(server, option), option)
  })
  // Without that option, the URLs are not read.
  if (readable.length === servers.length || member(options, 'stripBasePath') === false) return options
  const transform = member(options, 'transformObject') as TransformObject | undefined
  return {
    ...options,
    openapi: { ...(openapi as object), servers: readable },
    transformObject({ openapiObject }: { readonly openapiObject: object }): unknown {
      Object.assign(openapiObject, { servers })
      return transform ? transform({ openapiObject }) : openapiObject
    },
  }
}
