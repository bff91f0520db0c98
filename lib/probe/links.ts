import type { ProbeAnswer } from './answer.ts'
import type { Service } from './service.ts'

const MAX_LINKS = 40
const MAX_TEXT = 200_000

// What a page loads, and what the scripts of Swagger UI, Redoc and Scalar call their document.
const REFERENCE =
  /\b(?:href|src|url|spec-url|configUrl|data-url|content)["']?\s*[=:]\s*["']([^"'<>\s]{1,500})["']/gi
const IS_DOCUMENTATION = /json|ya?ml|swagger|openapi|api-?docs|redoc|scalar|docs|documentation|reference/i

function pathOn(reference: string, path: string, { origin }: Service): string | undefined {
  const from = `${origin}${path}`
  if (!URL.canParse(reference, from)) return undefined
  const url = new URL(reference, from)
  return url.origin === origin ? url.pathname + url.search : undefined
}

/** The paths of the same service that an answer leads to and that may be documentation. */
export function linksOf({ location, text }: ProbeAnswer, path: string, service: Service): readonly string[] {
  const references = [...text.slice(0, MAX_TEXT).matchAll(REFERENCE)].map((match) => match[1] as string)
  const paths = [location, ...references.filter((reference) => IS_DOCUMENTATION.test(reference))]
    .filter((reference) => reference !== '')
    .map((reference) => pathOn(reference.replaceAll('&amp;', '&'), path, service))
  return [...new Set(paths.filter((to) => to !== undefined))].slice(0, MAX_LINKS)
}
