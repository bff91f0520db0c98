/** The codes of every error that the gate throws. */
export type DocsGateErrorCode =
  | 'DOCS_GATE_UNAUTHENTICATED'
  | 'DOCS_GATE_INVALID_TOKEN'
  | 'DOCS_GATE_INVALID_CREDENTIALS'
  | 'DOCS_GATE_FORBIDDEN'
  | 'DOCS_GATE_CROSS_ORIGIN'
  | 'DOCS_GATE_THROTTLED'
  | 'DOCS_GATE_BUSY'
  | 'DOCS_GATE_STORE_UNAVAILABLE'
  | 'DOCS_GATE_USERS_UNAVAILABLE'
  | 'DOCS_GATE_IDP_UNAVAILABLE'
  | 'DOCS_GATE_OPTIONS'
  | 'DOCS_GATE_OPEN_DOCS'
  | 'DOCS_GATE_EARLY_ROUTES'
  | 'DOCS_GATE_NO_GATE'

/**
 * The base class of the gate's errors. Each has a `code` to branch on, and errors of requests have a `statusCode`. The
 * messages of errors of requests are fixed sentences, which never contain a token, secret, name or address.
 *
 * @example
 * app.setErrorHandler((error, request, reply) => {
 *   if (error instanceof DocsGateError) return reply.code(error.statusCode ?? 500).send({ problem: error.code })
 *   throw error
 * })
 */
export class DocsGateError extends Error {
  /** What went wrong, for programs. */
  readonly code: DocsGateErrorCode
  /** The HTTP status of the response; undefined for errors at startup. */
  readonly statusCode: number | undefined

  constructor(
    code: DocsGateErrorCode,
    statusCode: number | undefined,
    message: string,
    options?: ErrorOptions,
  ) {
    // The stack trace of a refused request would cost more than the response and point only to code of the gate.
    // Not an assignment, which throws if the app has frozen the intrinsics.
    const { stackTraceLimit } = Error
    if (statusCode !== undefined) Reflect.set(Error, 'stackTraceLimit', 0)
    super(message, options)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    this.name = new.target.name
    this.code = code
    this.statusCode = statusCode
  }

  // OptionsError extends TypeError, but counts as a DocsGateError too.
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this === DocsGateError && value instanceof OptionsError) return true
    return Function.prototype[Symbol.hasInstance].call(this, value)
  }
}

/** 401: the request has no credentials. */
export class UnauthenticatedError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_UNAUTHENTICATED', 401, 'You have to log in first.')
  }
}

/** 401: the request has a token that is not valid. The response does not say why. */
export class InvalidTokenError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_INVALID_TOKEN', 401, 'The token is not valid, or no longer valid.')
  }
}

/** 401: a login failed. An unknown user, a wrong password and a disabled user get the same response. */
export class InvalidCredentialsError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_INVALID_CREDENTIALS', 401, 'The user name or the password is wrong.')
  }
}

/** 403: the user is logged in but lacks a scope. */
export class ForbiddenError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_FORBIDDEN', 403, 'Your account does not have the scope that this needs.')
  }
}

/** 403: a page of another origin sent this request, or may have sent it. */
export class CrossOriginError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_CROSS_ORIGIN', 403, 'This request came from another origin and is not allowed to.')
  }
}

/** 429: too many failed logins for this account, or from this address. */
export class ThrottledError extends DocsGateError {
  /** After how many seconds to try again. */
  readonly retryAfterSeconds: number

  constructor(retryAfterMilliseconds: number) {
    super('DOCS_GATE_THROTTLED', 429, 'Too many failed logins. Try again later.')
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMilliseconds / 1000))
  }
}

/** 503: too many logins are waiting for their password to be checked. */
export class BusyError extends DocsGateError {
  /** After how many seconds to try again. */
  readonly retryAfterSeconds: number

  constructor(
    message = 'Too many logins are being checked right now. Try again in a moment.',
    retryAfterSeconds = 2,
    options?: ErrorOptions,
  ) {
    super('DOCS_GATE_BUSY', 503, message, options)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** 503: a large document is still being converted to the requested format, for example YAML. */
export class DocumentBusyError extends BusyError {
  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super('This form of the document is still being prepared. Try again later.', retryAfterSeconds, options)
  }
}

const RETRY_AFTER_SECONDS = 5

/** 503: the session store does not respond, or returns invalid data. The gate then refuses requests. */
export class StoreUnavailableError extends DocsGateError {
  /** After how many seconds to try again. */
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS
  /** Response headers for Fastify's default error handler, which reads them from the error. */
  readonly headers = { 'retry-after': String(RETRY_AFTER_SECONDS) }

