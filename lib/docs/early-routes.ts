// A line of Fastify's route tree: branches, then the rest of the path, then the methods in parentheses. A route that
// differs by its constraints only has a line of its own without a branch.
// │, ├── and └──; escaped, because one such character in a file makes V8 hold all of it in two bytes each.
const LINE =
  /^((?:\u2502 {3}| {4})*)(\u251c\u2500\u2500 |\u2514\u2500\u2500 |)(.*?)(?: \(([A-Z, -]+)\)(?: \{.*\})?)?$/

// The methods that a route was declared with: HEAD comes along with GET.
const methodsOf = (methods: string | undefined): readonly string[] => {
  const names = methods?.split(', ') ?? []
  return names.includes('GET') ? names.filter((name) => name !== 'HEAD') : names
}

/**
 * The routes in the text of `printRoutes()`, as `GET /path`: Fastify offers no other list of the routes that are there
 * already. (`commonPrefix: false` would lose what stands before a wildcard.)
 */
export function routesOf(tree: string): readonly string[] {
  const routes = new Set<string>()
  const parents: string[] = []
  for (const line of tree.replaceAll('(empty root node)', '').split('\n')) {
    const [, indent = '', branch, segment = '', methods] = LINE.exec(line) as RegExpExecArray
    const depth = branch === '' ? indent.length / 4 - 1 : indent.length / 4
    const path = (parents[depth - 1] ?? '') + segment
    parents[depth] = path
    for (const method of methodsOf(methods)) routes.add(`${method} ${path}`)
  }
  // What @fastify/cors answers preflights with.
  routes.delete('OPTIONS *')
  return [...routes]
}
