import { policyOrigin } from '../http/policy-origin.ts'
import type { OpenApiDocument } from './document.ts'
import { isObject } from './json.ts'
import { serverUrls, swagger2Urls } from './server-urls.ts'

const MAX_SOURCES = 50

const valuesOf = (value: unknown): unknown[] => (isObject(value) ? Object.values(value) : [])

// OpenAPI 3: servers may stand at the document, at a path and at an operation.
function* allServers(document: OpenApiDocument): Iterable<string> {
  const paths = valuesOf(document['paths']).filter(isObject)
  const operations = paths.flatMap(valuesOf).filter(isObject)
  for (const { servers } of [document, ...paths, ...operations]) yield* serverUrls(servers)
}

// An OpenID provider names its endpoints in what is read from its discovery URL.
const ENDPOINTS = ['tokenUrl', 'openIdConnectUrl']

function endpoints(document: OpenApiDocument): readonly string[] {
  const components = document['components']
  const schemes = [
    ...valuesOf(isObject(components) ? components['securitySchemes'] : undefined),
    ...valuesOf(document['securityDefinitions']),
  ].filter(isObject)
  const flows = schemes.flatMap(({ flows }) => valuesOf(flows)).filter(isObject)
  const urls = [...schemes, ...flows].flatMap((one) => ENDPOINTS.map((name) => one[name]))
  return urls.filter((url) => typeof url === 'string')
}

/**
 * The origins that "Try it out" has to reach for this document: its servers, its token endpoints and the discovery URLs
 * of its OpenID providers. Relative ones are the page's own origin, which is always allowed.
 */
export function connectSources(document: OpenApiDocument): readonly string[] {
  const sources = new Set<string>()
  for (const urls of [allServers(document), swagger2Urls(document), endpoints(document)])
    for (const url of urls) {
      for (const origin of policyOrigin(url)) sources.add(origin)
      if (sources.size >= MAX_SOURCES) return [...sources].slice(0, MAX_SOURCES)
    }
  return [...sources]
}
