import type { Service } from './request.ts'
import type { ProbeResponse } from './response.ts'

const MAX_LINKS = 40
const MAX_TEXT = 200_000

// Attributes of files that a page loads, and the options of Swagger UI, Redoc and Scalar that name the document.
const REFERENCE =
  /\b(?:href|src|url|spec-url|apiDescriptionUrl|configUrl|location|data-url|content)\\?["']?\s*[=:]\s*\\?["']([^"'<>\s\\]{1,500})\\?["']/gi
// Unquoted attributes, the lines of a robots.txt, the entries of a sitemap.
const PLAIN =
  /\b(?:href|src)=([^"'<>\s]{1,500})|^(?:dis)?allow:[ \t]*(\/[^\s*$]{0,500})|<loc>\s*([^<\s]{1,500})/gim
// Members of an index in JSON: `{ "documentation": "/internal/manual" }`.
const MEMBER =
  /"(?:[\w-]*(?:docs?|documentation|swagger|openapi|spec|service-desc|service-doc))"\s*:\s*(?:\{\s*"href"\s*:\s*)?"([^"<>\s]{1,500})"/gi
const LINK = /<([^>]{1,500})>/g
const IS_DOCUMENTATION = /json|ya?ml|swagger|openapi|api-?docs|redoc|scalar|docs|documentation|reference/i

// Redirects that a browser follows by itself count whatever their path is called.
const META_REFRESH = /<meta\s[^<>]{0,500}http-equiv=["']?refresh[^<>]{0,500}>/gi
const REFRESH_TO = /\bcontent=["']?\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?['"]?([^"'>\s]{1,500})/i
const SCRIPT_REDIRECT =
  /\blocation(?:\.(?:href|pathname))?\s*=\s*["'`]([^"'`\s]{1,500})["'`]|\blocation\.(?:replace|assign)\s*\(\s*["'`]([^"'`\s]{1,500})["'`]/gi

const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].flatMap((match) => match.slice(1).filter((group) => group !== undefined))

const redirectsIn = (text: string): readonly string[] => [
  ...[...text.matchAll(META_REFRESH)].flatMap(([tag]) => REFRESH_TO.exec(tag)?.[1] ?? []),
  ...matches(text, SCRIPT_REDIRECT),
]

function pathOn(reference: string, path: string, { origin }: Service): string | undefined {
  const from = `${origin}${path}`
  if (!URL.canParse(reference, from)) return undefined
  const url = new URL(reference, from)
  return url.origin === origin ? url.pathname + url.search : undefined
}

/** The paths of the same service that a response links to and that may be documentation. */
export function linksOf(
  { location, link, text }: ProbeResponse,
  path: string,
  service: Service,
): readonly string[] {
  const start = text.slice(0, MAX_TEXT)
  const named = [...matches(start, REFERENCE), ...matches(start, PLAIN), ...matches(link, LINK)]
  const paths = [
    location,
    ...redirectsIn(start),
    ...matches(start, MEMBER),
    ...named.filter((reference) => IS_DOCUMENTATION.test(reference)),
  ]
    .filter((reference) => reference !== '')
    .map((reference) => pathOn(reference.replaceAll('&amp;', '&'), path, service))
  return [...new Set(paths.filter((to) => to !== undefined))].slice(0, MAX_LINKS)
}
