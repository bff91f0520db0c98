import { OptionsError } from '../../errors.ts'
import { came, cameOfScopes } from '../../options/check.ts'
import { isScopeList } from '../../users/scopes.ts'
import { ROUTE_MARK } from './route-marks.ts'

/** What a route's `config.docsGate` says of a guard that cannot be seen: one that is bound, wrapped, or another's. */
export interface RouteGuardConfig {
  // Not optional: TypeScript would let a misspelled key pass.
  /** The scopes that the guard asks for, all of them; an empty list where being logged in is enough. */
  readonly scopes: readonly string[] | undefined
}

/** One method of one route of the app, with what the gate's guards ask of who comes there. */
export interface RouteGuard {
  /** What `routeIdOf` says of the route's operations; undefined for routes that the gate did not see being declared. */
  readonly id: string | undefined
  readonly method: string
  readonly url: string
  /** The scopes that are asked for, all of them; null where no guard of ours is seen. */
  readonly scopes: readonly string[] | null
  /** Whether the route is meant to be in no document. */
  readonly isHidden: boolean
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
  /** @throws `DOCS_GATE_OPTIONS` where a route's `config.docsGate` is anything but a list of scopes */
  list(): readonly RouteGuard[]
}

const GUARD: unique symbol = Symbol('docs-gate.guard')

/** The hooks that run before a handler, and so can keep somebody from it. */
export const GUARD_HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const isGuardHook = (name: string): boolean => (GUARD_HOOKS as readonly string[]).includes(name)

/** Marks a function as a guard that asks for these scopes. A bound or wrapped one is another function. */
export function markGuard<F extends object>(guard: F, scopes: readonly string[]): F {
  return Object.assign(guard, { [GUARD]: scopes })
}

/** What guards ask for: a list of scopes for each guard. */
type Asked = readonly (readonly string[])[]

const scopesOfHook = (hook: unknown): readonly string[] | undefined =>
  typeof hook === 'function' ? (hook as { [GUARD]?: readonly string[] })[GUARD] : undefined

// A slip here would show an operation to everybody.
function configOf({ config, url }: DeclaredRoute): { readonly scopes?: unknown } {
  const { docsGate } = (config ?? {}) as { docsGate?: unknown }
  if (docsGate === undefined) return {}
  if (typeof docsGate !== 'object' || docsGate === null || Array.isArray(docsGate))
    throw new OptionsError(`config.docsGate of ${url}: write { scopes: [...] }, not ${came(docsGate)}`)
  const unknown = Object.keys(docsGate).find((key) => key !== 'scopes')
  if (unknown === undefined) return docsGate
  throw new OptionsError(
    `config.docsGate.${unknown} of ${url} is not an option; write { scopes: [...] }, which is all that config.docsGate has`,
  )
}

function scopesOfConfig(route: DeclaredRoute): readonly string[] | undefined {
  const { scopes } = configOf(route)
  if (scopes === undefined || isScopeList(scopes)) return scopes
  throw new OptionsError(
    `config.docsGate.scopes of ${route.url}: write a list of scopes, empty where being logged in is enough, not ${cameOfScopes(scopes)}`,
  )
}

// Loops, here and below: an app has thousands of routes, and its start waits.
function askedByRoute(route: DeclaredRoute): Asked {
  const asked: (readonly string[])[] = []
  for (const name of GUARD_HOOKS) {
    const hooks = route[name]
    for (const hook of Array.isArray(hooks) ? hooks : [hooks]) {
      const scopes = scopesOfHook(hook)
      if (scopes) asked.push(scopes)
    }
  }
  const said = scopesOfConfig(route)
  if (said) asked.push(said)
  return asked
}

const union = (asked: Asked): readonly string[] | null =>
  asked.length === 0 ? null : [...new Set(asked.flat())]

const isHiddenRoute = ({ schema }: DeclaredRoute): boolean =>
  (schema as { hide?: unknown } | undefined)?.hide === true

interface Entry {
  readonly id: string
  readonly scope: object
  readonly route: DeclaredRoute
  // Fastify writes the next path into the same options, where one declaration makes two routes.
  readonly url: string
}

export function routeLedger(): RouteLedger {
  const entries = new Map<DeclaredRoute, Entry>()
  const askedByHooks = new WeakMap<object, Asked>()

  // Fastify gives a scope's hooks to all scopes in it, made before or after; they are its prototypal descendants.
  function askedByScope(scope: object): Asked {
    const parent: object | null = Object.getPrototypeOf(scope)
    return [...(askedByHooks.get(scope) ?? []), ...(parent ? askedByScope(parent) : [])]
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
      const scopes = isGuardHook(name) ? scopesOfHook(hook) : undefined
      if (scopes) askedByHooks.set(scope, [...(askedByHooks.get(scope) ?? []), scopes])
    },
    list() {
      // Many routes, few scopes.
      const ofScopes = new Map<object, Asked>()
      const guards: RouteGuard[] = []
      for (const { id, scope, url, route } of entries.values()) {
        const ofScope = ofScopes.get(scope) ?? askedByScope(scope)
        ofScopes.set(scope, ofScope)
        const scopes = union([...ofScope, ...askedByRoute(route)])
        const isHidden = isHiddenRoute(route)
        for (const method of [route.method].flat()) guards.push({ id, method, url, scopes, isHidden })
      }
      return guards
    },
  }
}

// The tree gives parameters of one place all their names, `:id|:name`, and writes `::`, a colon, as one: to the router
// neither makes another route.
const withoutNames = (url: string): string => url.replace(/:+[^/:|.(-]*(?:\|:[^/:|.(-]*)*/g, ':')

const withoutSlash = (url: string): string => (url.length > 1 && url.endsWith('/') ? url.slice(0, -1) : url)

const NONE: ReadonlyMap<string, readonly (readonly string[] | null)[]> = new Map()

/**
 * The routes that are there but were not seen being declared, from the lines of `routesOf`: they came before the gate, or
 * are in a scope beside its own.
 *
 * @param spelled a path as the router takes it, whose tree it is: without case, say
 * @param guards what the guards before these routes ask for, as far as it is known
 */
export function unseenRoutes(
  lines: readonly string[],
  seen: readonly RouteGuard[],
  spelled: (url: string) => string = (url) => url,
  guards = NONE,
): readonly RouteGuard[] {
  // Of `/` in a scope with a prefix Fastify makes two routes, and tells of one.
  const known = new Set<string>()
  for (const { method, url } of seen) {
    const path = withoutNames(spelled(url))
    known.add(`${method} ${path}`).add(`${method} ${withoutSlash(path)}`)
  }
  return lines.flatMap((line) => {
    const [method = '', ...rest] = line.split(' ')
    const url = rest.join(' ')
    const path = withoutNames(spelled(url))
    const isSeen = known.has(`${method} ${path}`) || known.has(`${method} ${withoutSlash(path)}`)
    if (isSeen) return []
    const scopes = union((guards.get(line) ?? []).filter((asked) => asked !== null))
    return [{ id: undefined, method, url, scopes, isHidden: false }]
  })
}
