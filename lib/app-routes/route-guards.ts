import { OptionsError } from '../errors.ts'
import { describeScopes, describeValue } from '../validation/option.ts'
import { hasScopes, isAskedScopeList } from '../validation/scope.ts'
import { type Constraints, constraintsText } from './constraints.ts'
import { type GuardMark, guardMarkOf, isNoGuard, takenGuards } from './guard-marks.ts'
import { mayForward } from './may-forward.ts'
import { ROUTE_MARK } from './route-marks.ts'

export { markGuard } from './guard-marks.ts'

/** What a route's `config.docsGate` says of a guard that cannot be seen: one that another function calls, or another's. */
export interface RouteGuardConfig {
  // Not optional: TypeScript would let a misspelled key pass.
  /** The scopes that the guard asks for, all of them; an empty list where being logged in is enough. */
  readonly scopes: readonly string[] | undefined
}

/** One method of one route of the app, with what the gate's guards ask of who comes there. */
export interface RouteGuard {
  /** What `routeIdOf` says of the route's operations; undefined for routes that were declared before the gate. */
  readonly id: string | undefined
  readonly method: string
  readonly url: string
  /** The scopes that are asked for, all of them; null where no guard of ours is seen. */
  readonly scopes: readonly string[] | null
  /** Whether the route is meant to be in no document. */
  readonly isHidden: boolean
  /** The scopes that a guard which cannot be seen may ask for besides; absent or empty where there are none. */
  readonly possibleScopes?: readonly string[]
  /** What a request needs besides, a host or a version; undefined where that is nothing. */
  readonly constraints?: Constraints | undefined
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
  readonly handler?: unknown
  readonly constraints?: Constraints | undefined
}

/** What a host wrote of a route: the hooks before a tracer has put its own functions in their place. */
export type WrittenRoute = Partial<DeclaredRoute>

/** What is known of the routes of one app, gathered while it is put together. */
export interface RouteRegistry {
  /** The gate is there: the schemas of routes are marked from now on. Before, an app may have none. */
  open(): void
  /** A route is declared in a scope. */
  add(scope: object, route: DeclaredRoute, written?: WrittenRoute): void
  /** A hook is added to a scope. */
  hook(scope: object, name: string, hook: unknown): void
  /** A guard has run before a route, and nobody knew: `list` says so from now on. False where it was known. */
  learn(methods: string | readonly string[], url: string, scopes: readonly string[]): boolean
  /** How often something was learned. */
  readonly version: number
  /**
   * Every method of every route.
   *
   * @throws `DOCS_GATE_OPTIONS` where a route's `config.docsGate` is anything but a list of scopes
   */
  list(): readonly RouteGuard[]
  /** Whether a guard of the host's has been found: before a route, or on the scope of one. */
  hasGuards(): boolean
  /** A route of which nothing is known but that it is there. */
  unknown(route: RouteGuard): RouteGuard
  /** Whether a route was declared in this scope, or in one in it. */
  isIn(scope: object, route: RouteGuard): boolean
}

/** The hooks that run before a handler, and so can keep somebody from it. */
export const GUARD_HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const isGuardHook = (name: string): boolean => (GUARD_HOOKS as readonly string[]).includes(name)

type AnyFunction = (...args: never[]) => unknown

/** The functions that stand before a handler, in a route's options or in a scope. */
interface Before {
  readonly guards: readonly GuardMark[]
  /** Whether one of the others may call a guard. */
  readonly mayCall: boolean
}

/** The same of a route, in which other plugins change things: only a guard that is before no route may be called there. */
interface BeforeRoute extends Before {
  readonly mayCallLost: boolean
}

const NOTHING: Before = { guards: [], mayCall: false }

// A slip here would show an operation to everybody.
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

// An app has thousands of routes, its start waits, and most of them have hooks in common.
const handingOn = new WeakMap<AnyFunction, boolean>()

function mayCallGuard(hook: AnyFunction): boolean {
  if (isNoGuard(hook)) return false
  const known = handingOn.get(hook) ?? mayForward(hook)
  handingOn.set(hook, known)
  return known
}

const marksOf = (hooks: readonly AnyFunction[]): readonly GuardMark[] =>
  hooks.flatMap((hook) => guardMarkOf(hook) ?? [])

const someMayCall = (hooks: readonly AnyFunction[]): boolean =>
  hooks.some((hook) => !guardMarkOf(hook) && mayCallGuard(hook))

// A tracer has put its functions in the place of what was written, as many as there were, or another plugin has added some
// to it. What was taken away altogether guards nothing.
function beforeRoute({ route, written = route }: Entry): BeforeRoute {
  const guards: GuardMark[] = []
  let mayCall = false
  let mayCallLost = false
  for (const name of GUARD_HOOKS) {
    const hooks = hooksAt(route, name)
    if (hooks.length === 0) continue
    const own = hooksAt(written, name)
    guards.push(...marksOf(own), ...marksOf(hooks))
    mayCall ||= someMayCall(own)
    mayCallLost ||= hooks.length > own.length && someMayCall(hooks)
  }
  return { guards, mayCall, mayCallLost }
}

