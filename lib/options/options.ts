import type { Visible } from '../docs/view/reader-views.ts'
import type { Texts } from '../pages/texts.ts'
import type { RedisClient } from '../redis/client.ts'
import type { SessionStore } from '../session/store/session-store.ts'
import type { Secret } from '../session/token/keys.ts'
import type { UserSource } from '../users/callback-directory.ts'

/** A user of the `users` record. */
export interface RecordUser {
  /** The hash of the password: argon2id (a PHC string) or bcrypt. `fastify-docs-gate hash` makes one. */
  readonly password: string
  /** What the user may do. @default [] */
  readonly scopes?: readonly string[] | undefined
  /** The user's full name. @default none */
  readonly name?: string | undefined
  /** The user's e-mail address. @default none */
  readonly email?: string | undefined
  /** A disabled user cannot log in. @default false */
  readonly disabled?: boolean | undefined
}

/** Users by name: the hash of the password, or an object with the hash and more. */
export type UserRecord = Readonly<Record<string, string | RecordUser>>

/** How users log in. */
export interface LoginOptions {
  /**
   * `'basic'`: browsers open their own dialog, and show the sign-in page if it is cancelled. `'form'`: the sign-in
   * page.
   * @default 'basic'
   */
  readonly mode?: 'basic' | 'form' | undefined
  /** Realm of the challenges: printable ASCII. @default 'API documentation' */
  readonly realm?: string | undefined
  /** Where a login without `returnTo` redirects to. @default the first docs path, or / */
  readonly redirectTo?: string | undefined
  /**
   * Whether failed logins are limited: 5 per account and address in 5 minutes, 50 per address in 5 minutes, 100 per
   * account in an hour.
   * @default true
   */
  readonly throttle?: boolean | undefined
  /**
   * How many passwords are hashed at a time. Others wait in a queue of limited length; when it is full, the response is
   * 503.
   * @default min(cores, UV_THREADPOOL_SIZE) - 1, at least 1
   */
  readonly maxConcurrentHashes?: number | undefined
}

/** How users log out. */
export interface LogoutOptions {
  /** Where a logout redirects to. @default '{routePrefix}/logged-out' */
  readonly redirectTo?: string | undefined
}

/** The session cookie. Always HttpOnly and with Path=/. */
export interface CookieOptions {
  /** Its name without prefix; on https `__Host-` or `__Secure-` is added in front. @default 'docs-gate' */
  readonly name?: string | undefined
  /** Shares the cookie with the subdomains of this domain. @default undefined */
  readonly domain?: string | undefined
  /** The Secure attribute. `'auto'`: on https only. @default 'auto' */
  readonly secure?: boolean | 'auto' | undefined
  /** The SameSite attribute: with `'lax'`, links from other sites send the cookie. @default 'lax' */
  readonly sameSite?: 'lax' | 'strict' | undefined
}

/** Sessions and their tokens. */
export interface SessionOptions {
  /** Lifetime of one token in seconds. In a session that is used, it is renewed after half of it. @default 1800 */
  readonly idleTimeoutSeconds?: number | undefined
  /** Lifetime of a session in seconds, however much it is used. @default 43200 */
  readonly absoluteTimeoutSeconds?: number | undefined
  /**
   * How many sessions one user can have. Beyond that, the user's oldest session is ended. No effect with
   * `store: 'stateless'`.
   * @default 100
   */
  readonly maxPerUser?: number | undefined
  /** `iss` and `aud` of the gate's tokens. @default 'docs-gate' */
  readonly issuer?: string | undefined
  /** The cookie that contains the token. @default { name: 'docs-gate', secure: 'auto', sameSite: 'lax' } */
  readonly cookie?: CookieOptions | undefined
  /**
   * Where sessions are stored. `'memory'`: in this process. `'stateless'`: nowhere, so a logout only clears the cookie.
   * A connected client of the package `redis`, version 5 or 6: in Redis, shared by all instances. Or a store of your
   * own.
   * @default 'memory'
   */
  readonly store?: 'memory' | 'stateless' | SessionStore | RedisClient | undefined
}

