import { OptionsError } from '../errors.ts'
import { describeScopes, describeValue } from '../validation/option.ts'
import { hasScopes, isAskedScopeList } from '../validation/scope.ts'
import { type Constraints, constraintsText } from './constraints.ts'
import { type GuardMark, guardMarkOf, isNoGuard, registeredGuards } from './guard-marks.ts'
import { mayForward } from './may-forward.ts'
import { ROUTE_MARK } from './route-marks.ts'

export { markGuard } from './guard-marks.ts'

/** A route's `config.docsGate`, for a guard that cannot be detected: a function calls it, or it is not the gate's. */
export interface RouteGuardConfig {
  // Not optional: TypeScript would let a misspelled key pass.
  /** The scopes that the guard requires, all of them; an empty list if a login is enough. */
  readonly scopes: readonly string[] | undefined
}

/** One method of one route of the app, with the scopes that the gate's guards require there. */
export interface RouteGuard {
  /** The value of `routeIdOf` for the route's operations; undefined for routes that were declared before the gate. */
  readonly id: string | undefined
  readonly method: string
  readonly url: string
  /** The required scopes, all of them; null if no guard of the gate is detected. */
  readonly scopes: readonly string[] | null
  /** Whether the route's schema hides it from documents. */
  readonly isHidden: boolean
  /** Scopes that an undetected guard may also require; absent or empty if there are none. */
  readonly possibleScopes?: readonly string[]
  /** What else a request needs, for example a host or a version. */
  readonly constraints?: Constraints | undefined
}

/** A route as `onRoute` gives it. Its hooks and config may still change until `ready()`. */
export interface DeclaredRoute {
  readonly method: string | readonly string[]
  readonly url: string
  schema?: object | undefined
  readonly config?: object | undefined
  readonly onRequest?: unknown
  readonly preParsing?: unknown
  readonly preValidation?: unknown
  readonly preHandler?: unknown
  readonly handler?: unknown
  readonly constraints?: Constraints | undefined
}

/** A route as the host wrote it, before a tracer has replaced the hooks by functions of its own. */
export type WrittenRoute = Partial<DeclaredRoute>

/** All that is known about the routes of one app, collected while they are declared. */
export type RouteRegistry = ReturnType<typeof routeRegistry>

/** The hooks that run before a handler, and can refuse a request. */
export const GUARD_HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const isGuardHook = (name: string): boolean => (GUARD_HOOKS as readonly string[]).includes(name)

type AnyFunction = (...args: never[]) => unknown

/** The hooks of a route or of a scope that run before a handler. */
interface Before {
  readonly guards: readonly GuardMark[]
  /** Whether one of the other hooks may call a guard. */
  readonly mayCall: boolean
}

/** The hooks of a route, to which other plugins may have added some. */
interface BeforeRoute extends Before {
  /** Whether an added hook may call a guard. It can only be one that no route uses itself. */
  readonly mayCallUnplaced: boolean
}

const NOTHING: Before = { guards: [], mayCall: false }

// Checked strictly: a misspelled key would show an operation to everybody.
function configOf({ config, url }: DeclaredRoute): { readonly scopes?: unknown } {
  const { docsGate } = (config ?? {}) as { docsGate?: unknown }
  if (docsGate === undefined) return {}
  if (typeof docsGate !== 'object' || docsGate === null || Array.isArray(docsGate))
    throw new OptionsError(
      `config.docsGate of ${url}: write { scopes: [...] }, not ${describeValue(docsGate)}`,
    )
  const unknown = Object.keys(docsGate).find((key) => key !== 'scopes')
  if (unknown === undefined) return docsGate
  throw new OptionsError(
    `config.docsGate.${unknown} of ${url} is not an option; write { scopes: [...] }, which is all that config.docsGate has`,
  )
}

function scopesOfConfig(route: DeclaredRoute): readonly string[] | undefined {
  const { scopes } = configOf(route)
  if (scopes === undefined || isAskedScopeList(scopes)) return scopes
  throw new OptionsError(
    `config.docsGate.scopes of ${route.url}: write a list of scopes, empty where being logged in is enough, not ${describeScopes(scopes)}`,
  )
}

const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function'

function hooksAt(route: WrittenRoute, name: (typeof GUARD_HOOKS)[number]): readonly AnyFunction[] {
  const hooks = route[name]
  return [hooks].flat().filter(isFunction)
}

// Cached, because an app may have thousands of routes that share hooks, and its start waits for this.
const mayCallByHook = new WeakMap<AnyFunction, boolean>()

