import type { OpenApiDocument } from '../openapi/document.ts'
import type { Operation } from '../openapi/operations.ts'
import { serverUrls } from '../openapi/server-urls.ts'
import type { RouteGuard } from './route-guards.ts'
import { routeIdOf } from './route-marks.ts'

/** Which routes the operations of the app's own document are. */
export interface TracedRoutes {
  /** The routes that an operation is; none where none is like it. To be asked of every operation, one after the other. */
  routesOf(operation: Operation): readonly RouteGuard[]
  /**
   * The routes that no operation is, and that one without a mark may be: of its method, and, where it is like a route
   * already, with a path that ends as its own does. To be asked when every operation has been traced.
   */
  candidatesFor(operation: Operation): readonly RouteGuard[]
}

const ANYWHERE = 'http://docs-gate.invalid'

// @fastify/swagger takes the paths of the servers off its own.
const basePathsOf = ({ servers, basePath }: OpenApiDocument): readonly string[] =>
  [typeof basePath === 'string' ? basePath : '/', ...serverUrls(servers)]
    .filter((url) => URL.canParse(url, ANYWHERE))
    .map((url) => new URL(url, ANYWHERE).pathname.replace(/\/$/, ''))

const PARAMETER_OR_REGEXP = /:\w+(?:\((?:[^()]|\([^()]*\))*\))?|\((?:[^()]|\([^()]*\))*\)|\*/g

// Loosely: the more routes an operation may be, the more is asked of who sees it.
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

const routePlace = (route: RouteGuard): string => `${route.method} ${routePath(route)}`
const lastSegment = (path: string): string => path.slice(path.lastIndexOf('/'))

const operationPlaces = (operation: Operation, basePaths: ReadonlySet<string>): readonly string[] =>
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
 * Traces the operations of the app's own document to its routes: by their marks, and those that have lost theirs, as a
 * `transform` may do that picks what it knows, by method and path.
 */
export function tracedRoutes(document: OpenApiDocument, guards: readonly RouteGuard[]): TracedRoutes {
  const byId = grouped(guards, ({ id }) => id)
  const basePaths = new Set(['', ...basePathsOf(document)])
  const found = new Set<RouteGuard>()
  let byPlace: Groups | undefined
  let missing: { readonly byMethod: Groups; readonly byEnd: Groups } | undefined

  function atPlaceOf(operation: Operation): readonly RouteGuard[] {
    byPlace ??= grouped(guards, routePlace)
    return operationPlaces(operation, basePaths).flatMap((place) => byPlace?.get(place) ?? [])
  }

  function findMissing() {
    const routes = guards.filter((guard) => !guard.isHidden && !found.has(guard))
    return {
      byMethod: grouped(routes, ({ method }) => method),
      byEnd: grouped(routes, (route) => `${route.method} ${lastSegment(routePath(route))}`),
    }
  }

  return {
    routesOf(operation) {
      const id = routeIdOf(operation.operation)
      const routes = id === undefined ? atPlaceOf(operation) : (byId.get(id) ?? [])
      for (const route of routes) found.add(route)
      return routes
    },
    candidatesFor(operation) {
      if (routeIdOf(operation.operation) !== undefined) return []
      missing ??= findMissing()
      const method = operation.method.toUpperCase()
      if (atPlaceOf(operation).length === 0) return missing.byMethod.get(method) ?? []
      // A `transform` that takes a prefix off may lead to the place of another route.
      const path = comparable(operationPath(operation))
      const alike = missing.byEnd.get(`${method} ${lastSegment(path)}`) ?? []
      return alike.filter((route) => routePath(route).endsWith(path))
    },
  }
}
