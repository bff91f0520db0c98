import type { OpenApiDocument } from '../document/document.ts'
import { member } from '../document/json.ts'
import type { Operation } from '../document/operations.ts'
import type { RouteGuard } from './route-guards.ts'
import { routeIdOf } from './route-marks.ts'

/** Which routes the operations of the app's own document are. */
export interface TracedRoutes {
  /** The routes that an operation is; none where none is like it. To be asked of every operation, one after the other. */
  routesOf(operation: Operation): readonly RouteGuard[]
  /** The routes that no operation was, so far, though they are not hidden. */
  missing(): readonly RouteGuard[]
}

// @fastify/swagger takes the paths of the servers off its own.
function basePathsOf({ servers, basePath }: OpenApiDocument): readonly string[] {
  const urls = (Array.isArray(servers) ? servers : []).map((server) => member(server, 'url'))
  return [basePath, ...urls].flatMap((url) => {
    if (typeof url !== 'string' || !URL.canParse(url, 'http://docs-gate.invalid')) return []
    return [new URL(url, 'http://docs-gate.invalid').pathname.replace(/\/$/, '')]
  })
}

// What a `transform` of the host's may leave of a route is its method and its path.
const DOCUMENTED_METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH']

const PARAMETER_OR_REGEXP = /:\w+(?:\((?:[^()]|\([^()]*\))*\))?|\((?:[^()]|\([^()]*\))*\)|\*/g

// Loosely: the more routes an operation may be, the more is asked of who sees it.
const comparable = (path: string): string =>
  path
    .replace(/\?$/, '')
    .toLowerCase()
    .replace(/(.)\/$/, '$1')

const routePlace = ({ method, url }: RouteGuard): string => {
  const parts = url.split('::').map((part) => part.replace(PARAMETER_OR_REGEXP, '{}'))
  return `${method} ${comparable(parts.join(':'))}`
}

const operationPlaces = ({ method, path }: Operation, basePaths: ReadonlySet<string>): readonly string[] =>
  [...basePaths].map(
    (base) => `${method.toUpperCase()} ${comparable(base + path.replace(/\{[^}]*\}/g, '{}'))}`,
  )

function grouped(guards: readonly RouteGuard[], keyOf: (guard: RouteGuard) => string | undefined) {
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
  let byPlace: ReturnType<typeof grouped> | undefined

  function atPlaceOf(operation: Operation): readonly RouteGuard[] {
    byPlace ??= grouped(guards, routePlace)
    return operationPlaces(operation, basePaths).flatMap((place) => byPlace?.get(place) ?? [])
  }

  return {
    routesOf(operation) {
      const id = routeIdOf(operation.operation)
      const routes = id === undefined ? atPlaceOf(operation) : (byId.get(id) ?? [])
      for (const route of routes) found.add(route)
      return routes
    },
    missing: () =>
      guards.filter(
        (guard) => !guard.isHidden && DOCUMENTED_METHODS.includes(guard.method) && !found.has(guard),
      ),
  }
}
