import { OptionsError } from '../errors.ts'
import { came } from '../options/check.ts'
import { isScopeList } from '../users/scopes.ts'
import { ROUTE_MARK } from './route-marks.ts'

/** One method of one route of the app, with what the gate's guards ask of who comes there. */
export interface RouteGuard {
  /** What `routeIdOf` says of the route's operations; undefined for routes that the gate did not see being declared. */
  readonly id: string | undefined
  readonly method: string
  readonly url: string
  /** The scopes that are asked for, all of them; null where no guard of ours is seen. */
  readonly scopes: readonly string[] | null
}

/** What Fastify tells of a route when it is declared. The hooks and the config may still change until `ready()`. */
export interface DeclaredRoute {
  readonly method: string | readonly string[]
  readonly url: string
  schema?: object | undefined
  readonly config?: object | undefined
  readonly onRequest?: unknown
  readonly preParsing?: unknown
  readonly preValidation?: unknown
  readonly preHandler?: unknown
}

/** What is known of the routes of one app, gathered while it is put together. */
export interface RouteLedger {
  /** A route is declared in a scope. Marks its schema. */
  add(scope: object, route: DeclaredRoute): void
  /** A hook is added to a scope. */
  hook(scope: object, name: string, hook: unknown): void
  /** @throws `DOCS_GATE_OPTIONS` where a route's `config.docsGate.scopes` is no list of scopes */
  list(): readonly RouteGuard[]
}

const GUARD: unique symbol = Symbol('docs-gate.guard')

/** The hooks that run before a handler, and so can keep somebody from it. */
const GUARD_HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const isGuardHook = (name: string): boolean => (GUARD_HOOKS as readonly string[]).includes(name)

/** Marks a function as a guard that asks for these scopes. A bound or wrapped one is another function. */
export function markGuard<F extends object>(guard: F, scopes: readonly string[]): F {
  return Object.assign(guard, { [GUARD]: scopes })
}

const scopesOfHook = (hook: unknown): readonly string[] | undefined =>
  typeof hook === 'function' ? (hook as { [GUARD]?: readonly string[] })[GUARD] : undefined

// `config: { docsGate: { scopes } }` speaks for a guard that cannot be seen.
function scopesOfConfig({ config, url }: DeclaredRoute): readonly string[] | undefined {
  const { docsGate } = (config ?? {}) as { docsGate?: { scopes?: unknown } }
  const scopes = docsGate?.scopes
  if (scopes === undefined || isScopeList(scopes)) return scopes
  throw new OptionsError(
    `config.docsGate.scopes of ${url}: write a list of scopes, empty where being logged in is enough, not ${came(scopes)}`,
  )
}

function hooksOf(route: DeclaredRoute): readonly unknown[] {
  return GUARD_HOOKS.flatMap((name) => route[name])
}

interface Entry {
  readonly id: string
  readonly scope: object
  readonly route: DeclaredRoute
  // Fastify writes the next path into the same options, where one declaration makes two routes.
  readonly url: string
}

export function routeLedger(): RouteLedger {
  const entries = new Map<DeclaredRoute, Entry>()
  const scopeHooks = new WeakMap<object, unknown[]>()

  // Fastify gives a scope's hooks to all scopes in it, made before or after; they are its prototypal descendants.
  function hooksOfScope(scope: object): readonly unknown[] {
    const parent: object | null = Object.getPrototypeOf(scope)
    return [...(scopeHooks.get(scope) ?? []), ...(parent ? hooksOfScope(parent) : [])]
  }

  function scopesOf({ scope, route }: Entry): readonly string[] | null {
    const hooks = [...hooksOfScope(scope), ...hooksOf(route)]
    const asked = [...hooks.map(scopesOfHook), scopesOfConfig(route)].filter((scopes) => scopes !== undefined)
    return asked.length === 0 ? null : [...new Set(asked.flat())]
  }

  return {
    add(scope, route) {
      // Two gates in one app see the same declaration.
      if (entries.has(route)) return
      const id = String(entries.size + 1)
      entries.set(route, { id, scope, route, url: route.url })
      route.schema = { ...route.schema, [ROUTE_MARK]: id }
    },
    hook(scope, name, hook) {
      if (!isGuardHook(name) || scopesOfHook(hook) === undefined) return
      scopeHooks.set(scope, [...(scopeHooks.get(scope) ?? []), hook])
    },
    list() {
      return [...entries.values()].flatMap((entry) => {
        const { id, url, route } = entry
        const scopes = scopesOf(entry)
        return [route.method].flat().map((method) => ({ id, method, url, scopes }))
      })
    },
  }
}

const withoutSlash = (url: string): string => url.replace(/(?!^)\/$/, '')

/**
 * The routes that are there but were not seen being declared, from the lines of `routesOf`. No guard of ours can stand
 * before them: there was none yet, or they are in a scope beside the gate's.
 */
export function unseenRoutes(lines: readonly string[], seen: readonly RouteGuard[]): readonly RouteGuard[] {
  // Of `/` in a scope with a prefix Fastify makes two routes, and tells of one.
  const known = new Set(
    seen.flatMap(({ method, url }) => [`${method} ${url}`, `${method} ${withoutSlash(url)}`]),
  )
  const isUnseen = (line: string): boolean => !known.has(line) && !known.has(withoutSlash(line))
  return lines.filter(isUnseen).map((line) => {
    const [method = '', ...url] = line.split(' ')
    return { id: undefined, method, url: url.join(' '), scopes: null }
  })
}
