import fastifyJwt from '@fastify/jwt'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyInstance, type FastifyTypeProvider } from 'fastify'
import t from 'tap'
import { DocsGateError, type DocsGateErrorCode, OptionsError } from '../../lib/errors.ts'
import bareGate, { docsGate as namedBareGate, type User as UserOfBare } from '../../plugins/bare.ts'
import docsGate, {
  type AuditFinding,
  type AuthorizeOptions,
  type CookieOptions,
  type DocsGate,
  type DocsGateOptions,
  type DocsOptions,
  type FoundUser,
  type Guard,
  type LoginOptions,
  type LogoutOptions,
  docsGate as named,
  type PagesOptions,
  type RecordUser,
  type RequestLike,
  type RouteGuardConfig,
  type Secret,
  type Session,
  type SessionOptions,
  type SessionStore,
  type SignedIn,
  type SourceUser,
  type Texts,
  type User,
  type UserRecord,
  type UserReference,
  type UserSource,
  type Visible,
  type VisibleOperation,
} from '../../plugins/index.ts'
import { HASHES, SECRET } from '../helper.ts'

// tsc answers for these; nothing here is asked of a running gate but that it registers as it is typed.

/** The names of the properties that may be left out. */
type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
/** Those among them that may be left out and yet may not be undefined. */
type WithoutUndefined<T> = {
  [K in OptionalKeys<T>]-?: { [P in K]: undefined } extends Pick<T, K> ? never : K
}[OptionalKeys<T>]

interface UpperCaseProvider extends FastifyTypeProvider {
  validator: this['schema']
  serializer: this['schema']
}

t.test('the decorators are typed', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(docsGate, { users: { johndoe: HASHES.secret }, secret: SECRET, docs: false })

  expectTypeOf(app.authenticate).toEqualTypeOf<Guard>()
  expectTypeOf(app.identify).toEqualTypeOf<Guard>()
  expectTypeOf<Guard>().toEqualTypeOf<(request: object, reply: object) => Promise<void>>()
  expectTypeOf(app.authorize('a')).toEqualTypeOf<Guard>()
  expectTypeOf(docsGate.authenticate).toEqualTypeOf<Guard>()
  expectTypeOf(docsGate.identify).toEqualTypeOf<Guard>()
  expectTypeOf(docsGate.authorize).toEqualTypeOf<typeof app.authorize>()
  expectTypeOf(bareGate.authorize('a')).toEqualTypeOf<Guard>()
  expectTypeOf(app.authorize('a', 'b')).toEqualTypeOf<Guard>()
  expectTypeOf(app.authorize({ scopes: ['a'] })).toEqualTypeOf<Guard>()
  expectTypeOf(app.authorize({ scopes: ['a'] as const, redirectTo: '/x' })).toEqualTypeOf<Guard>()
  expectTypeOf(app.docsGate).toEqualTypeOf<DocsGate>()
  expectTypeOf(app.docsGate.signIn).returns.resolves.toEqualTypeOf<SignedIn>()
  expectTypeOf(app.docsGate.sessionsOf).returns.resolves.toEqualTypeOf<readonly Session[]>()
  expectTypeOf(app.docsGate.audit).returns.resolves.toEqualTypeOf<readonly AuditFinding[]>()
  expectTypeOf(app.docsGate.endSessionsOf).parameter(0).toEqualTypeOf<UserReference>()
  expectTypeOf(app.docsGate.endSession).returns.resolves.toEqualTypeOf<void>()

  // @ts-expect-error no scope at all
  t.throws(() => app.authorize(), { code: 'DOCS_GATE_OPTIONS' })
  // @ts-expect-error an object without scopes
  t.throws(() => app.authorize({ redirectTo: '/x' }), { code: 'DOCS_GATE_OPTIONS' })
  // @ts-expect-error scopes are a list
  t.throws(() => app.authorize({ scopes: 'admin' }), { code: 'DOCS_GATE_OPTIONS' })
  // @ts-expect-error a scope is a string
  t.throws(() => app.authorize(1), { code: 'DOCS_GATE_OPTIONS' })
})

t.test('request.user is the user or null', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(docsGate, { users: { johndoe: HASHES.secret }, secret: SECRET, docs: false })
  app.get('/', { onRequest: app.identify }, async (request) => {
    expectTypeOf(request.user).toEqualTypeOf<User | null>()
    // @ts-expect-error nobody may be logged in
    const unchecked = (): string => request.user.username
    void unchecked
    return request.user?.username ?? 'stranger'
  })
  t.equal((await app.inject('/')).body, 'stranger')
  expectTypeOf<User>().toEqualTypeOf<{
    readonly username: string
    readonly issuer: string
    readonly subject: string
    readonly scopes: readonly string[]
    readonly name?: string | undefined
    readonly email?: string | undefined
    readonly authenticatedBy: 'bearer' | 'cookie'
    readonly sessionId?: string | undefined
    readonly expiresAt: number
  }>()
  expectTypeOf<Session>().toEqualTypeOf<{
    readonly id: string
    readonly issuer: string
    readonly subject: string
    readonly createdAt: number
    readonly expiresAt: number
  }>()
})

