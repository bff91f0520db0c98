import type { OpenApiDocument } from './document.ts'
import { ExactNumber } from './exact-number.ts'
import { isObject } from './json.ts'

/** The limit for one server: the values of a few variables with long lists multiply. */
const MAX_URLS = 50

// YAML reads some values as numbers. Other values have no text, and turning them into one may throw.
const isText = (value: unknown): value is string | number | ExactNumber =>
  typeof value === 'string' || typeof value === 'number' || value instanceof ExactNumber

// The default comes first: it is what a client begins with.
function valuesOfVariable(variable: unknown): readonly string[] {
  if (!isObject(variable)) return []
  const listed = Array.isArray(variable['enum']) ? variable['enum'] : []
  const values = [variable['default'], ...listed].filter(isText)
  return [...new Set(values.map(String))].slice(0, MAX_URLS)
}

function* filled(urls: Iterable<string>, place: string, values: readonly string[]): Iterable<string> {
  for (const url of urls) for (const value of values) yield url.replaceAll(place, () => value)
}

function firstOf(urls: Iterable<string>): readonly string[] {
  const first: string[] = []
  for (const url of urls) if (first.push(url) === MAX_URLS) break
  return first
}

// `https://{region}.example.com`: each value that the document lists is a server.
function expand(url: string, variables: unknown): readonly string[] {
  let urls: readonly string[] = [url]
  for (const [name, variable] of Object.entries(isObject(variables) ? variables : {})) {
    const place = `{${name}}`
    // No more URLs are made than the limit.
    if (url.includes(place)) urls = firstOf(filled(urls, place, valuesOfVariable(variable)))
  }
  return urls.filter((full) => !/[{}]/.test(full))
}

/**
 * The URLs that a list of servers stands for, with every value that their variables list; of each server, the one with
 * the defaults comes first. A variable without a list may have any value: of it, only the default is known. URLs that
 * are relative stay so.
 *
 * @see OpenAPI 3.1, section 4.8.6 (Server Variable Object)
 */
export function* serverUrls(servers: unknown): Iterable<string> {
  if (!Array.isArray(servers)) return
  for (const { url, variables } of servers.filter(isObject))
    if (typeof url === 'string') yield* expand(url, variables)
}

/** The URLs of the one host of a Swagger 2 document, over each of its schemes; none where it names no host. */
export function swagger2Urls({ host, basePath, schemes }: OpenApiDocument): readonly string[] {
  if (typeof host !== 'string') return []
  const path = typeof basePath === 'string' ? basePath : ''
  const names = Array.isArray(schemes) && schemes.length > 0 ? schemes : ['https', 'http']
  return names.filter(isText).map((scheme) => `${scheme}://${host}${path}`)
}