function mayCallGuard(hook: AnyFunction): boolean {
  if (isNoGuard(hook)) return false
  const known = mayCallByHook.get(hook) ?? mayForward(hook)
  mayCallByHook.set(hook, known)
  return known
}

const marksOf = (hooks: readonly AnyFunction[]): readonly GuardMark[] =>
  hooks.flatMap((hook) => guardMarkOf(hook) ?? [])

const someMayCall = (hooks: readonly AnyFunction[]): boolean =>
  hooks.some((hook) => !guardMarkOf(hook) && mayCallGuard(hook))

// A tracer replaces the written hooks by as many functions of its own, and another plugin may add hooks. Written hooks
// that were removed altogether guard nothing.
function beforeRoute({ route, written = route }: Entry): BeforeRoute {
  const guards: GuardMark[] = []
  let mayCall = false
  let mayCallUnplaced = false
  for (const name of GUARD_HOOKS) {
    const hooks = hooksAt(route, name)
    if (hooks.length === 0) continue
    const writtenHooks = hooksAt(written, name)
    guards.push(...marksOf(writtenHooks), ...marksOf(hooks))
    mayCall ||= someMayCall(writtenHooks)
    mayCallUnplaced ||= hooks.length > writtenHooks.length && someMayCall(hooks)
  }
  return { guards, mayCall, mayCallUnplaced }
}

// The config as the host wrote it counts even if another plugin has replaced it.
function configuredScopesOf({ route, written }: Entry): readonly string[] | undefined {
  const configured = scopesOfConfig(route)
  return configured ?? scopesOfConfig({ ...route, config: written?.config })
}

// The written handler, and the one that a plugin has replaced it by.
const handlerMayCall = ({ route, written }: Entry): boolean =>
  [written?.handler, route.handler].filter(isFunction).some(mayCallGuard)

const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())]

const scopesOfMarks = (marks: readonly GuardMark[]): readonly string[] =>
  union(marks.map(({ scopes }) => scopes))

function groupedScopes(guards: readonly RouteGuard[]): ReadonlyMap<string, readonly (readonly string[])[]> {
  const groups = new Map<string, (readonly string[])[]>()
  for (const { method, url, scopes } of guards) {
    const name = `${method} ${url}`
    groups.set(name, [...(groups.get(name) ?? []), scopes ?? []])
  }
  return groups
}

// In Fastify, the prototype of a scope is the scope around it.
const isWithin = (inner: object, outer: object): boolean =>
  inner === outer || Object.prototype.isPrototypeOf.call(outer, inner)

const isHiddenRoute = ({ schema }: DeclaredRoute): boolean =>
  (schema as { hide?: unknown } | undefined)?.hide === true

const hasConstraints = ({ constraints = {} }: DeclaredRoute): boolean => Object.keys(constraints).length > 0

interface Entry {
  readonly id: string | undefined
  readonly scope: object
  readonly route: DeclaredRoute
  readonly written: WrittenRoute | undefined
  // A copy: if one declaration makes two routes, Fastify writes the second path into the same object.
  readonly url: string
}

/** A route with its guards and the scopes in its config. */
interface AnalysedRoute {
  readonly entry: Entry
  readonly ofScope: Before
  readonly ofRoute: BeforeRoute
  readonly configured: readonly string[] | undefined
}

/** The scopes of the app's guards, known when the app is ready. */
interface Known {
  /** The scopes of guards that were made but are hooks of no route, so that some function calls them. */
  readonly unplaced: readonly string[]
  /** The scopes that any guard of the host's requires. */
  readonly guarded: readonly string[]
  /** The same, and the scopes in any `config.docsGate`. */
  readonly all: readonly string[]
}

/**
 * @param app the server of the app, by which its guards are registered
 * @param isOpen whether the gate is registered already
 */
