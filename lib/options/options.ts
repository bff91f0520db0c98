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

/** Users by name: a hash, or a hash with what else is known of them. */
export type UserRecord = Readonly<Record<string, string | RecordUser>>

/** How people log in. */
export interface LoginOptions {
  /**
   * `'basic'`: a browser opens its own dialog, and shows the sign-in page when it is cancelled. `'form'`: the sign-in page.
   * @default 'basic'
   */
  readonly mode?: 'basic' | 'form' | undefined
  /** Realm of the challenges: printable ASCII. @default 'API documentation' */
  readonly realm?: string | undefined
  /** Where a login without `returnTo` lands. @default the first docs path, or / */
  readonly redirectTo?: string | undefined
  /**
   * Whether failed logins are counted and bounded: 5 per account and address in 5 minutes, 50 per address in 5 minutes,
   * 100 per account in an hour.
   * @default true
   */
  readonly throttle?: boolean | undefined
  /**
   * How many passwords are hashed at a time; more wait, and beyond a bounded queue are refused with 503.
   * @default min(cores, UV_THREADPOOL_SIZE) - 1, at least 1
   */
  readonly maxConcurrentHashes?: number | undefined
}

/** How people leave. */
export interface LogoutOptions {
  /** Where a logout lands. @default '{routePrefix}/logged-out' */
  readonly redirectTo?: string | undefined
}

/** The session cookie. Always HttpOnly and with Path=/. */
export interface CookieOptions {
  /** Its name, without prefix: `__Host-` or `__Secure-` is put before it on https. @default 'docs-gate' */
  readonly name?: string | undefined
  /** Shares the cookie with the sub-domains of this domain. @default undefined */
  readonly domain?: string | undefined
  /** `'auto'`: Secure on https, and only there. @default 'auto' */
  readonly secure?: boolean | 'auto' | undefined
  /** Whether links from other sites carry the cookie. @default 'lax' */
  readonly sameSite?: 'lax' | 'strict' | undefined
}

/** Sessions and the tokens that stand for them. */
export interface SessionOptions {
  /** Life of one token in seconds; a session in use is renewed after half of it. @default 1800 */
  readonly idleTimeoutSeconds?: number | undefined
  /** Life of a session in seconds, however much it is used. @default 43200 */
  readonly absoluteTimeoutSeconds?: number | undefined
  /** How many sessions one user has at most; the oldest gives way. With `store: 'stateless'` none are counted. @default 100 */
  readonly maxPerUser?: number | undefined
  /** `iss` and `aud` of our tokens. @default 'docs-gate' */
  readonly issuer?: string | undefined
  /** The cookie that carries the token. @default { name: 'docs-gate', secure: 'auto', sameSite: 'lax' } */
  readonly cookie?: CookieOptions | undefined
  /**
   * Where sessions are kept. `'memory'`: in this process. `'stateless'`: nowhere, so that a logout only clears the
   * cookie. A connected client of the package `redis`, version 5 or 6: in Redis, shared by all instances. Or a store of
   * your own.
   * @default 'memory'
   */
  readonly store?: 'memory' | 'stateless' | SessionStore | RedisClient | undefined
}

/** One document with its page. */
export interface DocsOptions {
  /** Where Swagger UI lives. @default '/docs' */
  readonly path?: string | undefined
  /** Where the document lives, without its endings `.json` and `.yaml`, which are added. @default '/openapi', in a list '{path}/openapi' */
  readonly spec?: string | undefined
  /** The scopes that a reader needs. @default [] */
  readonly scopes?: readonly string[] | undefined
  /**
   * Whether a user sees an operation: synchronous; anything but `true` hides, an exception too. Asked once per session.
   * @default those who hold the scopes that the operation's guard asks for; of a `source`: everybody
   */
  readonly visible?: Visible | undefined
  /**
   * A document to show instead of the app's own: OpenAPI 3 or Swagger 2, as a path, a URL or an object.
   * @default the app's own
   */
  readonly source?: string | object | undefined
  /** Title of the page. @default the title in the document */
  readonly title?: string | undefined
  /**
   * Settings of Swagger UI, but for `url`, `urls`, `spec` and `dom_id`, which the gate sets. Functions are sent as source
   * text, so they see nothing of this process.
   * @default {}
   */
  readonly uiConfig?: Readonly<Record<string, unknown>> | undefined
  /**
   * Origins that the page may call besides its own and those that the document names: for servers with free variables,
   * and for token endpoints that an OpenID provider names. @default []
   */
  readonly connectSources?: readonly string[] | undefined
  /**
   * Origins from which the page may load the pictures of descriptions, or `'https:'` for all of them. Their hosts learn
   * who reads the documentation, and when. @default []
   */
  readonly imageSources?: readonly string[] | undefined
}

