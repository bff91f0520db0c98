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
 * What all errors of the gate have in common: a `code` to branch on and, where a request is answered, a `statusCode`.
 * The messages of answers are fixed sentences: no token, secret, name or address is ever part of one.
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
  /** The HTTP status of the answer; undefined for errors at start. */
  readonly statusCode: number | undefined

  constructor(
    code: DocsGateErrorCode,
    statusCode: number | undefined,
    message: string,
    options?: ErrorOptions,
  ) {
    // Where in our code a request was answered tells nobody anything, and the trace would cost more than the answer. Not
    // an assignment, which throws where the host has frozen the intrinsics.
    const { stackTraceLimit } = Error
    if (statusCode !== undefined) Reflect.set(Error, 'stackTraceLimit', 0)
    super(message, options)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    this.name = new.target.name
    this.code = code
    this.statusCode = statusCode
  }

  // OptionsError has to be a TypeError, and still is one of ours.
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this === DocsGateError && value instanceof OptionsError) return true
    return Function.prototype[Symbol.hasInstance].call(this, value)
  }
}

/** 401: the request carries no credential. */
export class UnauthenticatedError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_UNAUTHENTICATED', 401, 'You have to log in first.')
  }
}

/** 401: the request carries a token that is not good. Every bad token gets this one answer. */
export class InvalidTokenError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_INVALID_TOKEN', 401, 'The token is not valid, or no longer valid.')
  }
}

/** 401: a login failed. Unknown user, wrong password and disabled user get this one answer. */
export class InvalidCredentialsError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_INVALID_CREDENTIALS', 401, 'The user name or the password is wrong.')
  }
}

/** 403: the user is known but lacks a scope. */
export class ForbiddenError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_FORBIDDEN', 403, 'Your account does not have the scope that this needs.')
  }
}

/** 403: another site sent this request, or may have. */
export class CrossOriginError extends DocsGateError {
  constructor() {
    super('DOCS_GATE_CROSS_ORIGIN', 403, 'This request came from another origin and is not allowed to.')
  }
}

/** 429: too many failed logins of this account, or from this address. */
export class ThrottledError extends DocsGateError {
  /** After how many seconds a try may succeed. */
  readonly retryAfterSeconds: number

  constructor(retryAfterMilliseconds: number) {
    super('DOCS_GATE_THROTTLED', 429, 'Too many failed logins. Try again later.')
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMilliseconds / 1000))
  }
}

/** 503: more logins than this process can check are waiting already. */
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

/** 503: a large document is still being written in the form that was asked for, as YAML say. */
export class DocumentBusyError extends BusyError {
  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super('This form of the document is still being prepared. Try again later.', retryAfterSeconds, options)
  }
}

const RETRY_AFTER_SECONDS = 5

/** 503: the session store does not answer, or answers nonsense. Closed, never open. */
export class StoreUnavailableError extends DocsGateError {
  /** After how many seconds to try again. */
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS
  /** What Fastify writes into the answer where it is left to answer. */
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

/** 503: the `verify` or `find` of the `users` option fails, does not answer, or answers nonsense. */
export class UsersUnavailableError extends DocsGateError {
  /** After how many seconds to try again. */
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS
  /** What Fastify writes into the answer where it is left to answer. */
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
 * ask for them later. Trying again does not help, so there is no `Retry-After`.
 */
export class OversizedAccountError extends DocsGateError {
  /** Whose login it was; never part of the message. */
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

/** 503: a guard by import (`docsGate.authenticate`) stands before a route, and no gate is registered for it. */
export class NoGateError extends DocsGateError {
  constructor() {
    const remedy =
      'register docsGate in the scope of this route or in a scope around it, from the same copy of the package as the guard'
    super('DOCS_GATE_NO_GATE', 503, 'Access to this route cannot be checked.', {
      cause: new Error(`No gate is registered for this route: ${remedy}`),
    })
  }
}

const MAX_TOLD = 10

function listed(names: readonly string[]): string {
  const more = names.length - MAX_TOLD
  return names.slice(0, MAX_TOLD).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** The documentation lies open beside the gate: `ready()` rejects with it. The message names the URLs and the remedy. */
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
 * Routes were declared before the gate, none after it, and nothing uses its guards, as happens where `await` is missing:
 * `ready()` rejects with it. The message names the routes and the remedies.
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
 * A wrong option: `register()` rejects with it, or `ready()` where a route's `config.docsGate` is wrong. The message names
 * the option, what came, and what to write.
 */
export class OptionsError extends TypeError {
  readonly code = 'DOCS_GATE_OPTIONS'
  readonly statusCode: undefined

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OptionsError'
  }
}
