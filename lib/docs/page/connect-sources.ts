import type { OpenApiDocument } from '../document/document.ts'
import { ExactNumber } from '../document/exact-number.ts'
import { isObject } from '../document/json.ts'

const MAX_SOURCES = 50

const valuesOf = (value: unknown): unknown[] => (isObject(value) ? Object.values(value) : [])

// YAML makes numbers of some. What is neither has no text of its own, and may not even let itself be turned into one.
const isText = (value: unknown): value is string | number | ExactNumber =>
  typeof value === 'string' || typeof value === 'number' || value instanceof ExactNumber

function valuesOfVariable(variable: unknown): readonly string[] {
  if (!isObject(variable)) return []
  const listed = Array.isArray(variable['enum']) ? variable['enum'] : []
  const values = [variable['default'], ...listed].filter(isText)
  return [...new Set(values.map(String))].slice(0, MAX_SOURCES)
}

// A server URL may have variables: `https://{region}.example.com`. Each value that the document allows is a server.
// Bounded at every step: a few variables with long lists would multiply without end.
function expand(url: string, variables: unknown): readonly string[] {
  let urls: readonly string[] = [url]
  for (const [name, variable] of Object.entries(isObject(variables) ? variables : {})) {
    const place = `{${name}}`
    const values = url.includes(place) ? valuesOfVariable(variable) : ['']
    urls = urls
      .flatMap((from) => values.map((value) => from.replaceAll(place, () => value)))
      .slice(0, MAX_SOURCES)
  }
  return urls.filter((full) => !/[{}]/.test(full))
}

function serverUrls(servers: unknown): readonly string[] {
  if (!Array.isArray(servers)) return []
  return servers
    .filter(isObject)
    .flatMap(({ url, variables }) => (typeof url === 'string' ? expand(url, variables) : []))
}

// OpenAPI 3: servers may stand at the document, at a path and at an operation.
function allServers(document: OpenApiDocument): readonly string[] {
  const paths = valuesOf(document['paths']).filter(isObject)
  const operations = paths.flatMap(valuesOf).filter(isObject)
  return [document, ...paths, ...operations].flatMap(({ servers }) => serverUrls(servers))
}

// Swagger 2: one host, several schemes.
function swagger2Servers({ host, schemes }: OpenApiDocument): readonly string[] {
  if (typeof host !== 'string') return []
  const names = Array.isArray(schemes) && schemes.length > 0 ? schemes : ['https', 'http']
  return names.filter(isText).map((scheme) => `${scheme}://${host}`)
}

function tokenUrls(document: OpenApiDocument): readonly string[] {
  const components = document['components']
  const schemes = [
    ...valuesOf(isObject(components) ? components['securitySchemes'] : undefined),
    ...valuesOf(document['securityDefinitions']),
  ].filter(isObject)
  const flows = schemes.flatMap(({ flows }) => valuesOf(flows)).filter(isObject)
  return [...schemes, ...flows].flatMap(({ tokenUrl }) => (typeof tokenUrl === 'string' ? [tokenUrl] : []))
}

// The URL parser takes more for a host than a policy does: `;`, `,` and `*` would end a directive, or begin another.
const ORIGIN = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/

/** The origin of a URL where it is one that can stand in a policy. */
export function policyOrigin(url: string): readonly string[] {
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  return ORIGIN.test(origin) ? [origin] : []
}

/**
 * The origins that "Try it out" has to reach for this document: its servers and its token endpoints. Relative ones are
 * the page's own origin, which is always allowed.
 */
export function connectSources(document: OpenApiDocument): readonly string[] {
  const urls = [...allServers(document), ...swagger2Servers(document), ...tokenUrls(document)]
  return [...new Set(urls.flatMap(policyOrigin))].slice(0, MAX_SOURCES)
}
