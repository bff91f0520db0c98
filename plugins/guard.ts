import { isNativeError } from 'node:util/types'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { guardName } from '../lib/docs/routes/printed-guards.ts'
import { markGuard } from '../lib/docs/routes/route-guards.ts'
import { NoGateError } from '../lib/errors.ts'
import type { Gate } from '../lib/gate.ts'
import { writeAnswer, writeCookies } from '../lib/http/answer.ts'
import { type Outcome, refusalError } from '../lib/http/outcome.ts'
import { isPromise, type MaybePromise } from '../lib/http/request.ts'
import { turnAway } from '../lib/login/turn-away.ts'
import {
  type AuthorizeOptions,
  type AuthorizeSettings,
  authorizeArguments,
} from '../lib/options/authorize.ts'
import { roleOf } from '../lib/route-role.ts'
import type { Verdict } from '../lib/session/authenticator.ts'
import { hasScopes } from '../lib/users/scopes.ts'

/** A hook for `onRequest`, `preHandler` or any other request hook, of any server and type provider. */
export type Guard = (request: object, reply: object) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Lets in who is logged in and sets `request.user`; answers everyone else: a browser's navigation is sent to the
     * login, others get 401.
     *
     * @throws `DOCS_GATE_UNAUTHENTICATED`, `DOCS_GATE_INVALID_TOKEN` (401), `DOCS_GATE_CROSS_ORIGIN` (403),
     * `DOCS_GATE_STORE_UNAVAILABLE`, `DOCS_GATE_USERS_UNAVAILABLE` (503)
     * @example app.get('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
     * @see RFC 6750, section 3
     */
    authenticate: Guard
    /**
     * A guard that asks for scopes besides. With `redirectTo`, a browser that may not enter is sent there.
     *
     * @throws what `authenticate` throws, and `DOCS_GATE_FORBIDDEN` (403)
     * @example app.get('/admin', { onRequest: app.authorize('admin') }, async () => 'welcome')
     */
    authorize(...scopes: [string, ...string[]]): Guard
    authorize(options: AuthorizeOptions): Guard
    /**
     * Never refuses: sets `request.user` to the user, or to null wherever `authenticate` would have refused.
     *
     * @example app.get('/', { onRequest: app.identify }, async (request) => `Hello, ${request.user?.username ?? 'stranger'}`)
     */
    identify: Guard
  }
}

type GuardedRequest = FastifyRequest & { [decorator: string]: unknown }

/** What a guard decides of a request: it goes on, it is answered already, or it is refused with this error. */
type Decision = 'admitted' | 'answered' | Error

type GuardHook = (request: GuardedRequest, reply: FastifyReply) => Promise<unknown>

/** What a guard asks for; null where everybody may go on. */
type Demand = AuthorizeSettings | null

type Enter = (request: GuardedRequest, reply: FastifyReply, demand: Demand) => Promise<unknown>

const ADMITTED = Promise.resolve()

// A turn later, when the hook's promise is listened to: Node keeps books of those that are rejected unheard, and that
// costs more than all the rest of a refusal. And not thrown: V8 looks up where that was.
const rejected = (error: Error): Promise<never> =>
  new Promise((_resolve, reject) => {
    void ADMITTED.then(() => reject(error))
  })

// A reply resolves when it has been sent; but also when the client went away while a hook of the host's held the answer
// back, and Fastify would take that for a guard that lets in. Nobody goes on from here; what is held back goes nowhere.
async function sent(reply: FastifyReply): Promise<void> {
  await reply
  if (reply.sent) return
  reply.hijack()
  throw new Error('The client went away before it was answered')
}

// Always a promise, never `done`: a hook of the host's that hands on all its arguments and awaits the guard would not
// wait for it.
function conclude(reply: FastifyReply, decision: Decision): Promise<unknown> {
  if (decision === 'admitted') return ADMITTED
  return decision === 'answered' ? sent(reply) : rejected(decision)
}

function createEnter(gate: Gate): Enter {
  const { circle, settings, verdicts } = gate
  const { decoratorName } = settings

  // Where nothing has to be waited for, as with a session in memory, nothing is: a promise more costs as much as the
  // judgement.
  function judge(request: GuardedRequest): MaybePromise<Verdict> {
    const known = verdicts.of(request)
    if (known) return known
    const verdict = gate.authenticate(request)
    return isPromise(verdict)
      ? verdict.then((late) => verdicts.keep(request, late))
      : verdicts.keep(request, verdict)
  }

  function admit(
    request: GuardedRequest,
    reply: FastifyReply,
    { user, cookie }: Verdict & { user: object },
  ): void {
    if (request[decoratorName] === user) return
    request[decoratorName] = user
    if (user.authenticatedBy !== 'cookie') return
    circle.used(user.sessionId as string)
    if (cookie !== undefined && roleOfRoute(request) !== 'asset') writeCookies(reply, [cookie])
  }

  function refuse(reply: FastifyReply, outcome: Outcome): Decision {
    reply.header('cache-control', 'no-store')
    if ('error' in outcome) return refusalError(reply, outcome)
    writeAnswer(reply, outcome)
    return 'answered'
  }

  const roleOfRoute = ({ routeOptions }: FastifyRequest) => roleOf(routeOptions.config, gate)

  // Our own routes are how one gets in: a guard on the root scope lets strangers pass there. Asked last, of those alone.
  const isWayIn = (request: FastifyRequest): boolean => roleOfRoute(request) === 'public'

  // Whoever asks for nobody learns that there is nobody.
  function asStranger(request: GuardedRequest): Decision {
    request[decoratorName] = null
    return 'admitted'
  }

  function decideOn(
    request: GuardedRequest,
    reply: FastifyReply,
    verdict: Verdict,
    demand: Demand,
  ): Decision {
    if (verdict.user && (!demand || hasScopes(verdict.user.scopes, demand.scopes))) {
      admit(request, reply, verdict)
      return 'admitted'
    }
    if (!demand) return asStranger(request)
    if (isWayIn(request)) return 'admitted'
    const isOwn = roleOfRoute(request) !== undefined
    return refuse(reply, turnAway(gate, { request, verdict, isOwn, ...demand }))
  }

  // Whatever keeps the gate from knowing, a store that is down above all. What a host throws need not be an error, and
  // 'admitted' would let the request in.
  function failed(request: GuardedRequest, demand: Demand, error: unknown): Decision {
    if (!demand) return asStranger(request)
    if (isWayIn(request)) return 'admitted'
    return isNativeError(error) ? error : new TypeError('A guard failed without an error', { cause: error })
  }

  async function enterLater(
    request: GuardedRequest,
    reply: FastifyReply,
    judging: Promise<Verdict>,
    demand: Demand,
  ): Promise<unknown> {
    let decision: Decision
    try {
      decision = decideOn(request, reply, await judging, demand)
    } catch (error) {
      decision = failed(request, demand, error)
    }
    return conclude(reply, decision)
  }

  function enter(request: GuardedRequest, reply: FastifyReply, demand: Demand): Promise<unknown> {
    let decision: Decision
    try {
      const judging = judge(request)
      if (isPromise(judging)) return enterLater(request, reply, judging, demand)
      decision = decideOn(request, reply, judging, demand)
    } catch (error) {
      decision = failed(request, demand, error)
    }
    return conclude(reply, decision)
  }

  return enter
}

