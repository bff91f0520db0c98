import { type Constraints, readConstraints } from './constraints.ts'

// A line of Fastify's route tree: branches, then the rest of the path, then the methods in parentheses. A route that
// differs by its constraints only has a line of its own without a branch.
// │, ├── and └──; escaped, because one such character in a file makes V8 hold all of it in two bytes each.
const LINE =
  /^((?:\u2502 {3}| {4})*)(\u251c\u2500\u2500 |\u2514\u2500\u2500 |)(.*?)(?: \(([A-Z, -]+)\)(?: (\{.*\}))?)?$/s

// What @fastify/cors answers preflights with: `*`, behind the prefix of its scope.
const PREFLIGHT = /^OPTIONS .*\*$/

// The methods that a route was declared with: HEAD comes along with GET.
const methodsOf = (methods: string | undefined): readonly string[] => {
  const names = methods?.split(', ') ?? []
  return names.includes('GET') ? names.filter((name) => name !== 'HEAD') : names
}

/** A route in the text of `printRoutes()`. */
export interface PrintedRoute {
  /** As `GET /path`. */
  readonly route: string
  readonly constraints: Constraints | undefined
}

/**
 * The routes in the text of `printRoutes()`: Fastify offers no other list of the routes that are there already.
 * (`commonPrefix: false` would lose what stands before a wildcard.)
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

/** The same as `GET /path`, each once. */
export const routesOf = (tree: string): readonly string[] => [
  ...new Set(printedRoutes(tree).map(({ route }) => route)),
]

const MAX_ROUTES_LISTED = 20

/** Routes that came too early, as they are told: by name, as far as that can be read. */
export interface EarlyRoutes {
  readonly routes: readonly string[]
  /** How many there are besides; undefined where there are none. */
  readonly more: number | undefined
}

// A router that ignores case keeps its paths in small letters.
const isBelow = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)

/**
 * The routes of the scope with this prefix that are there already, from the text of `printRoutes()`. The tree knows of no
 * scopes: those without a prefix of their own are taken for the scope around them.
 */
export function earlyRoutes(tree: string, prefix: string): readonly string[] {
  const lowerPrefix = prefix.toLowerCase()
  return routesOf(tree).filter((route) => {
    const path = route.slice(route.indexOf(' ') + 1).toLowerCase()
    return prefix === '' || isBelow(path, lowerPrefix)
  })
}

/** The first of these routes, and how many more there are. */
export function listedRoutes(routes: readonly string[]): EarlyRoutes {
  const more = routes.length - MAX_ROUTES_LISTED
  return { routes: routes.slice(0, MAX_ROUTES_LISTED), more: more > 0 ? more : undefined }
}