export function routeRegistry(app: object = {}, isOpen = true) {
  const entries = new Map<DeclaredRoute, Entry>()
  const hooks = new WeakMap<object, Before>()
  const learned = new Map<string, readonly string[]>()
  let scopeListsByRoute: ReadonlyMap<string, readonly (readonly string[])[]> | undefined
  let scopesById: ReadonlyMap<string | undefined, object> | undefined
  let isMarking = isOpen
  let version = 0
  let known: Known | undefined

  // Fastify applies the hooks of a scope to all scopes in it, even to those made earlier.
  function beforeScope(scope: object): Before {
    const parent: object | null = Object.getPrototypeOf(scope)
    const added = hooks.get(scope) ?? NOTHING
    if (!parent) return added
    const inherited = beforeScope(parent)
    return { guards: [...inherited.guards, ...added.guards], mayCall: inherited.mayCall || added.mayCall }
  }

  function analyseEntries(): readonly AnalysedRoute[] {
    // Cached by scope: there are many routes and few scopes.
    const ofScopes = new Map<object, Before>()
    return [...entries.values()].map((entry) => {
      const ofScope = ofScopes.get(entry.scope) ?? beforeScope(entry.scope)
      ofScopes.set(entry.scope, ofScope)
      return { entry, ofScope, ofRoute: beforeRoute(entry), configured: configuredScopesOf(entry) }
    })
  }

  // Called once, when the app is ready: guards that are made later are called by hand, and report where they run.
  function findKnown(analysed: readonly AnalysedRoute[]): Known {
    for (const { ofScope, ofRoute } of analysed)
      for (const mark of [...ofScope.guards, ...ofRoute.guards]) mark.isFound = true
    const guards = registeredGuards(app)
    const guarded = scopesOfMarks(guards.filter(({ isOfDocs }) => !isOfDocs))
    return {
      unplaced: scopesOfMarks(guards.filter(({ isFound }) => !isFound)),
      guarded,
      all: union([guarded, ...analysed.flatMap(({ configured }) => (configured ? [configured] : []))]),
    }
  }

  // The scopes of undetected guards. If the config says some, these are all.
  function possibleScopesOf(
    { entry, ofScope, ofRoute, configured }: AnalysedRoute,
    { unplaced, guarded }: Known,
  ): readonly string[] {
    if (configured || isHiddenRoute(entry.route)) return []
    if (ofRoute.mayCall) return guarded
    if (unplaced.length === 0) return []
    return ofScope.mayCall || ofRoute.mayCallUnplaced || handlerMayCall(entry) ? unplaced : []
  }

  function guardOf(analysed: AnalysedRoute, method: string, possible: readonly string[]): RouteGuard {
    const { entry, ofScope, ofRoute, configured } = analysed
    const { id, url, route } = entry
    const seen = [...ofScope.guards, ...ofRoute.guards].map(({ scopes }) => scopes)
    const lists = [...seen, configured, learned.get(`${method} ${url}`)].filter((list) => list !== undefined)
    const scopes = lists.length === 0 ? null : union(lists)
    const possibleScopes = possible.filter((scope) => !scopes?.includes(scope))
    const constrained = hasConstraints(route) && { constraints: route.constraints }
    const guard = { id, method, url, scopes, isHidden: isHiddenRoute(route), ...constrained }
    return possibleScopes.length > 0 ? { ...guard, possibleScopes } : guard
  }

  /**
   * Every method of every route.
   *
   * @throws `DOCS_GATE_OPTIONS` if a route's `config.docsGate` is anything but a list of scopes
   */
  function list(): readonly RouteGuard[] {
    const analysed = analyseEntries()
    known ??= findKnown(analysed)
    const guards: RouteGuard[] = []
    for (const one of analysed) {
      const possible = possibleScopesOf(one, known)
      for (const method of [one.entry.route.method].flat()) guards.push(guardOf(one, method, possible))
    }
    return guards
  }

  // One list for each of the routes that differ only by a constraint.
  function scopeListsAt(name: string): readonly (readonly string[])[] {
    scopeListsByRoute ??= groupedScopes(list())
    return scopeListsByRoute.get(name) ?? [learned.get(name) ?? []]
  }

  return {
    /** Called when the gate is registered: from now on, schemas are marked. An app without a gate stays unchanged. */
    open(): void {
      isMarking = true
    },
    /** Called when a route is declared in a scope. */
    add(scope: object, route: DeclaredRoute, written?: WrittenRoute): void {
      // Several gates in one app see the same declaration.
      if (entries.has(route)) return
      const id = isMarking ? String(entries.size + 1) : undefined
      entries.set(route, { id, scope, route, written, url: route.url })
      if (id !== undefined) route.schema = { ...route.schema, [ROUTE_MARK]: id }
    },
    /** Called when a hook is added to a scope. */
    hook(scope: object, name: string, hook: unknown): void {
      if (!isGuardHook(name) || !isFunction(hook)) return
      const { guards, mayCall } = hooks.get(scope) ?? NOTHING
      const mark = guardMarkOf(hook)
      if (mark) hooks.set(scope, { guards: [...guards, mark], mayCall })
      else hooks.set(scope, { guards, mayCall: mayCall || mayCallGuard(hook) })
    },
    /** Records that a guard has run before a route, for `list`. False if the guard was known. */
    learn(methods: string | readonly string[], url: string, scopes: readonly string[]): boolean {
      // HEAD has the hooks and the handler of GET.
      const all = [methods].flat().flatMap((method) => (method === 'HEAD' ? ['HEAD', 'GET'] : method))
      const names = all.map((method) => `${method} ${url}`)
      const news = names.filter((name) => !scopeListsAt(name).every((list) => hasScopes(list, scopes)))
      for (const name of news) learned.set(name, union([learned.get(name) ?? [], scopes]))
      if (news.length === 0) return false
      scopeListsByRoute = undefined
      version++
      return true
    },
    /** How often `learn` has recorded something. */
    get version(): number {
      return version
    },
    list,
    /** Whether a guard of the host's protects a route, or a scope with routes. */
    hasGuards: (): boolean =>
      analyseEntries().some(({ ofScope, ofRoute }) =>
        [...ofScope.guards, ...ofRoute.guards].some(({ isOfDocs }) => !isOfDocs),
      ),
    /** A route whose declaration nobody saw: any scope may be required there. */
    unknown(route: RouteGuard): RouteGuard {
      const scopes = learned.get(`${route.method} ${route.url}`) ?? null
      const possibleScopes = (known as Known).all.filter((scope) => !scopes?.includes(scope))
      return { ...route, scopes, possibleScopes }
    },
    /** Whether a route was declared in this scope, or in a scope inside it. */
    isIn(scope: object, { id }: RouteGuard): boolean {
      scopesById ??= new Map([...entries.values()].map((entry) => [entry.id, entry.scope]))
      const declaredIn = id === undefined ? undefined : scopesById.get(id)
      return declaredIn !== undefined && isWithin(declaredIn, scope)
    },
  }
}

