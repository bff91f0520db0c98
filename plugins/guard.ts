import { isNativeError } from 'node:util/types'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { markNoGuard } from '../lib/app-routes/guard-marks.ts'
import { markGuard, registryOf } from '../lib/app-routes/route-guards.ts'
import { ForbiddenError, NoGateError } from '../lib/errors.ts'
import { denyAccess } from '../lib/flows/deny-access.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { roleOf } from '../lib/gate/route-role.ts'
import { refusalError } from '../lib/http/outcome.ts'
import { isPromise } from '../lib/http/request.ts'
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
     * Requires a login and sets `request.user`. Without a login, a browser's navigation is redirected to the login, and any
     * other request gets 401.
     *
     * @throws `DOCS_GATE_UNAUTHENTICATED`, `DOCS_GATE_INVALID_TOKEN` (401), `DOCS_GATE_CROSS_ORIGIN` (403),
     * `DOCS_GATE_STORE_UNAVAILABLE`, `DOCS_GATE_USERS_UNAVAILABLE` (503)
     * @example app.get('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
     * @see RFC 6750, section 3
     */
    authenticate: Guard
    /**
     * Requires a login and all of these scopes. With `redirectTo`, a browser that is refused is redirected there.
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

/** The response has been written; whatever awaits the guard gets this error. */
interface Answered {
  readonly answered: Error
}

/** What a guard decides: the request goes on, its response has been written, or it is refused with this error. */
type Decision = 'admitted' | Answered | Error

type GuardHook = (request: GuardedRequest, reply: FastifyReply) => Promise<unknown>

/** What a guard requires; null where it only identifies the user. */
type Requirement = AuthorizeSettings | null

type Enter = (request: GuardedRequest, reply: FastifyReply, required: Requirement) => Promise<unknown>

/** Reports that a guard with these scopes was called for a route by another function than Fastify. */
type ReportCall = (
  route: { readonly method: string | readonly string[]; readonly url: string },
  scopes: readonly string[],
) => void

/** What guards find at the scope of a request's route. */
interface GateOfScope {
  readonly gate: Gate
  /** Undefined where the gate shows no document of the app's own, which such a call would change. */
  readonly reportCall: ReportCall | undefined
}

const ADMITTED = Promise.resolve()

// Rejected one turn later, when Fastify has attached its handlers: Node keeps a record of each promise that is rejected
// without one, which costs more than all the rest of a refusal. And not thrown: V8 would work out where it was thrown.
function rejected(error: Error): Promise<never> {
  const rejection = new Promise<never>((_resolve, reject) => {
    void ADMITTED.then(() => reject(error))
  })
  // A host may forget to await a guard. A refused request must not end the process for that.
  rejection.catch(() => {})
  return rejection
}

// Fastify takes a handler that fails after its reply was sent for a mistake, and logs it as one.
function keepOutOfLog(reply: FastifyReply, error: Error): void {
  const { log } = reply
  function except(details: { readonly err?: unknown } | null, ...more: never[]): void {
    if (details?.err !== error) log.error(details, ...more)
  }
  // The host's logger may have private fields, so its methods are called on the logger itself.
  reply.log = new Proxy(log, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name === 'error') return except
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

// Once the response is written, nothing of the route may run. Fastify's own hooks stop by themselves, and ignore an error
// that comes after the response; but code that awaits a guard by hand would go on with its next line, so the guard rejects.
// It rejects once the response has been sent: before that, Fastify would answer with the error instead. A reply resolves
// when it is sent, or when the client disconnects while a hook of the host's holds the response back: `hijack` makes sure
// that it is not sent later.
async function throwOnceSent(reply: FastifyReply, error: Error): Promise<never> {
  await reply
  if (!reply.sent) reply.hijack()
  keepOutOfLog(reply, error)
  throw error
}

function rejectedOnceSent(reply: FastifyReply, error: Error): Promise<never> {
  const rejection = throwOnceSent(reply, error)
  // As above: a host may forget to await the guard.
  rejection.catch(() => {})
  return rejection
}

// @fastify/websocket keeps the socket of a handshake open. If it was registered after the gate's hooks, it never sees a
// refused handshake: the socket would stay open, and `app.close()` would wait for it without end.
function closeAfterHandshake(reply: FastifyReply): void {
  const { raw } = reply.request
  if (!(raw as { readonly upgrade?: boolean | null }).upgrade) return
  reply.header('connection', 'close')
  reply.raw.once('finish', () => raw.socket.end(() => raw.socket.destroy()))
}

// A promise in any case, and never the `done` callback: a hook of the host's that passes all its arguments on and awaits the
// guard would not wait for a callback.
function conclude(reply: FastifyReply, decision: Decision): Promise<unknown> {
  if (decision === 'admitted') return ADMITTED
  if ('answered' in decision) return rejectedOnceSent(reply, decision.answered)
  closeAfterHandshake(reply)
  return rejected(decision)
}

function roleOfRoute(gate: Gate, { routeOptions }: FastifyRequest) {
  return roleOf(routeOptions.config, gate)
}

// A guard on the root scope also stands before the gate's own login, which everyone may reach. Asked last, and of refused
// requests alone.
const isPublic = (gate: Gate, request: FastifyRequest): boolean => roleOfRoute(gate, request) === 'public'

function admit(
  gate: Gate,
  request: GuardedRequest,
  reply: FastifyReply,
  { user, cookie }: AuthenticationResult & { user: object },
): Decision {
  const { decoratorName } = gate.settings
  if (request[decoratorName] === user) return 'admitted'
  request[decoratorName] = user
  // A shared cache must not hand on what one user may read. The host's own value wins, whether set before this or after.
  if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'private')
  if (user.authenticatedBy !== 'cookie') return 'admitted'
  gate.loginLoop.markUsed(user.sessionId as string)
  if (cookie !== undefined && roleOfRoute(gate, request) !== 'asset') writeCookies(reply, [cookie])
  return 'admitted'
}

// `identify` never refuses: without a user, `request.user` is null.
function admitWithoutUser({ settings }: Gate, request: GuardedRequest): Decision {
  request[settings.decoratorName] = null
  return 'admitted'
}

function refuse(
  gate: Gate,
  request: GuardedRequest,
  reply: FastifyReply,
  required: AuthorizeSettings,
  result: AuthenticationResult,
): Decision {
  const isDocs = roleOfRoute(gate, request) !== undefined
  const outcome = denyAccess(gate, { request, result, isDocs, ...required })
  reply.header('cache-control', 'no-store')
  if ('error' in outcome) return refusalError(reply, outcome)
  closeAfterHandshake(reply)
  writeResponse(reply, outcome)
  return { answered: result.user ? new ForbiddenError() : result.error }
}

function decide(
  gate: Gate,
  request: GuardedRequest,
  reply: FastifyReply,
  required: Requirement,
  result: AuthenticationResult,
): Decision {
  if (result.user && (!required || hasScopes(result.user.scopes, required.scopes)))
    return admit(gate, request, reply, result)
  if (!required) return admitWithoutUser(gate, request)
  if (isPublic(gate, request)) return 'admitted'
  return refuse(gate, request, reply, required, result)
}

// The gate cannot know who this is, most often because a store is down. What a host's function throws need not be an error:
// the string 'admitted' would let the request in.
function failed(
  gate: Gate,
  request: GuardedRequest,
  reply: FastifyReply,
  required: Requirement,
  error: unknown,
): Decision {
  if (!required) return admitWithoutUser(gate, request)
  if (isPublic(gate, request)) return 'admitted'
  gate.noteRefusal(reply, error)
  return isNativeError(error) ? error : new TypeError('A guard failed without an error', { cause: error })
}

async function enterLater(
  gate: Gate,
  request: GuardedRequest,
  reply: FastifyReply,
  required: Requirement,
  authenticating: Promise<AuthenticationResult>,
): Promise<unknown> {
  let decision: Decision
  try {
    decision = decide(gate, request, reply, required, await authenticating)
  } catch (error) {
    decision = failed(gate, request, reply, required, error)
  }
  return conclude(reply, decision)
}

/** What every guard does with a request: authenticate it, decide, and act on the decision. */
function enter(
  gate: Gate,
  request: GuardedRequest,
  reply: FastifyReply,
  required: Requirement,
): Promise<unknown> {
  let decision: Decision
  try {
    const result = gate.authentication.authenticateOnce(request)
    if (isPromise(result)) return enterLater(gate, request, reply, required, result)
    decision = decide(gate, request, reply, required, result)
  } catch (error) {
    decision = failed(gate, request, reply, required, error)
  }
  return conclude(reply, decision)
}

function callReporter(app: FastifyInstance): ReportCall {
  const registry = registryOf(app.server)
  return ({ method, url }, scopes) => {
    if (!registry.learn(method, url, scopes)) return
    warningLog(app.log).warn(
      { operations: [method].flat().map((one) => `${one} ${url}`), scopes },
      'docs-gate: a guard that asks for scopes was called by another function before these operations of the document, which nobody could see until now; from now on only who holds the scopes sees them. Say so from the start: config: { docsGate: { scopes: [...] } }',
    )
  }
}

// Fastify calls bound copies of its hooks, and so never this function: every call here comes from another function. The
// first call for a route is reported.
function reportingCalls(
  guard: GuardHook,
  scopes: readonly string[],
  reporterOf: (request: GuardedRequest) => ReportCall | undefined,
): GuardHook {
  const reported = new WeakSet<object>()
  return function docsGateGuard(request, reply) {
    const reportCall = reporterOf(request)
    if (reportCall && !reported.has(request.routeOptions.config)) {
      const { config, method, url } = request.routeOptions
      reported.add(config)
      if (url !== undefined) reportCall({ method, url }, scopes)
    }
    return guard(request, reply)
  }
}

/** The guards of one gate; or those by import, which use the gate that the route of a request belongs to. */
export type Guards = Pick<FastifyInstance, 'authenticate' | 'authorize' | 'identify'>

/** Where the guards of an app differ from those by import. */
interface GuardsOptions {
  readonly enter: Enter
  readonly reporterOf: ((request: GuardedRequest) => ReportCall | undefined) | undefined
  /** The server of the app; undefined for guards by import. */
  readonly owner?: object
  /** Called with each guard that is created. */
  readonly prepare?: (guard: GuardHook) => GuardHook
}

function createGuards({ enter, reporterOf, owner, prepare = (guard) => guard }: GuardsOptions): Guards {
  const hook =
    (required: Requirement): GuardHook =>
    (request, reply) =>
      enter(request, reply, required)

  function authorize(...options: unknown[]) {
    const required = authorizeArguments(options)
    const guard = hook(required)
    const called = reporterOf ? reportingCalls(guard, required.scopes, reporterOf) : guard
    return prepare(markGuard(called, required.scopes, { owner, hook: guard }))
  }

  const guards = {
    authenticate: prepare(markGuard(hook({ scopes: [], redirectTo: undefined }), [])),
    identify: prepare(markNoGuard(hook(null))),
    authorize,
  }
  return guards as unknown as Guards
}

// Child scopes inherit this property. As its name is a symbol, no request and no other plugin can replace it.
const GATE: unique symbol = Symbol('docs-gate.gate')

// A guard may be called by hand, and with any argument.
function gateOf(request: GuardedRequest): GateOfScope | undefined {
  const server = request?.server as { readonly [GATE]?: GateOfScope } | undefined
  return server?.[GATE]
}

/** The servers of the apps in which a guard by import stands before a route. */
const guardedServers = new WeakSet<object>()

/** Whether a guard of the gate stands before a route of the host's. Known when the app is ready. */
export const usesGuards = ({ server }: FastifyInstance): boolean =>
  guardedServers.has(server) || registryOf(server).hasGuards()

// When the app is ready, Fastify binds every hook to the scope of its route. This is the only sign of a guard whose route was
// declared before the gate's module was loaded.
function noteUse(guard: GuardHook): GuardHook {
  const bind = guard.bind as (...values: unknown[]) => unknown
  function noteAndBind(this: GuardHook, ...values: unknown[]): unknown {
    const scope = values[0] as Partial<FastifyInstance> | undefined
    if (scope?.server) guardedServers.add(scope.server)
    return bind.apply(this, values)
  }
  return Object.defineProperty(guard, 'bind', { value: noteAndBind })
}

/** The guards by import, which exist before any gate. They refuse requests whose route belongs to no gate. */
export const importedGuards = createGuards({
  enter(request, reply, required) {
    const found = gateOf(request)
    return found ? enter(found.gate, request, reply, required) : rejected(new NoGateError())
  },
  reporterOf: (request) => gateOf(request)?.reportCall,
  prepare: noteUse,
})

/** Decorates the app with `authenticate`, `authorize` and `identify`. */
async function guard(app: FastifyInstance, { gate }: { gate: Gate }): Promise<void> {
  const { decoratorName, docs } = gate.settings
  const reportCall = docs.some(({ source }) => source === undefined) ? callReporter(app) : undefined
  const { authenticate, identify, authorize } = createGuards({
    enter: (request, reply, required) => enter(gate, request, reply, required),
    reporterOf: reportCall && (() => reportCall),
    owner: app.server,
  })
  app.decorate(GATE, { gate, reportCall } satisfies GateOfScope)
  app.decorate('authenticate', authenticate)
  app.decorate('identify', identify)
  app.decorate('authorize', authorize)
  // Declared before the app is ready: Fastify would otherwise create its requests from a class without decorators.
  app.decorateRequest(gate.authentication.key, undefined)
  // As late as possible, because a host's own @fastify/jwt may be registered after the gate, and would find the name taken.
  // Scopes that were created before that one do not inherit its decorator, so each scope is looked at. An accessor, so that
  // it costs a request nothing.
  const scopes: FastifyInstance[] = [app]
  app.addHook('onRegister', (scope) => void scopes.push(scope))
  app.addHook('onReady', async function docsGateNoUser() {
    for (const scope of scopes) {
      if (!scope.hasRequestDecorator(decoratorName)) scope.decorateRequest(decoratorName, nullAtFirst())
    }
  })
}

function nullAtFirst() {
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
