import { isNativeError } from 'node:util/types'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { markNoGuard } from '../lib/app-routes/guard-marks.ts'
import { markGuard, registryOf } from '../lib/app-routes/route-guards.ts'
import { ForbiddenError, NoGateError } from '../lib/errors.ts'
import { denyAccess } from '../lib/flows/deny-access.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { roleOf } from '../lib/gate/route-role.ts'
import { type Outcome, refusalError } from '../lib/http/outcome.ts'
import { isPromise, type MaybePromise } from '../lib/http/request.ts'
import { writeCookies, writeResponse } from '../lib/http/response.ts'
import {
  type AuthorizeOptions,
  type AuthorizeSettings,
  authorizeArguments,
} from '../lib/options/authorize.ts'
import { warningLog } from '../lib/runtime/warnings.ts'
import type { AuthenticationResult } from '../lib/session/authenticator.ts'
import { hasScopes } from '../lib/validation/scope.ts'

/** A hook for `onRequest`, `preHandler` or any other request hook, of any server and type provider. */
export type Guard = (request: object, reply: object) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Requires a login and sets `request.user`; answers everyone else: a browser's navigation is sent to the
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

/** A request that is answered already, with what is wrong with it. */
interface Answered {
  readonly answered: Error
}

/** What a guard decides of a request: it goes on, it is answered already, or it is refused with this error. */
type Decision = 'admitted' | Answered | Error

type GuardHook = (request: GuardedRequest, reply: FastifyReply) => Promise<unknown>

/** What a guard asks for; null where everybody may go on. */
type Demand = AuthorizeSettings | null

type Enter = (request: GuardedRequest, reply: FastifyReply, demand: Demand) => Promise<unknown>

/** Told of a route that a guard with these scopes was called for, by another function than Fastify. */
type Tell = (
  route: { readonly method: string | readonly string[]; readonly url: string },
  scopes: readonly string[],
) => void

/** What guards find at the scope of a request's route. */
interface GateOfScope {
  readonly enter: Enter
  /** Undefined where no document of the app's own is to know. */
  readonly tell: Tell | undefined
}

const ADMITTED = Promise.resolve()

// A turn later, when the hook's promise is listened to: Node keeps books of those that are rejected unheard, and that
// costs more than all the rest of a refusal. And not thrown: V8 looks up where that was.
function rejected(error: Error): Promise<never> {
  const rejection = new Promise<never>((_resolve, reject) => {
    void ADMITTED.then(() => reject(error))
  })
  // A guard that nobody awaits is the host's mistake; that a stranger came is no reason to end the process.
  rejection.catch(() => {})
  return rejection
}

