import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { markGuard } from '../lib/docs/route-guards.ts'
import type { DocsGateError } from '../lib/errors.ts'
import { about } from '../lib/events.ts'
import type { Gate } from '../lib/gate.ts'
import { seeOther, writeCookies } from '../lib/http/answer.ts'
import { isNavigation } from '../lib/http/navigation.ts'
import { writeOutcome } from '../lib/http/outcome.ts'
import { locationFrom, withQuery } from '../lib/http/relative-reference.ts'
import { isPromise, type MaybePromise, originForm } from '../lib/http/request.ts'
import { accessDenied } from '../lib/login/access-denied.ts'
import { parseReturnTo } from '../lib/login/return-to.ts'
import {
  type AuthorizeOptions,
  type AuthorizeSettings,
  authorizeArguments,
} from '../lib/options/authorize.ts'
import { roleOf } from '../lib/route-role.ts'
import type { Verdict } from '../lib/session/authenticator.ts'
import { unauthorized } from '../lib/session/unauthorized.ts'
import type { User } from '../lib/session/user.ts'
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

function createGuards(gate: Gate) {
  const { paths, challenges, circle, settings, verdicts, emit } = gate
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
    if (cookie !== undefined && roleOf(request.routeOptions.config, gate) !== 'asset')
      writeCookies(reply, [cookie])
  }

  // A browser that may not enter goes somewhere else, and comes back to where it wanted to be.
  function sendTo(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
    const returnTo = parseReturnTo(originForm(request.url), paths.reserved)
    writeOutcome(reply, seeOther(withQuery(locationFrom(request.url, path), 'returnTo', returnTo)))
    return reply
  }

  function refuseStranger(request: FastifyRequest, reply: FastifyReply, error: DocsGateError): FastifyReply {
    if (error.statusCode === 401 && isNavigation(request)) return sendTo(request, reply, paths.login)
    emit('denied', { ...about(request), reason: error.code.slice('DOCS_GATE_'.length).toLowerCase() })
    reply.header('cache-control', 'no-store')
    writeOutcome(reply, unauthorized(error, challenges.bearer))
    return reply
  }

  function refuseUser(request: FastifyRequest, reply: FastifyReply, user: User, scopes: readonly string[]) {
    emit('denied', { username: user.username, ...about(request), reason: 'insufficient_scope' })
    reply.header('cache-control', 'no-store')
    const isDocs = roleOf(request.routeOptions.config, gate) !== undefined
    writeOutcome(reply, accessDenied(gate, { request, user, scopes, isDocs }))
    return reply
  }

  function turnAway(
    request: FastifyRequest,
    reply: FastifyReply,
    verdict: Verdict,
    { scopes, redirectTo }: AuthorizeSettings,
  ): FastifyReply {
    if (redirectTo !== undefined && isNavigation(request)) return sendTo(request, reply, redirectTo)
    if (verdict.user) return refuseUser(request, reply, verdict.user, scopes)
    return refuseStranger(request, reply, verdict.error)
  }

  // Our own routes are how one gets in: a guard on the root scope lets strangers pass there. Asked last, of those alone.
  const isWayIn = (request: FastifyRequest): boolean => roleOf(request.routeOptions.config, gate) === 'public'

  async function enter(
    request: GuardedRequest,
    reply: FastifyReply,
    demand: AuthorizeSettings,
  ): Promise<unknown> {
    try {
      const judging = judge(request)
      const verdict = isPromise(judging) ? await judging : judging
      if (verdict.user && hasScopes(verdict.user.scopes, demand.scopes)) return admit(request, reply, verdict)
      if (isWayIn(request)) return
      // In a later turn, when the hook's promise is listened to: Node keeps books of those that are rejected unheard, and
      // that takes longer than all the rest of a refusal.
      await undefined
      return turnAway(request, reply, verdict, demand)
    } catch (error) {
      if (!isWayIn(request)) throw error
    }
  }

  const anyUser: AuthorizeSettings = { scopes: [], redirectTo: undefined }
  const authenticate = (request: GuardedRequest, reply: FastifyReply): Promise<unknown> =>
    enter(request, reply, anyUser)

  async function identify(request: GuardedRequest, reply: FastifyReply): Promise<void> {
    try {
      const judging = judge(request)
      const verdict = isPromise(judging) ? await judging : judging
      if (verdict.user) admit(request, reply, verdict)
      else request[decoratorName] = null
    } catch {
      // Whatever keeps the gate from knowing, a store that is down included, leaves the user unknown.
      request[decoratorName] = null
    }
  }

  function authorize(...options: unknown[]) {
    const demand = authorizeArguments(options)
    const authorizeScopes = (request: GuardedRequest, reply: FastifyReply): Promise<unknown> =>
      enter(request, reply, demand)
    return markGuard(authorizeScopes, demand.scopes)
  }

  return { authenticate: markGuard(authenticate, []), identify, authorize }
}

/** Decorates the app with `authenticate`, `authorize` and `identify`. */
async function guard(app: FastifyInstance, { gate }: { gate: Gate }): Promise<void> {
  const { authenticate, identify, authorize } = createGuards(gate)
  const { decoratorName } = gate.settings
  app.decorate('authenticate', authenticate as unknown as Guard)
  app.decorate('identify', identify as unknown as Guard)
  app.decorate('authorize', authorize as unknown as FastifyInstance['authorize'])
  if (app.hasRequestDecorator(decoratorName)) return
  // Not decorated: the host's own @fastify/jwt may come later, and would find the name taken.
  // With `done`: it runs for every request of the app, and a promise each would cost more than what it does.
  app.addHook('onRequest', function docsGateNoUser(request, _reply, done) {
    const open = request as unknown as GuardedRequest
    if (open[decoratorName] === undefined) open[decoratorName] = null
    done()
  })
}

export default fp(guard, { name: 'docs-gate-guard', fastify: '5.x' })