// Whatever became of the config that was written: it was meant.
function saidOf({ route, written }: Entry): readonly string[] | undefined {
  const said = scopesOfConfig(route)
  return said ?? scopesOfConfig({ ...route, config: written?.config })
}

// The one that was written, and what a plugin has put in its place.
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

// A scope is a prototypal descendant of those around it.
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
  // Fastify writes the next path into the same options, where one declaration makes two routes.
  readonly url: string
}

/** A route, with what stands before it and what its config says. */
interface Judged {
  readonly entry: Entry
  readonly ofScope: Before
  readonly ofRoute: BeforeRoute
  readonly said: readonly string[] | undefined
}

/** What is known of the app's guards when it is ready. */
interface Known {
  /** The scopes of guards that were made and are before no route: somebody calls them. */
  readonly lost: readonly string[]
  /** The scopes that any guard of the host's asks for. */
  readonly guarded: readonly string[]
  /** Those that a `config.docsGate` speaks of, too. */
  readonly all: readonly string[]
}

/**
 * @param app what the app's guards are made for: its server
 * @param isOpen whether a gate is there already
 */
export function routeRegistry(app: object = {}, isOpen = true): RouteRegistry {
  const entries = new Map<DeclaredRoute, Entry>()
  const hooks = new WeakMap<object, Before>()
  const learned = new Map<string, readonly string[]>()
  let asked: ReadonlyMap<string, readonly (readonly string[])[]> | undefined
  let scopesById: ReadonlyMap<string | undefined, object> | undefined
  let isMarking = isOpen
  let version = 0
  let known: Known | undefined

  // Fastify gives a scope's hooks to all scopes in it, made before or after; they are its prototypal descendants.
  function beforeScope(scope: object): Before {
    const parent: object | null = Object.getPrototypeOf(scope)
    const own = hooks.get(scope) ?? NOTHING
    if (!parent) return own
    const around = beforeScope(parent)
    return { guards: [...around.guards, ...own.guards], mayCall: around.mayCall || own.mayCall }
  }

  function judgeEntries(): readonly Judged[] {
    // Many routes, few scopes.
    const ofScopes = new Map<object, Before>()
    return [...entries.values()].map((entry) => {
      const ofScope = ofScopes.get(entry.scope) ?? beforeScope(entry.scope)
      ofScopes.set(entry.scope, ofScope)
      return { entry, ofScope, ofRoute: beforeRoute(entry), said: saidOf(entry) }
    })
  }

  // Once: guards that are made while the app serves are made to be called by hand, and tell where they run.
  function know(judged: readonly Judged[]): Known {
    for (const { ofScope, ofRoute } of judged)
      for (const mark of [...ofScope.guards, ...ofRoute.guards]) mark.isFound = true
    const guards = takenGuards(app)
    const guarded = scopesOfMarks(guards.filter(({ isOfDocs }) => !isOfDocs))
    return {
      lost: scopesOfMarks(guards.filter(({ isFound }) => !isFound)),
      guarded,
      all: union([guarded, ...judged.flatMap(({ said }) => (said ? [said] : []))]),
    }
  }

  // What the config says is the last word on what cannot be seen.
  function doubtOf({ entry, ofScope, ofRoute, said }: Judged, { lost, guarded }: Known): readonly string[] {
    if (said || isHiddenRoute(entry.route)) return []
    if (ofRoute.mayCall) return guarded
    if (lost.length === 0) return []
    return ofScope.mayCall || ofRoute.mayCallLost || handlerMayCall(entry) ? lost : []
  }

  function guardOf(judged: Judged, method: string, doubt: readonly string[]): RouteGuard {
    const { entry, ofScope, ofRoute, said } = judged
    const { id, url, route } = entry
    const seen = [...ofScope.guards, ...ofRoute.guards].map(({ scopes }) => scopes)
    const lists = [...seen, said, learned.get(`${method} ${url}`)].filter((list) => list !== undefined)
    const scopes = lists.length === 0 ? null : union(lists)
    const possibleScopes = doubt.filter((scope) => !scopes?.includes(scope))
    const constrained = hasConstraints(route) && { constraints: route.constraints }
    const guard = { id, method, url, scopes, isHidden: isHiddenRoute(route), ...constrained }
    return possibleScopes.length > 0 ? { ...guard, possibleScopes } : guard
  }

  function list(): readonly RouteGuard[] {
    const judged = judgeEntries()
    known ??= know(judged)
    const guards: RouteGuard[] = []
    for (const one of judged) {
      const doubt = doubtOf(one, known)
      for (const method of [one.entry.route.method].flat()) guards.push(guardOf(one, method, doubt))
    }
    return guards
  }

  // Of routes that differ by a constraint, each.
  function askedAt(name: string): readonly (readonly string[])[] {
    asked ??= groupedScopes(list())
    return asked.get(name) ?? [learned.get(name) ?? []]
  }

  return {
    open() {
      isMarking = true
    },
    add(scope, route, written) {
      // Two gates in one app see the same declaration.
      if (entries.has(route)) return
      const id = isMarking ? String(entries.size + 1) : undefined
      entries.set(route, { id, scope, route, written, url: route.url })
      if (id !== undefined) route.schema = { ...route.schema, [ROUTE_MARK]: id }
    },
    hook(scope, name, hook) {
      if (!isGuardHook(name) || !isFunction(hook)) return
      const { guards, mayCall } = hooks.get(scope) ?? NOTHING
      const mark = guardMarkOf(hook)
      if (mark) hooks.set(scope, { guards: [...guards, mark], mayCall })
      else hooks.set(scope, { guards, mayCall: mayCall || mayCallGuard(hook) })
    },
    learn(methods, url, scopes) {
      // HEAD has the hooks and the handler of GET.
      const all = [methods].flat().flatMap((method) => (method === 'HEAD' ? ['HEAD', 'GET'] : method))
      const names = all.map((method) => `${method} ${url}`)
      const news = names.filter((name) => !askedAt(name).every((list) => hasScopes(list, scopes)))
      for (const name of news) learned.set(name, union([learned.get(name) ?? [], scopes]))
      if (news.length === 0) return false
      asked = undefined
      version++
      return true
    },
    get version() {
      return version
    },
    list,
    hasGuards: () =>
      judgeEntries().some(({ ofScope, ofRoute }) =>
        [...ofScope.guards, ...ofRoute.guards].some(({ isOfDocs }) => !isOfDocs),
      ),
    unknown(route) {
      const scopes = learned.get(`${route.method} ${route.url}`) ?? null
      const possibleScopes = (known as Known).all.filter((scope) => !scopes?.includes(scope))
      return { ...route, scopes, possibleScopes }
    },
    isIn(scope, { id }) {
      scopesById ??= new Map([...entries.values()].map((entry) => [entry.id, entry.scope]))
      const declaredIn = id === undefined ? undefined : scopesById.get(id)
      return declaredIn !== undefined && isWithin(declaredIn, scope)
    },
  }
}

