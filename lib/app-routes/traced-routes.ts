import type { OpenApiDocument } from '../openapi/document.ts'
import type { Operation } from '../openapi/operations.ts'
import { serverUrls } from '../openapi/server-urls.ts'
import type { RouteGuard } from './route-guards.ts'
import { routeIdOf } from './route-marks.ts'

const ANYWHERE = 'http://docs-gate.invalid'

// @fastify/swagger removes the path of a server from the paths of the document.
const basePathsOf = ({ servers, basePath }: OpenApiDocument): readonly string[] =>
  [typeof basePath === 'string' ? basePath : '/', ...serverUrls(servers)]
    .filter((url) => URL.canParse(url, ANYWHERE))
    .map((url) => new URL(url, ANYWHERE).pathname.replace(/\/$/, ''))

const PARAMETER_OR_REGEXP = /:\w+(?:\((?:[^()]|\([^()]*\))*\))?|\((?:[^()]|\([^()]*\))*\)|\*/g

// A loose comparison is safe: the more routes an operation matches, the more scopes it takes to see it.
const comparable = (path: string): string =>
  path
    .replace(/\?$/, '')
    .toLowerCase()
    .replace(/(.)\/$/, '$1')

const routePath = ({ url }: RouteGuard): string =>
  comparable(
    url
      .split('::')
      .map((part) => part.replace(PARAMETER_OR_REGEXP, '{}'))
      .join(':'),
  )

const operationPath = ({ path }: Operation): string => path.replace(/\{[^}]*\}/g, '{}')

const routeKey = (route: RouteGuard): string => `${route.method} ${routePath(route)}`
const lastSegment = (path: string): string => path.slice(path.lastIndexOf('/'))

const operationKeys = (operation: Operation, basePaths: ReadonlySet<string>): readonly string[] =>
  [...basePaths].map(
    (base) => `${operation.method.toUpperCase()} ${comparable(base + operationPath(operation))}`,
  )

type Groups = ReadonlyMap<string | undefined, readonly RouteGuard[]>

function grouped(guards: readonly RouteGuard[], keyOf: (guard: RouteGuard) => string | undefined): Groups {
  const groups = new Map<string | undefined, RouteGuard[]>()
  for (const guard of guards) {
    const key = keyOf(guard)
    const group = groups.get(key)
    if (group) group.push(guard)
    else groups.set(key, [guard])
  }
  return groups
}

/**
 * Matches the operations of the app's own document to its routes: by their marks, or by method and path if a
 * `transform` has dropped the mark.
 */
export function tracedRoutes(document: OpenApiDocument, guards: readonly RouteGuard[]) {
  const byId = grouped(guards, ({ id }) => id)
  const basePaths = new Set(['', ...basePathsOf(document)])
  const found = new Set<RouteGuard>()
  let byKey: Groups | undefined
  let missing: { readonly byMethod: Groups; readonly byEnd: Groups } | undefined

  function routesAt(operation: Operation): readonly RouteGuard[] {
    byKey ??= grouped(guards, routeKey)
    return operationKeys(operation, basePaths).flatMap((key) => byKey?.get(key) ?? [])
  }

  function findMissing() {
    const routes = guards.filter((guard) => !guard.isHidden && !found.has(guard))
    return {
      byMethod: grouped(routes, ({ method }) => method),
      byEnd: grouped(routes, (route) => `${route.method} ${lastSegment(routePath(route))}`),
    }
  }

  return {
    /** The routes of an operation; none if no route matches. Has to be called for every operation of the document. */
    routesOf(operation: Operation): readonly RouteGuard[] {
      const id = routeIdOf(operation.operation)
      const routes = id === undefined ? routesAt(operation) : (byId.get(id) ?? [])
      for (const route of routes) found.add(route)
      return routes
    },
    /**
     * The routes without an operation that an operation without a mark may belong to: those with its method and, if it
     * matches a route already, a path that ends like its own. `routesOf` has to be called for every operation before.
     */
    candidatesFor(operation: Operation): readonly RouteGuard[] {
      if (routeIdOf(operation.operation) !== undefined) return []
      missing ??= findMissing()
      const method = operation.method.toUpperCase()
      if (routesAt(operation).length === 0) return missing.byMethod.get(method) ?? []
      // A `transform` that removes a prefix may give an operation the path of another route.
      const path = comparable(operationPath(operation))
      const alike = missing.byEnd.get(`${method} ${lastSegment(path)}`) ?? []
      return alike.filter((route) => routePath(route).endsWith(path))
    },
  }
}