/** The look of all pages. */
export interface PagesOptions {
  /** The name of the service, which strangers read too. @default `docs.title` of the first document, or the realm */
  readonly title?: string | undefined
  /**
   * A picture that stands for the service, on the pages and as their icon: the path of a PNG, JPEG, GIF, WebP or SVG
   * file, from the current folder, its bytes, or a `data:` URL; at most 256 KB. @default none
   */
  readonly logo?: string | Uint8Array | undefined
  /**
   * The path of a style sheet, from the current folder, that comes after ours on every page; at most 256 KB, read once.
   * @default none
   */
  readonly css?: string | undefined
  /** Texts to replace, by name. @default English */
  readonly texts?: { readonly [name in keyof Texts]?: string | undefined } | undefined
}

/** The options of the gate. */
export interface GateOptions<Request, Swagger> {
  /**
   * Who may log in: a record; the path of an htpasswd file or of a `.json` file with such a record, from the current
   * folder, reloaded when it changes; or a database behind two functions. A file without users is refused.
   */
  readonly users: UserRecord | UserSource<Request> | string
  /**
   * HMAC secrets of 32 bytes or more, or PEM private keys (P-256, Ed25519): the first signs, all verify.
   * Write one of the gate's own: whatever else verifies with it takes the gate's tokens for its own.
   * @default a random one for this process, with a warning; refused where `NODE_ENV` is `production` and `session.store`
   * is not `'memory'`
   */
  readonly secret?: Secret | readonly Secret[] | undefined
  /** Where the routes of the gate live: a path, or in form mode `'/'`. @default '/auth' */
  readonly routePrefix?: string | undefined
  /** How people log in, and how guessing is bounded. @default {} */
  readonly login?: LoginOptions | undefined
  /** How people leave. @default {} */
  readonly logout?: LogoutOptions | undefined
  /** How long sessions last, and where they are kept. @default {} */
  readonly session?: SessionOptions | undefined
  /**
   * What is documented where: one document, or a list of them; `false` for no documentation.
   * @default { path: '/docs', spec: '/openapi' }
   */
  readonly docs?: DocsOptions | readonly DocsOptions[] | false | undefined
  /**
   * Options of @fastify/swagger. Where the host registers it itself, they are not used, and a warning says so.
   * @default an OpenAPI 3.1 document with the title of the pages
   */
  readonly swagger?: Swagger | undefined
  /** The look of all pages. @default {} */
  readonly pages?: PagesOptions | undefined
  /**
   * Where browsers reach the root of this app, a prefix that a proxy takes off included: `https://api.example.com/internal`.
   * The server and the token endpoint in the app's own documents are made of it.
   * @default none: both are relative, so that they are right wherever the document was read
   */
  readonly publicUrl?: string | undefined
  /**
   * Exact origins that may send state-changing cross-origin requests with the cookie. Their pages may also read `/token`, `/me` and
   * `/revoke` (CORS with credentials).
   * @default []
   */
  readonly trustedOrigins?: readonly string[] | undefined
  /**
   * The request property that holds the user. One that the app has already, by @fastify/jwt or @fastify/passport, is shared.
   * @default 'user'
   */
  readonly decoratorName?: string | undefined
  /**
   * Whether the app starts although a document or a Swagger UI is served outside the gate, as the shape of its routes
   * shows.
   * @default false
   */
  readonly allowOpenDocs?: boolean | undefined
  /**
   * Whether the app starts although its routes were declared before the gate, none after it, and nothing uses its guards:
   * it looks as if `await` was missing.
   * @default false
   */
  readonly allowEarlyRoutes?: boolean | undefined
}