t.test('guards fit every server, type provider and hook', async (t) => {
  const options: DocsGateOptions = { users: { johndoe: HASHES.secret }, secret: SECRET, docs: false }

  const http2 = Fastify({ http2: true })
  t.teardown(() => http2.close())
  await http2.register(docsGate, options)
  http2.addHook('onRequest', http2.authenticate)
  http2.get('/', { preHandler: [http2.authenticate, http2.authorize('a')] }, async (request) => request.user)

  const provided = Fastify().withTypeProvider<UpperCaseProvider>()
  t.teardown(() => provided.close())
  await provided.register(docsGate, options)
  provided.addHook('preHandler', provided.identify)
  provided.get('/', { onRequest: provided.authorize({ scopes: ['a'] }) }, async (request) => request.user)

  const plain: FastifyInstance = Fastify()
  t.teardown(() => plain.close())
  await plain.register(named, options)
  plain.addHook('preParsing', plain.authenticate)
  plain.addHook('preValidation', plain.authenticate)
  const guard = plain.authorize('a')
  plain.route({
    method: 'POST',
    url: '/',
    onRequest: guard,
    preParsing: [guard],
    preValidation: guard,
    preHandler: [plain.identify, guard],
    handler: async (request) => request.user,
  })
  // A hook of the host's own may ask a guard.
  plain.addHook('onRequest', async (request, reply) => plain.authenticate(request, reply))
  for (const app of [provided, plain]) t.equal((await app.inject('/')).statusCode, 401)
})

t.test('the entry without the type of request.user is the same gate', async (t) => {
  expectTypeOf(bareGate).toEqualTypeOf(docsGate)
  expectTypeOf(namedBareGate).toEqualTypeOf(docsGate)
  expectTypeOf<UserOfBare>().toEqualTypeOf<User>()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyJwt, { secret: SECRET })
  await app.register(bareGate, { users: { johndoe: HASHES.secret }, secret: SECRET, docs: false })
  t.equal(bareGate, docsGate)
})

t.test('undefined is absent, in every optional property', async (t) => {
  expectTypeOf<WithoutUndefined<{ a?: string }>>().toEqualTypeOf<'a'>()
  expectTypeOf<WithoutUndefined<DocsGateOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<LoginOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<LogoutOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<SessionOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<CookieOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<DocsOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<PagesOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<RecordUser>>().toBeNever()
  expectTypeOf<WithoutUndefined<AuthorizeOptions>>().toBeNever()
  expectTypeOf<WithoutUndefined<SourceUser>>().toBeNever()
  expectTypeOf<WithoutUndefined<FoundUser>>().toBeNever()
  expectTypeOf<WithoutUndefined<UserSource>>().toBeNever()
  expectTypeOf<WithoutUndefined<SessionStore>>().toBeNever()
  expectTypeOf<WithoutUndefined<RouteGuardConfig>>().toBeNever()
  expectTypeOf<WithoutUndefined<RequestLike>>().toBeNever()
  expectTypeOf<WithoutUndefined<User>>().toBeNever()
  expectTypeOf<WithoutUndefined<NonNullable<PagesOptions['texts']>>>().toBeNever()

  const user: RecordUser = {
    password: HASHES.secret,
    scopes: undefined,
    name: undefined,
    email: undefined,
    disabled: undefined,
  }
  const options: DocsGateOptions = {
    users: { johndoe: user },
    secret: SECRET,
    routePrefix: undefined,
    login: {
      mode: undefined,
      realm: undefined,
      redirectTo: undefined,
      throttle: undefined,
      maxConcurrentHashes: undefined,
    },
    logout: { redirectTo: undefined },
    session: {
      idleTimeoutSeconds: undefined,
      absoluteTimeoutSeconds: undefined,
      maxPerUser: undefined,
      issuer: undefined,
      cookie: { name: undefined, domain: undefined, secure: undefined, sameSite: undefined },
      store: undefined,
    },
    docs: {
      path: undefined,
      spec: undefined,
      scopes: undefined,
      visible: undefined,
      source: undefined,
      title: undefined,
      uiConfig: undefined,
    },
    swagger: undefined,
    pages: { title: undefined, logo: undefined, css: undefined, texts: { signIn: undefined } },
    trustedOrigins: undefined,
    decoratorName: undefined,
    allowOpenDocs: undefined,
    allowEarlyRoutes: undefined,
  }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(docsGate, options)
  app.get('/a', { onRequest: app.authorize({ scopes: ['a'], redirectTo: undefined }) }, async () => 'a')
  const page = await app.inject({ url: '/auth/login', headers: { accept: 'text/html' } })
  t.match(page.body, '<button type="submit">Sign in</button>')
  const sections = Fastify()
  t.teardown(() => sections.close())
  await sections.register(docsGate, {
    users: { johndoe: HASHES.secret },
    secret: undefined,
    login: undefined,
    logout: undefined,
    session: undefined,
    docs: undefined,
    pages: undefined,
  })
  t.equal((await sections.inject('/docs')).statusCode, 401)
})

