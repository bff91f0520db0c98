// A line of Fastify's route tree: branches, then the rest of the path, then the methods in parentheses.
const LINE = /^((?:│ {3}| {4})*)(?:├── |└── )(.*?)(?: \(([A-Z, -]+)\)(?: \{.*\})?)?$/

/**
 * The routes in the text of `printRoutes({ commonPrefix: false })`, as `GET /path`: Fastify offers no other list of the
 * routes that are there already.
 */
export function routesOf(tree: string): readonly string[] {
  const routes: string[] = []
  const parents: string[] = []
  for (const line of tree.split('\n')) {
    const match = LINE.exec(line)
    if (!match) continue
    const [, indent = '', segment = '', methods] = match
    const depth = indent.length / 4
    const path = (parents[depth - 1] ?? '') + segment
    parents[depth] = path
    const [method] = methods?.split(', ') ?? []
    if (method !== undefined) routes.push(`${method} ${path}`)
  }
  return routes
}