/** The guards, of one gate or of whichever gate the request's route belongs to. */
export type Guards = Pick<FastifyInstance, 'authenticate' | 'authorize' | 'identify'>

function guardsOver(enter: Enter, prepare = (guard: GuardHook): GuardHook => guard): Guards {
  function hook(demand: Demand): GuardHook {
    const guard: GuardHook = (request, reply) => enter(request, reply, demand)
    return prepare(Object.defineProperty(guard, 'name', { value: guardName(demand ? demand.scopes : null) }))
  }

  function authorize(...options: unknown[]) {
    const demand = authorizeArguments(options)
    return markGuard(hook(demand), demand.scopes)
  }

  const guards = {
    authenticate: markGuard(hook({ scopes: [], redirectTo: undefined }), []),
    identify: hook(null),
    authorize,
  }
  return guards as unknown as Guards
}

// The scopes below inherit it. No request and no other plugin can put anything in its place.
const ENTER: unique symbol = Symbol('docs-gate.enter')

/** The servers of the apps in which a guard by import stands before a route. */
const guardedServers = new WeakSet<object>()

/** Whether a guard by import stands before a route of this app. To be asked when the app is ready. */
export const usesImportedGuards = ({ server }: FastifyInstance): boolean => guardedServers.has(server)

// When the app is ready, Fastify binds every hook to the scopes of its routes; it tells of hooks in no other way, where a
// route was declared before the gate.
function noteUse(guard: GuardHook): GuardHook {
  function bind(
    this: (...values: unknown[]) => unknown,
    ...values: readonly [unknown, ...unknown[]]
  ): unknown {
    const [scope] = values as readonly [Partial<FastifyInstance> | undefined]
    if (scope?.server) guardedServers.add(scope.server)
    return Function.prototype.bind.apply(this, [...values])
  }
  return Object.defineProperty(guard, 'bind', { value: bind })
}

// A guard may be called by hand, with anything.
function enterGateOfRoute(request: GuardedRequest, reply: FastifyReply, demand: Demand): Promise<unknown> {
  const server = request?.server as { readonly [ENTER]?: Enter } | undefined
  const enter = server?.[ENTER]
  return enter ? enter(request, reply, demand) : rejected(new NoGateError())
}

/** The guards by import: there before any gate is. Where the route of a request belongs to no gate, they refuse it. */
export const importedGuards = guardsOver(enterGateOfRoute, noteUse)

/** Decorates the app with `authenticate`, `authorize` and `identify`. */
async function guard(app: FastifyInstance, { gate }: { gate: Gate }): Promise<void> {
  const enter = createEnter(gate)
  const { authenticate, identify, authorize } = guardsOver(enter)
  const { decoratorName } = gate.settings
  app.decorate(ENTER, enter)
  app.decorate('authenticate', authenticate)
  app.decorate('identify', identify)
  app.decorate('authorize', authorize)
  // Before the app is ready, so that Fastify does not take the class of its requests for one without decorators.
  app.decorateRequest(gate.verdicts.key, undefined)
  // As late as can be: the host's own @fastify/jwt may come after the gate, and would find the name taken; in the scopes
  // that were made before it, nobody else says that there is no user. An accessor, so that it costs nothing.
  const scopes: FastifyInstance[] = [app]
  app.addHook('onRegister', (scope) => void scopes.push(scope))
  app.addHook('onReady', async function docsGateNoUser() {
    for (const scope of scopes) {
      if (!scope.hasRequestDecorator(decoratorName)) scope.decorateRequest(decoratorName, nobodyAtFirst())
    }
  })
}

function nobodyAtFirst() {
  const user = Symbol('docs-gate.user')
  type WithUser = { [user]?: unknown }
  return {
    getter(this: WithUser) {
      return this[user] ?? null
    },
    setter(this: WithUser, value: unknown) {
      this[user] = value
    },
  }
}

export default fp(guard, { name: 'docs-gate-guard', fastify: '5.x' })