// To Fastify, a handler that fails when its reply has been sent is a mistake, and logged as one.
function keepOutOfLog(reply: FastifyReply, error: Error): void {
  const { log } = reply
  function except(details: { readonly err?: unknown } | null, ...more: never[]): void {
    if (details?.err !== error) log.error(details, ...more)
  }
  // A logger of the host's may have private fields: its methods are called on itself.
  reply.log = new Proxy(log, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name === 'error') return except
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

// Who is answered goes nowhere from here. Fastify's hooks stop anyway, and drop an error that comes after the answer; but
// whoever awaits a guard by hand would go on with the next line. Not before the answer has been sent: until then Fastify
// would answer with the error. A reply also resolves when the client went away while a hook of the host's held the answer
// back: what is held back goes nowhere.
async function leave(reply: FastifyReply, error: Error): Promise<never> {
  await reply
  if (!reply.sent) reply.hijack()
  keepOutOfLog(reply, error)
  throw error
}

function left(reply: FastifyReply, error: Error): Promise<never> {
  const leaving = leave(reply, error)
  // As above: nobody may be waiting.
  leaving.catch(() => {})
  return leaving
}

// @fastify/websocket keeps the socket of a handshake that it did not come to see: where it was registered after our hooks,
// nobody would close it, and `app.close()` would wait for ever.
function closeAfterHandshake(reply: FastifyReply): void {
  const { raw } = reply.request
  if (!(raw as { readonly upgrade?: boolean | null }).upgrade) return
  reply.header('connection', 'close')
  reply.raw.once('finish', () => raw.socket.end(() => raw.socket.destroy()))
}

// Always a promise, never `done`: a hook of the host's that hands on all its arguments and awaits the guard would not
// wait for it.
function conclude(reply: FastifyReply, decision: Decision): Promise<unknown> {
  if (decision === 'admitted') return ADMITTED
  if ('answered' in decision) return left(reply, decision.answered)
  closeAfterHandshake(reply)
  return rejected(decision)
}

function createEnter(gate: Gate): Enter {
  const { loginLoop, settings, authentication } = gate
  const { decoratorName } = settings

  // Where nothing has to be waited for, as with a session in memory, nothing is: a promise more costs as much as the
  // judgement.
  function judge(request: GuardedRequest): MaybePromise<AuthenticationResult> {
    const known = authentication.of(request)
    if (known) return known
    const result = gate.authenticate(request)
    return isPromise(result)
      ? result.then((late) => authentication.keep(request, late))
      : authentication.keep(request, result)
  }

  function admit(
    request: GuardedRequest,
    reply: FastifyReply,
    { user, cookie }: AuthenticationResult & { user: object },
  ): void {
    if (request[decoratorName] === user) return
    request[decoratorName] = user
    // A cache that is shared is not to hand on what a user may read. What the host says wins, before this and after.
    if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'private')
    if (user.authenticatedBy !== 'cookie') return
    loginLoop.markUsed(user.sessionId as string)
    if (cookie !== undefined && roleOfRoute(request) !== 'asset') writeCookies(reply, [cookie])
  }

  function refuse(reply: FastifyReply, outcome: Outcome, result: AuthenticationResult): Decision {
    reply.header('cache-control', 'no-store')
    if ('error' in outcome) return refusalError(reply, outcome)
    closeAfterHandshake(reply)
    writeResponse(reply, outcome)
    return { answered: result.user ? new ForbiddenError() : result.error }
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
    result: AuthenticationResult,
    demand: Demand,
  ): Decision {
    if (result.user && (!demand || hasScopes(result.user.scopes, demand.scopes))) {
      admit(request, reply, result)
      return 'admitted'
    }
    if (!demand) return asStranger(request)
    if (isWayIn(request)) return 'admitted'
    const isGateRoute = roleOfRoute(request) !== undefined
    return refuse(reply, denyAccess(gate, { request, result, isGateRoute, ...demand }), result)
  }

  // Whatever keeps the gate from knowing, a store that is down above all. What a host throws need not be an error, and
  // 'admitted' would let the request in.
  function failed(request: GuardedRequest, reply: FastifyReply, demand: Demand, error: unknown): Decision {
    if (!demand) return asStranger(request)
    if (isWayIn(request)) return 'admitted'
    gate.noteRefusal(reply, error)
    return isNativeError(error) ? error : new TypeError('A guard failed without an error', { cause: error })
  }

  async function enterLater(
    request: GuardedRequest,
    reply: FastifyReply,
    judging: Promise<AuthenticationResult>,
    demand: Demand,
  ): Promise<unknown> {
    let decision: Decision
    try {
      decision = decideOn(request, reply, await judging, demand)
    } catch (error) {
      decision = failed(request, reply, demand, error)
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
      decision = failed(request, reply, demand, error)
    }
    return conclude(reply, decision)
  }

  return enter
}

function createTell(app: FastifyInstance): Tell {
  const ledger = registryOf(app.server)
  return ({ method, url }, scopes) => {
    if (!ledger.learn(method, url, scopes)) return
    warningLog(app.log).warn(
      { operations: [method].flat().map((one) => `${one} ${url}`), scopes },
      'docs-gate: a guard that asks for scopes was called by another function before these operations of the document, which nobody could see until now; from now on only who holds the scopes sees them. Say so from the start: config: { docsGate: { scopes: [...] } }',
    )
  }
}