const registries = new WeakMap<object, RouteRegistry>()

/** What is known of the routes of the app with this server: its gates share it, so that one's routes are no strangers to another. */
export function registryOf(server: object): RouteRegistry {
  const ledger = registries.get(server) ?? routeRegistry(server, false)
  registries.set(server, ledger)
  return ledger
}

// The tree gives parameters of one place all their names, `:id|:name`, and writes `::`, a colon, as one: to the router
// neither makes another route.
const withoutNames = (url: string): string => url.replace(/:+[^/:|.(-]*(?:\|:[^/:|.(-]*)*/g, ':')

const withoutSlash = (url: string): string => (url.length > 1 && url.endsWith('/') ? url.slice(0, -1) : url)

type Spelled = (url: string) => string

const asWritten: Spelled = (url) => url

// Of `/` in a scope with a prefix Fastify makes two routes, and tells of one.
const placeOf = ({ method, url, constraints }: RouteGuard, spelled: Spelled): string =>
  `${method} ${withoutSlash(withoutNames(spelled(url)))} ${constraintsText(constraints)}`

/**
 * The routes that are there but were not seen being declared, from the lines of `routesOf`.
 *
 * @param spelled a path as the router takes it, whose tree it is: without case, say
 */
export function unseenRoutes(
  lines: readonly string[],
  seen: readonly RouteGuard[],
  spelled: Spelled = asWritten,
): readonly RouteGuard[] {
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
    return isSeen ? [] : [{ id: undefined, method, url, scopes: null, isHidden: false }]
  })
}

/**
 * What is known of routes that came before the gate, put together: the tree has every spelling of them, and of some their
 * declaration was seen, which says what stands before them.
 *
 * @param routes from the tree
 * @param declared those whose declaration was seen
 * @param unknown of a route of which nothing else is known
 */
export function earlyGuards(
  routes: readonly RouteGuard[],
  declared: readonly RouteGuard[],
  unknown: (route: RouteGuard) => RouteGuard,
  spelled: Spelled = asWritten,
): readonly RouteGuard[] {
  const byPlace = new Map<string, RouteGuard[]>()
  for (const guard of declared) {
    const place = placeOf(guard, spelled)
    byPlace.set(place, [...(byPlace.get(place) ?? []), guard])
  }
  const places = new Set(routes.map((route) => placeOf(route, spelled)))
  return [
    ...declared.filter((guard) => !places.has(placeOf(guard, spelled))),
    ...routes.flatMap((route) => {
      const known = byPlace.get(placeOf(route, spelled))
      return known ? known.map((guard) => ({ ...guard, url: route.url })) : [unknown(route)]
    }),
  ]
}
