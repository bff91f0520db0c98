/** Identifies a guard. Its bound copies have the same mark. */
export interface GuardMark {
  /** The scopes that the guard requires, all of them. */
  readonly scopes: readonly string[]
  /** Whether a route or scope uses the guard, or a bound copy of it. */
  isFound: boolean
  /** Whether it guards the gate's own documentation. */
  isOfDocs: boolean
}

type AnyFunction = (...args: never[]) => unknown

const MARK: unique symbol = Symbol('docs-gate.guard')

/** The owner of imported guards, which no app has made. */
const EVERY_APP = {}

// Weak references, because a handler may make a guard for each request.
const marksByOwner = new WeakMap<object, Set<WeakRef<GuardMark>>>()

function register(owner: object, mark: GuardMark): void {
  const marks = marksByOwner.get(owner) ?? new Set()
  marksByOwner.set(owner, marks)
  // Cleaning up at every power of two keeps adding cheap, and the set close to the guards that are alive.
  if ((marks.size & (marks.size - 1)) === 0) {
    for (const reference of marks) if (!reference.deref()) marks.delete(reference)
  }
  marks.add(new WeakRef(mark))
}

const marksOf = (owner: object): readonly GuardMark[] =>
  [...(marksByOwner.get(owner) ?? [])].flatMap((reference) => reference.deref() ?? [])

/** The marks of all guards with scopes that may protect a route of this app: the app's own and imported ones. */
export const registeredGuards = (app: object): readonly GuardMark[] => [
  ...marksOf(app),
  ...marksOf(EVERY_APP),
]

/** The mark of a guard; undefined for any other function. */
export const guardMarkOf = (hook: AnyFunction): GuardMark | undefined =>
  (hook as { readonly [MARK]?: GuardMark | null })[MARK] ?? undefined

// Fastify binds each hook to its scope, and hosts may bind guards too. A bound copy has to count as the same guard.
function putMark<F extends AnyFunction>(guard: F, mark: GuardMark | null, bound: AnyFunction): F {
  function bind(...args: [never, ...never[]]): AnyFunction {
    const copy: AnyFunction = Function.prototype.bind.apply(bound, args)
    return putMark(copy, mark, copy)
  }
  return Object.defineProperties(guard, {
    [MARK]: { value: mark, enumerable: true },
    bind: { value: bind, configurable: true, writable: true },
  })
}

/** Marks a function that neither guards a route nor calls a guard, like `identify`. */
export const markNoGuard = <F extends AnyFunction>(hook: F): F => putMark(hook, null, hook)

/** Whether a function is marked as not being a guard. */
export const isNoGuard = (hook: AnyFunction): boolean =>
  (hook as { readonly [MARK]?: GuardMark | null })[MARK] === null

export interface GuardOptions {
  /** The server of the app whose gate made the guard; absent for imported guards, which work in any app. */
  readonly owner?: object | undefined
  /** The function that bound copies call instead of the guard. Fastify calls only bound copies. */
  readonly hook?: AnyFunction | undefined
}

/**
 * Marks a function as a guard that requires these scopes. Bound copies get the mark too, but a function that calls the
 * guard does not: `registeredGuards` tells whether every guard has been found.
 */
export function markGuard<F extends AnyFunction>(
  guard: F,
  scopes: readonly string[],
  { owner = EVERY_APP, hook = guard }: GuardOptions = {},
): F {
  const mark = { scopes, isFound: false, isOfDocs: false }
  if (scopes.length > 0) register(owner, mark)
  return putMark(guard, mark, hook)
}

/** Marks a hook of the gate's documentation with the mark of the guard that it calls. */
export function markDocsHook<F extends AnyFunction>(hook: F, guard: AnyFunction): F {
  const mark = guardMarkOf(guard) as GuardMark
  mark.isOfDocs = true
  return putMark(hook, mark, hook)
}