// Fastify calls bound copies of its hooks, and so does not come here: these are the calls of other functions. Which routes
// they are for, the calls tell.
function telling(
  guard: GuardHook,
  scopes: readonly string[],
  tellOf: (request: GuardedRequest) => Tell | undefined,
): GuardHook {
  const told = new WeakSet<object>()
  return function docsGateGuard(request, reply) {
    const tell = tellOf(request)
    if (tell && !told.has(request.routeOptions.config)) {
      const { config, method, url } = request.routeOptions
      told.add(config)
      if (url !== undefined) tell({ method, url }, scopes)
    }
    return guard(request, reply)
  }
}

/** The guards, of one gate or of whichever gate the request's route belongs to. */
export type Guards = Pick<FastifyInstance, 'authenticate' | 'authorize' | 'identify'>

/** What is different of the guards of an app and of those by import. */
interface GuardsOptions {
  readonly enter: Enter
  readonly tellOf: ((request: GuardedRequest) => Tell | undefined) | undefined
  /** The app, by its server; undefined of guards by import. */
  readonly owner?: object
  /** Called with each guard before it is handed out. */
  readonly prepare?: (guard: GuardHook) => GuardHook
}

function createGuards({ enter, tellOf, owner, prepare = (guard) => guard }: GuardsOptions): Guards {
  const hook =
    (demand: Demand): GuardHook =>
    (request, reply) =>
      enter(request, reply, demand)

  function authorize(...options: unknown[]) {
    const demand = authorizeArguments(options)
    const guard = hook(demand)
    const called = tellOf ? telling(guard, demand.scopes, tellOf) : guard
    return prepare(markGuard(called, demand.scopes, { owner, hook: guard }))
  }

  const guards = {
    authenticate: prepare(markGuard(hook({ scopes: [], redirectTo: undefined }), [])),
    identify: prepare(markNoGuard(hook(null))),
    authorize,
  }
  return guards as unknown as Guards
}

// The scopes below inherit it. No request and no other plugin can put anything in its place.
const GATE: unique symbol = Symbol('docs-gate.gate')

// A guard may be called by hand, with anything.
function gateOf(request: GuardedRequest): GateOfScope | undefined {
  const server = request?.server as { readonly [GATE]?: GateOfScope } | undefined
  return server?.[GATE]
}

/** The servers of the apps in which a guard by import stands before a route. */
const guardedServers = new WeakSet<object>()

/** Whether a guard of the gate stands before a route of the host's. To be asked when the app is ready. */
export const usesGuards = ({ server }: FastifyInstance): boolean =>
  guardedServers.has(server) || registryOf(server).hasGuards()

// When the app is ready, Fastify binds every hook to the scope of its route: a guard that was put before a route when nobody
// watched, before the gate was loaded say, learns of it in no other way.
function noteUse(guard: GuardHook): GuardHook {
  const bind = guard.bind as (...values: unknown[]) => unknown
  function noteAndBind(this: GuardHook, ...values: unknown[]): unknown {
    const scope = values[0] as Partial<FastifyInstance> | undefined
    if (scope?.server) guardedServers.add(scope.server)
    return bind.apply(this, values)
  }
  return Object.defineProperty(guard, 'bind', { value: noteAndBind })
}

/** The guards by import: there before any gate is. Where the route of a request belongs to no gate, they refuse it. */
export const importedGuards = createGuards({
  enter(request, reply, demand) {
    const gate = gateOf(request)
    return gate ? gate.enter(request, reply, demand) : rejected(new NoGateError())
  },
  tellOf: (request) => gateOf(request)?.tell,
  prepare: noteUse,
})

/** Decorates the app with `authenticate`, `authorize` and `identify`. */
async function guard(app: FastifyInstance, { gate }: { gate: Gate }): Promise<void> {
  const { decoratorName, docs } = gate.settings
  const enter = createEnter(gate)
  const tell = docs.some(({ source }) => source === undefined) ? createTell(app) : undefined
  const tellOf = tell && (() => tell)
  const { authenticate, identify, authorize } = createGuards({ enter, tellOf, owner: app.server })
  app.decorate(GATE, { enter, tell } satisfies GateOfScope)
  app.decorate('authenticate', authenticate)
  app.decorate('identify', identify)
  app.decorate('authorize', authorize)
  // Before the app is ready, so that Fastify does not take the class of its requests for one without decorators.
  app.decorateRequest(gate.authentication.key, undefined)
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
