import { isObject, member } from '../../openapi/json.ts'
import { invalidOption } from '../../validation/option.ts'

type TransformObject = (documents: { readonly openapiObject: object }) => unknown

const VARIABLE = /\{([^{}]+)\}/g

// @fastify/swagger parses the URL of each server, to remove its path from the paths of the routes. It throws for
// URLs that cannot be parsed, at every request for the document.
function canBeRead(server: Record<string, unknown>, option: string): boolean {
  const { url, variables } = server
  if (typeof url !== 'string') return invalidOption(`${option}.url`, url, 'write a URL, or a path')
  const full = url.replace(VARIABLE, (_match, name: string) => {
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
 * Options for @fastify/swagger that contain only servers it can parse. Servers relative to the document (`.`, `../api`,
 * an empty URL) are added to the document afterwards.
 *
 * @throws `DOCS_GATE_OPTIONS` if a server has no URL, or a variable of it has no default
 */
export function withReadableServers(options: object): object {
  const openapi = member(options, 'openapi')
  const servers = member(openapi, 'servers')
  if (!Array.isArray(servers)) return options
  const readable = servers.filter((server, index) => {
    const option = `swagger.openapi.servers[${index}]`
    return canBeRead(serverOf(server, option), option)
  })
  // With `stripBasePath: false`, @fastify/swagger does not parse the URLs.
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
