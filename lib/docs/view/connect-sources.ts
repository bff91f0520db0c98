import { policyOrigin } from '../../http/policy-origin.ts'
import { contactedUrls } from '../../openapi/contacted-urls.ts'
import type { OpenApiDocument } from '../../openapi/document.ts'

const MAX_SOURCES = 50

/**
 * The origins that "Try it out" has to reach for this document: its servers, its token endpoints and the discovery URLs
 * of its OpenID providers. Relative ones are the page's own origin, which is always allowed.
 */
export function connectSources(document: OpenApiDocument): readonly string[] {
  const sources = new Set<string>()
  for (const url of contactedUrls(document)) {
    for (const origin of policyOrigin(url)) sources.add(origin)
    if (sources.size >= MAX_SOURCES) return [...sources].slice(0, MAX_SOURCES)
  }
  return [...sources]
}