t.test('what the options cannot be does not compile', async (t) => {
  const users: UserRecord = { johndoe: HASHES.secret }
  const wrong: unknown[] = [
    // @ts-expect-error a mode that there is not
    { users, login: { mode: 'dialog' } } satisfies DocsGateOptions,
    // @ts-expect-error a number is no secret
    { users, secret: 1 } satisfies DocsGateOptions,
    // @ts-expect-error a misspelled option
    { users, routePrefx: '/x' } satisfies DocsGateOptions,
    // @ts-expect-error seconds are numbers
    { users, session: { idleTimeoutSeconds: '30m' } } satisfies DocsGateOptions,
    // @ts-expect-error a store has four methods
    { users, session: { store: { get: () => null } } } satisfies DocsGateOptions,
    // @ts-expect-error a cookie of ours is never SameSite=None
    { users, session: { cookie: { sameSite: 'none' } } } satisfies DocsGateOptions,
    // @ts-expect-error true documents nothing
    { users, docs: true } satisfies DocsGateOptions,
    // @ts-expect-error origins are a list
    { users, trustedOrigins: 'https://app.example.com' } satisfies DocsGateOptions,
    // @ts-expect-error a text that there is not
    { users, pages: { texts: { nothing: '' } } } satisfies DocsGateOptions,
    // @ts-expect-error a user has a password
    { users: { johndoe: { scopes: ['admin'] } } } satisfies DocsGateOptions,
    // @ts-expect-error verify answers with a user
    { users: { verify: () => true } } satisfies DocsGateOptions,
  ]
  for (const options of wrong) {
    const app = Fastify()
    const registered = app.register(docsGate, { secret: SECRET, ...(options as DocsGateOptions) })
    const error = await registered.then(
      () => undefined,
      (error: unknown) => error,
    )
    // What `verify` returns is known when it is called.
    if (options !== wrong.at(-1)) t.match(error, { code: 'DOCS_GATE_OPTIONS' })
    else t.equal(error, undefined)
    await app.close().catch(() => {})
  }
})

t.test('the types that options and decorators speak of have names', async () => {
  expectTypeOf<NonNullable<DocsOptions['visible']>>().toEqualTypeOf<Visible>()
  expectTypeOf<Parameters<Visible>>().toEqualTypeOf<[operation: VisibleOperation, user: User]>()
  expectTypeOf<keyof Texts>().toEqualTypeOf<keyof NonNullable<PagesOptions['texts']>>()
  expectTypeOf<DocsGateOptions['secret']>().toEqualTypeOf<Secret | readonly Secret[] | undefined>()
  expectTypeOf<Parameters<DocsGate['signIn']>[1]>().toEqualTypeOf<RequestLike | undefined>()
})

t.test('what a route’s config says of its guard compiles only if it is said right', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(docsGate, { users: { johndoe: HASHES.secret }, secret: SECRET, docs: false })
  const handler = async () => 'x'
  app.get('/a', { config: { docsGate: { scopes: ['a'] } } }, handler)
  app.get('/b', { config: { docsGate: { scopes: ['a'] as const } } }, handler)
  app.get('/c', { config: { docsGate: undefined } }, handler)
  app.get('/d', { config: { docsGate: { scopes: undefined }, other: 1 } }, handler)
  await app.ready()

  const wrong = Fastify()
  await wrong.register(docsGate, { users: { johndoe: HASHES.secret }, secret: SECRET, docs: false })
  // @ts-expect-error scopes are a list
  wrong.get('/a', { config: { docsGate: { scopes: 'a' } } }, handler)
  // @ts-expect-error a misspelled key
  wrong.get('/b', { config: { docsGate: { scope: ['a'] } } }, handler)
  // @ts-expect-error true says no scopes
  wrong.get('/c', { config: { docsGate: true } }, handler)
  await t.rejects(async () => wrong.ready(), { code: 'DOCS_GATE_OPTIONS' })
})

t.test('errors are told apart by code', async (t) => {
  expectTypeOf<DocsGateError['code']>().toEqualTypeOf<DocsGateErrorCode>()
  expectTypeOf<DocsGateError['statusCode']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<OptionsError['code']>().toEqualTypeOf<'DOCS_GATE_OPTIONS'>()
  expectTypeOf<OptionsError>().toExtend<TypeError>()
  const error: unknown = new OptionsError('x')
  t.ok(error instanceof DocsGateError && error instanceof TypeError)
})
