import { type Constraints, readConstraints } from './constraints.ts'

// A line of Fastify's route tree: branches (│, ├── and └──), the rest of the path, the methods in parentheses. A route
// that differs only by its constraints has a line without a branch.
// The pattern has escapes, because a single such character in the code makes V8 store all of it as two-byte characters.
const LINE =
  /^((?:\u2502 {3}| {4})*)(\u251c\u2500\u2500 |\u2514\u2500\u2500 |)(.*?)(?: \(([A-Z, -]+)\)(?: (\{.*\}))?)?$/s

// The route with which @fastify/cors responds to preflights: `*` after the prefix of its scope.
const PREFLIGHT = /^OPTIONS .*\*$/

// Without the HEAD that Fastify adds to GET.
const methodsOf = (methods: string | undefined): readonly string[] => {
  const names = methods?.split(', ') ?? []
  return names.includes('GET') ? names.filter((name) => name !== 'HEAD') : names
}

/** A route in the output of `printRoutes()`. */
export interface PrintedRoute {
  /** As `GET /path`. */
  readonly route: string
  readonly constraints: Constraints | undefined
}

/**
 * Parses the output of `printRoutes()`: Fastify has no other list of the routes that are declared already.
 * (`commonPrefix: false` would lose what precedes a wildcard.)
 */
export function printedRoutes(tree: string): readonly PrintedRoute[] {
  const routes: PrintedRoute[] = []
  const parents: string[] = []
  for (const line of tree.replaceAll('(empty root node)', '').split('\n')) {
    const [, indent = '', branch, segment = '', methods, json] = LINE.exec(line) as RegExpExecArray
    const depth = branch === '' ? indent.length / 4 - 1 : indent.length / 4
    const path = (parents[depth - 1] ?? '') + segment
    parents[depth] = path
    const constraints = json === undefined ? undefined : readConstraints(json)
    for (const method of methodsOf(methods)) routes.push({ route: `${method} ${path}`, constraints })
  }
  return routes.filter(({ route }) => !PREFLIGHT.test(route))
}

/** The same routes as `GET /path`, each once. */
export const routesOf = (tree: string): readonly string[] => [
  ...new Set(printedRoutes(tree).map(({ route }) => route)),
]

const MAX_ROUTES_LISTED = 20

// Paths are compared in lower case, because a router that ignores case prints them so.
const isBelow = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)

/**
 * The routes with the prefix of a scope in the output of `printRoutes()`. The output does not show scopes: one without
 * a prefix counts as part of the scope around it.
 */
export function earlyRoutes(tree: string, prefix: string): readonly string[] {
  const lowerPrefix = prefix.toLowerCase()
  return routesOf(tree).filter((route) => {
    const path = route.slice(route.indexOf(' ') + 1).toLowerCase()
    return prefix === '' || isBelow(path, lowerPrefix)
  })
}

/** The first of these routes for a warning. `more` is the number of the others, or undefined if there are none. */
export function listedRoutes(routes: readonly string[]) {
  const more = routes.length - MAX_ROUTES_LISTED
  return { routes: routes.slice(0, MAX_ROUTES_LISTED), more: more > 0 ? more : undefined }
}