  constructor(options?: ErrorOptions) {
    super(
      'DOCS_GATE_STORE_UNAVAILABLE',
      503,
      'The sessions cannot be checked right now. Try again later.',
      options,
    )
  }
}

/** 503: `verify` or `find` of the `users` option throws, does not respond in time, or returns an invalid value. */
export class UsersUnavailableError extends DocsGateError {
  /** After how many seconds to try again. */
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS
  /** Response headers for Fastify's default error handler, which reads them from the error. */
  readonly headers = { 'retry-after': String(RETRY_AFTER_SECONDS) }

  constructor(options?: ErrorOptions) {
    super(
      'DOCS_GATE_USERS_UNAVAILABLE',
      503,
      'The users cannot be checked right now. Try again later.',
      options,
    )
  }
}

/**
 * 503 at a login: the scopes of the account do not fit into the session cookie, and the `users` option has no `find` to
 * look them up later. Trying again does not help, so there is no `Retry-After`.
 */
export class OversizedAccountError extends DocsGateError {
  /** The user who logged in; never part of the message. */
  readonly username: string
  /** How many characters the scopes have, spaces included. */
  readonly scopesLength: number
  /** How many of them would fit. */
  readonly limit: number

  constructor(username: string, scopesLength: number, limit: number) {
    super(
      'DOCS_GATE_USERS_UNAVAILABLE',
      503,
      'Your account has more scopes than a session can carry. Ask the operator of this service.',
    )
    this.username = username
    this.scopesLength = scopesLength
    this.limit = limit
  }
}

/** 503: a route has a guard by import (`docsGate.authenticate`), and no gate is registered for the route. */
export class NoGateError extends DocsGateError {
  constructor() {
    const remedy =
      'register docsGate in the scope of this route or in a scope around it, from the same copy of the package as the guard'
    super('DOCS_GATE_NO_GATE', 503, 'Access to this route cannot be checked.', {
      cause: new Error(`No gate is registered for this route: ${remedy}`),
    })
  }
}

const MAX_NAMES = 10

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** `ready()` rejects with it if documentation is served outside the gate. The message names the URLs and the remedy. */
export class OpenDocsError extends DocsGateError {
  /** The URLs, as their routes were declared. */
  readonly urls: readonly string[]

  constructor(urls: readonly string[]) {
    super(
      'DOCS_GATE_OPEN_DOCS',
      undefined,
      `The API documentation is open to everybody, outside the gate: ${listed(urls)}. Take these routes away, or declare them after the gate in a scope of their own with scope.addHook('onRequest', scope.authenticate): the uiHooks of @fastify/swagger-ui do not cover its files. Where a guard of your own stands before a route, say so with config: { docsGate: { scopes: [] } }. To leave them open, write allowOpenDocs: true.`,
    )
    this.urls = urls
  }
}

/**
 * `ready()` rejects with it if all routes were declared before the gate and nothing uses its guards, which usually
 * means that `await` is missing. The message names the routes and the remedies.
 */
export class EarlyRoutesError extends DocsGateError {
  /** The routes, as `GET /path`. */
  readonly routes: readonly string[]

  constructor(routes: readonly string[]) {
    super(
      'DOCS_GATE_EARLY_ROUTES',
      undefined,
      `These routes were declared before the gate was there, and none after it: ${listed(routes)}. Until the gate is registered, app.authenticate is undefined, and a route with an undefined guard is open to everybody. Write await app.register(docsGate, ...) before the routes (in CommonJS inside an async function), declare them in app.after(() => { ... }) or in a plugin that is registered after the gate, or use the guards by import, as in { onRequest: docsGate.authenticate }. If these routes are meant to be open, write allowEarlyRoutes: true.`,
    )
    this.routes = routes
  }
}

/**
 * An invalid option: `register()` rejects with it, or `ready()` if a route's `config.docsGate` is invalid. The message
 * names the option, its value, and what to write instead.
 */
export class OptionsError extends TypeError {
  readonly code = 'DOCS_GATE_OPTIONS'
  readonly statusCode: undefined

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OptionsError'
  }
}