/** One document with its page. */
export interface DocsOptions {
  /** The path of the Swagger UI page. @default '/docs' */
  readonly path?: string | undefined
  /**
   * The path of the document, without the endings `.json` and `.yaml`, which are added.
   * @default '/openapi', in a list '{path}/openapi'
   */
  readonly spec?: string | undefined
  /** The scopes that a reader needs. @default [] */
  readonly scopes?: readonly string[] | undefined
  /**
   * Decides whether a user sees an operation. Synchronous; called once per operation and session. Any result but `true`
   * hides the operation, and so does an exception.
   * @default users see the operations for which they hold the guard's scopes; of a `source`, everybody sees all
   */
  readonly visible?: Visible | undefined
  /**
   * Another document than the app's own: OpenAPI 3 or Swagger 2, as a file path, a URL or an object.
   * @default the app's own
   */
  readonly source?: string | object | undefined
  /** Title of the page. @default the title in the document */
  readonly title?: string | undefined
  /**
   * Settings of Swagger UI, except `url`, `urls`, `spec` and `dom_id`, which the gate sets. Functions are sent to the
   * browser as source text, so they cannot use variables of this process.
   * @default {}
   */
  readonly uiConfig?: Readonly<Record<string, unknown>> | undefined
  /**
   * More origins that the page may send requests to, in addition to its own and those in the document: for servers
   * whose URL has free variables, and for the token endpoints of an OpenID provider.
   * @default []
   */
  readonly connectSources?: readonly string[] | undefined
  /**
   * Origins from which the page may load the images of descriptions, or `'https:'` for all of them. These hosts learn
   * who reads the documentation, and when.
   * @default []
   */
  readonly imageSources?: readonly string[] | undefined
}

/** The look of all pages. */
export interface PagesOptions {
  /** The name of the service. It is shown without a login. @default `docs.title` of the first document, or the realm */
  readonly title?: string | undefined
  /**
   * The logo on the pages, and their icon: the path of a PNG, JPEG, GIF, WebP or SVG file, relative to the current
   * folder, its bytes, or a `data:` URL; at most 256 KB.
   * @default none
   */
  readonly logo?: string | Uint8Array | undefined
  /**
   * The path of a style sheet, relative to the current folder. Every page loads it after the built-in one. At most
   * 256 KB, read once.
   * @default none
   */
  readonly css?: string | undefined
  /** Replacements for the built-in English texts, by name. @default English */
  readonly texts?: { readonly [name in keyof Texts]?: string | undefined } | undefined
}

/** The options of the gate. */
export interface GateOptions<Request, Swagger> {
  /**
   * Who may log in: a record of users; the path of an htpasswd file, or of a `.json` file with such a record, relative
   * to the current folder and reloaded when it changes; or your own database, as two functions. A file without users is
   * an error.
   */
  readonly users: UserRecord | UserSource<Request> | string
  /**
   * HMAC secrets of 32 bytes or more, or PEM private keys (P-256, Ed25519): the first signs, all verify.
   * Share none with another service: whatever verifies with the same secret accepts the gate's tokens.
   * @default a random one for this process, with a warning; an error if `NODE_ENV` is `production` and `session.store`
   * is not `'memory'`
   */
  readonly secret?: Secret | readonly Secret[] | undefined
  /** The path under which the gate's routes are: in form mode it can be `'/'`. @default '/auth' */
  readonly routePrefix?: string | undefined
  /** How users log in, and how guessing passwords is limited. @default {} */
  readonly login?: LoginOptions | undefined
  /** How users log out. @default {} */
  readonly logout?: LogoutOptions | undefined
  /** How long sessions last, and where they are stored. @default {} */
  readonly session?: SessionOptions | undefined
  /**
   * The documentation: one document, or a list of them; `false` for none.
   * @default { path: '/docs', spec: '/openapi' }
   */
  readonly docs?: DocsOptions | readonly DocsOptions[] | false | undefined
  /**
   * Options of @fastify/swagger. If the app registers it itself, they are not used and a warning is logged.
   * @default an OpenAPI 3.1 document with the title of the pages
   */
  readonly swagger?: Swagger | undefined
  /** The look of all pages. @default {} */
  readonly pages?: PagesOptions | undefined
  /**
   * The URL at which browsers reach the root of this app, including a prefix that a proxy strips:
   * `https://api.example.com/internal`. It is used for the server URL and the token endpoint in the app's own
   * documents.
   * @default none: both are relative to the URL of the document
   */
  readonly publicUrl?: string | undefined
  /**
   * Exact origins that may send state-changing cross-origin requests, and open WebSockets, with the cookie. Their pages
   * may also read `/token`, `/me` and `/revoke` (CORS with credentials).
   * @default []
   */
  readonly trustedOrigins?: readonly string[] | undefined
  /**
   * The request property that holds the user. If the app has it already, from @fastify/jwt or @fastify/passport, it is
   * shared.
   * @default 'user'
   */
  readonly decoratorName?: string | undefined
  /**
   * Whether the app may start although it has routes outside the gate that look like an OpenAPI document or a Swagger
   * UI.
   * @default false
   */
  readonly allowOpenDocs?: boolean | undefined
  /**
   * Whether the app may start although all its routes were declared before the gate and nothing uses its guards. That
   * usually means that `await` is missing before `register`.
   * @default false
   */
  readonly allowEarlyRoutes?: boolean | undefined
}
