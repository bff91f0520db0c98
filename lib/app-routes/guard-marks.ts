/** What a guard is known by. Its bound copies have the same one. */
export interface GuardMark {
  /** All of them are needed. */
  readonly scopes: readonly string[]
  /** Whether it has been found before a route, as itself or as a bound copy. */
  isFound: boolean
  /** Whether it guards the gate's own documentation. */
  isOfDocs: boolean
}

type AnyFunction = (...args: never[]) => unknown

const MARK: unique symbol = Symbol('docs-gate.guard')

/** The owner of the guards that no app has made: those that are imported. */
const EVERY_APP = {}

// Weakly: a handler may make a guard for each of its requests.
const takenBy = new WeakMap<object, Set<WeakRef<GuardMark>>>()

function take(owner: object, mark: GuardMark): void {
  const taken = takenBy.get(owner) ?? new Set()
  takenBy.set(owner, taken)
  // At every power of two: adding stays cheap, and what is kept stays near to what is alive.
  if ((taken.size & (taken.size - 1)) === 0) {
    for (const reference of taken) if (!reference.deref()) taken.delete(reference)
  }
  taken.add(new WeakRef(mark))
}

const takenOf = (owner: object): readonly GuardMark[] =>
  [...(takenBy.get(owner) ?? [])].flatMap((reference) => reference.deref() ?? [])

/** The marks of the guards that ask for scopes and may stand before a route of this app: its own and imported ones. */
export const takenGuards = (app: object): readonly GuardMark[] => [...takenOf(app), ...takenOf(EVERY_APP)]

/** The mark of a guard; undefined of any other function. */
export const guardMarkOf = (hook: AnyFunction): GuardMark | undefined =>
  (hook as { readonly [MARK]?: GuardMark | null })[MARK] ?? undefined

// Fastify binds each hook to its scope, and hosts bind too: a bound copy is the same guard.
function put<F extends AnyFunction>(guard: F, mark: GuardMark | null, bound: AnyFunction): F {
  function bind(...args: [never, ...never[]]): AnyFunction {
    const copy: AnyFunction = Function.prototype.bind.apply(bound, args)
    return put(copy, mark, copy)
  }
  return Object.defineProperties(guard, {
    [MARK]: { value: mark, enumerable: true },
    bind: { value: bind, configurable: true, writable: true },
  })
}

/** Marks a function that guards nothing, and calls no guard: `identify`. */
export const markNoGuard = <F extends AnyFunction>(hook: F): F => put(hook, null, hook)

/** Whether a function is marked as one that guards nothing. */
export const isNoGuard = (hook: AnyFunction): boolean =>
  (hook as { readonly [MARK]?: GuardMark | null })[MARK] === null

export interface GuardOptions {
  /** The app whose gate made the guard, by its server; absent where the guard is imported, and may serve any app. */
  readonly owner?: object | undefined
  /** What bound copies call in the guard's stead: Fastify calls nothing but such a copy. */
  readonly hook?: AnyFunction | undefined
}

/**
 * Marks a function as a guard that asks for these scopes. Bound copies have the mark too; a function that calls the guard
 * has not: whether every guard has been found before a route, `takenGuards` tells.
 */
export function markGuard<F extends AnyFunction>(
  guard: F,
  scopes: readonly string[],
  { owner = EVERY_APP, hook = guard }: GuardOptions = {},
): F {
  const mark = { scopes, isFound: false, isOfDocs: false }
  if (scopes.length > 0) take(owner, mark)
  return put(guard, mark, hook)
}

/** Marks a hook of the gate's documentation as standing for a guard, which it calls. */
export function markDocsHook<F extends AnyFunction>(hook: F, guard: AnyFunction): F {
  const mark = guardMarkOf(guard) as GuardMark
  mark.isOfDocs = true
  return put(hook, mark, hook)
}