const registries = new WeakMap<object, RouteRegistry>()

/** The registry of the app with this server. All gates of the app share it, so that each knows the others' routes. */
export function registryOf(server: object): RouteRegistry {
  const registry = registries.get(server) ?? routeRegistry(server, false)
  registries.set(server, registry)
  return registry
}

// The printed tree joins the names of parameters at the same position, `:id|:name`, and prints `::` (a colon) as `:`.
// To the router, neither makes a different route.
const withoutNames = (url: string): string => url.replace(/:+[^/:|.(-]*(?:\|:[^/:|.(-]*)*/g, ':')

const withoutSlash = (url: string): string => (url.length > 1 && url.endsWith('/') ? url.slice(0, -1) : url)

type NormalizePath = (url: string) => string

const unchanged: NormalizePath = (url) => url

// For `/` in a scope with a prefix, Fastify makes two routes, and calls `onRoute` for one.
const routeKey = ({ method, url, constraints }: RouteGuard, normalize: NormalizePath): string =>
  `${method} ${withoutSlash(withoutNames(normalize(url)))} ${constraintsText(constraints)}`

/**
 * The routes in the lines of `routesOf` whose declaration was not seen.
 *
 * @param normalize spells a path as the router does, for example in lower case
 */
export function unseenRoutes(
  lines: readonly string[],
  seen: readonly RouteGuard[],
  normalize: NormalizePath = unchanged,
): readonly RouteGuard[] {
  const known = new Set<string>()
  for (const { method, url } of seen) {
    const path = withoutNames(normalize(url))
    known.add(`${method} ${path}`).add(`${method} ${withoutSlash(path)}`)
  }
  return lines.flatMap((line) => {
    const [method = '', ...rest] = line.split(' ')
    const url = rest.join(' ')
    const path = withoutNames(normalize(url))
    const isSeen = known.has(`${method} ${path}`) || known.has(`${method} ${withoutSlash(path)}`)
    return isSeen ? [] : [{ id: undefined, method, url, scopes: null, isHidden: false }]
  })
}

/**
 * The routes that were declared before the gate. The printed tree has all their URLs; guards are known only for those
 * whose declaration was seen.
 *
 * @param routes those in the printed tree
 * @param declared those whose declaration was seen
 * @param unknown completes a route whose declaration was not seen
 */
export function earlyGuards(
  routes: readonly RouteGuard[],
  declared: readonly RouteGuard[],
  unknown: (route: RouteGuard) => RouteGuard,
  normalize: NormalizePath = unchanged,
): readonly RouteGuard[] {
  const byKey = new Map<string, RouteGuard[]>()
  for (const guard of declared) {
    const key = routeKey(guard, normalize)
    byKey.set(key, [...(byKey.get(key) ?? []), guard])
  }
  const keys = new Set(routes.map((route) => routeKey(route, normalize)))
  return [
    ...declared.filter((guard) => !keys.has(routeKey(guard, normalize))),
    ...routes.flatMap((route) => {
      const known = byKey.get(routeKey(route, normalize))
      return known ? known.map((guard) => ({ ...guard, url: route.url })) : [unknown(route)]
    }),
  ]
}
