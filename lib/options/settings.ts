import type { Visible } from '../docs/audience.ts'
import { OptionsError } from '../errors.ts'
import { ENGLISH, type Texts } from '../pages/texts.ts'
import type { CookieSettings } from '../session/cookie.ts'
import { derivedKey, randomSecret, type SigningKey, signingKey } from '../session/keys.ts'
import type { RedisClient } from '../session/redis/client.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { SessionSettings } from '../session/sessions.ts'
import { defaultConcurrentHashes } from '../users/hash-queue.ts'
import { isScopeList } from '../users/scopes.ts'
import type { UserDirectory } from '../users/user-directory.ts'
import {
  came,
  destination,
  type Fields,
  fields,
  nonEmptyString,
  oneOf,
  positiveInteger,
  refuse,
  routePath,
} from './check.ts'
import { redisOption } from './redis-option.ts'
import { usersOption } from './users-option.ts'

/** One document with its page, checked. Paths are relative to where the gate is registered. */
export interface DocsSettings {
  readonly path: string
  readonly spec: string
  readonly scopes: readonly string[]
  readonly visible: Visible | undefined
  readonly source: string | object | undefined
  readonly title: string | undefined
  readonly uiConfig: Fields
}

/** The options of the gate, checked and completed: a request meets no option logic. */
export interface Settings {
  readonly routePrefix: string
  readonly login: {
    readonly mode: 'basic' | 'form'
    readonly realm: string
    readonly redirectTo: string | undefined
    readonly throttle: boolean
    readonly maxConcurrentHashes: number
  }
  readonly logout: { readonly redirectTo: string | undefined }
  readonly session: SessionSettings & {
    readonly cookie: CookieSettings
    readonly store: 'memory' | 'stateless' | SessionStore | RedisClient
  }
  readonly keys: readonly [SigningKey, ...SigningKey[]]
  readonly hasRandomSecret: boolean
  readonly directory: UserDirectory
  readonly docs: readonly DocsSettings[]
  readonly swagger: Fields
  readonly pages: { readonly title: string | undefined; readonly texts: Texts }
  readonly trustedOrigins: ReadonlySet<string>
  readonly decoratorName: string
  readonly allowOpenDocs: boolean
}

const OPTIONS = [
  'users',
  'secret',
  'routePrefix',
  'login',
  'logout',
  'session',
  'docs',
  'swagger',
  'pages',
  'trustedOrigins',
  'decoratorName',
  'allowOpenDocs',
]
// Fastify puts its own there; `prefix` is refused, because fastify-plugin ignores it and the user would not know.
const FASTIFY_OPTIONS = ['logLevel', 'logSerializers']

const DEFAULT_ROUTE_PREFIX = '/auth'
/** The routes of the gate, below its prefix. */
export const OWN_ROUTES = [
  '/login',
  '/logout',
  '/logged-out',
  '/token',
  '/revoke',
  '/me',
  '/verify',
  '/oidc',
  '/style.css',
]
// RFC 6265, section 4.1.1: a cookie's name is a token.
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const DOMAIN = /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

function routePrefixOption(value: unknown, mode: string): string {
  if (value === '/' && mode === 'form') return ''
  const because = 'a browser sends Basic credentials to the whole directory of the login route'
  if (value === '/')
    throw new OptionsError(`routePrefix: write a path like "/auth", not "/", in basic mode: ${because}`)
  return routePath('routePrefix', value, DEFAULT_ROUTE_PREFIX)
}

function loginOption(value: unknown): Settings['login'] {
  const known = ['mode', 'realm', 'redirectTo', 'throttle', 'maxConcurrentHashes']
  const { mode, realm, redirectTo, throttle, maxConcurrentHashes } = fields('login', value, known)
  const text = nonEmptyString('login.realm', realm, 'API documentation')
  if (!PRINTABLE_ASCII.test(text)) refuse('login.realm', text, 'write printable ASCII: it goes into a header')
  return {
    mode: oneOf('login.mode', mode, ['basic', 'form'], 'basic'),
    realm: text,
    redirectTo: destination('login.redirectTo', redirectTo),
    throttle: oneOf('login.throttle', throttle, [true, false], true),
    maxConcurrentHashes: positiveInteger(
      'login.maxConcurrentHashes',
      maxConcurrentHashes,
      defaultConcurrentHashes(),
    ),
  }
}

function cookieOption(value: unknown): CookieSettings {
  const cookie = fields('session.cookie', value, ['name', 'domain', 'secure', 'sameSite'])
  const name = nonEmptyString('session.cookie.name', cookie['name'], 'docs-gate')
  if (!COOKIE_NAME.test(name) || /^__(?:host|secure)-/i.test(name)) {
    refuse(
      'session.cookie.name',
      name,
      'write a token without __Host- or __Secure-, which are added where they apply',
    )
  }
  const { domain } = cookie
  if (domain !== undefined && !(typeof domain === 'string' && DOMAIN.test(domain))) {
    refuse('session.cookie.domain', domain, 'write a domain like "example.com"')
  }
  return {
    name,
    domain,
    secure: oneOf<boolean | 'auto'>('session.cookie.secure', cookie['secure'], ['auto', true, false], 'auto'),
    sameSite: oneOf('session.cookie.sameSite', cookie['sameSite'], ['lax', 'strict'], 'lax'),
  }
}

function storeOption(value: unknown): Settings['session']['store'] {
  if (value === undefined || value === 'memory' || value === 'stateless') return value ?? 'memory'
  const redis = redisOption(value)
  if (redis) return redis
  const store = value as Record<string, unknown> | null
  const isStore =
    typeof store === 'object' &&
    store !== null &&
    ['get', 'set', 'delete', 'list'].every((method) => typeof store[method] === 'function')
  if (!isStore)
    refuse(
      'session.store',
      value,
      'write "memory", "stateless", a Redis client, or an object with get, set, delete and list',
    )
  return value as SessionStore
}

function sessionOption(value: unknown): Settings['session'] {
  const session = fields('session', value, [
    'idleTimeoutSeconds',
    'absoluteTimeoutSeconds',
    'maxPerUser',
    'issuer',
    'cookie',
    'store',
  ])
  const idleTimeoutSeconds = positiveInteger(
    'session.idleTimeoutSeconds',
    session['idleTimeoutSeconds'],
    1800,
  )
  const absolute = positiveInteger(
    'session.absoluteTimeoutSeconds',
    session['absoluteTimeoutSeconds'],
    Math.max(43_200, idleTimeoutSeconds),
  )
  if (absolute < idleTimeoutSeconds) {
    refuse(
      'session.absoluteTimeoutSeconds',
      absolute,
      `write at least the idle timeout, ${idleTimeoutSeconds}`,
    )
  }
  const issuer = nonEmptyString('session.issuer', session['issuer'], 'docs-gate')
  if (/\s/.test(issuer) || issuer.length > 64)
    refuse('session.issuer', issuer, 'write a text of at most 64 characters without spaces')
  return {
    idleTimeoutSeconds,
    absoluteTimeoutSeconds: absolute,
    maxPerUser: positiveInteger('session.maxPerUser', session['maxPerUser'], 100),
    issuer,
    cookie: cookieOption(session['cookie']),
    store: storeOption(session['store']),
  }
}

function keysOption(secret: unknown, store: Settings['session']['store']): Settings['keys'] {
  if (secret !== undefined) {
    const [first, ...others] = Array.isArray(secret) ? secret : [secret]
    const keys = [signingKey(first), ...others.map(signingKey)] as const
    if (new Set(keys.map((key) => key.kid)).size < keys.length)
      throw new OptionsError('secret: write each secret once')
    return keys as Settings['keys']
  }
  if (store !== 'memory' && process.env['NODE_ENV'] === 'production') {
    const remedy =
      'write a secret: with a random one, sessions that outlive this process could not be read again'
    throw new OptionsError(`secret: ${remedy}`)
  }
  return [signingKey(randomSecret())]
}

function docsOption(value: unknown, option: string, defaultSpec: (path: string) => string): DocsSettings {
  const docs = fields(option, value, ['path', 'spec', 'scopes', 'visible', 'source', 'title', 'uiConfig'])
  const path = routePath(`${option}.path`, docs['path'], '/docs')
  const { scopes = [], visible, source, title } = docs
  if (visible !== undefined && typeof visible !== 'function')
    refuse(`${option}.visible`, visible, 'write a function of an operation and a user')
  if (!isScopeList(scopes))
    refuse(`${option}.scopes`, scopes, 'write a list of scopes without spaces, 1,500 characters in all')
  if (
    source !== undefined &&
    (source === null || source === '' || !['string', 'object'].includes(typeof source))
  ) {
    refuse(`${option}.source`, source, 'write the path of a document, its URL, or the document')
  }
  return {
    path,
    spec: routePath(`${option}.spec`, docs['spec'], defaultSpec(path)),
    scopes: [...scopes],
    visible: visible as Visible | undefined,
    source: source as string | object | undefined,
    title: title === undefined ? undefined : nonEmptyString(`${option}.title`, title, ''),
    uiConfig: fields(`${option}.uiConfig`, docs['uiConfig'], Object.keys(docs['uiConfig'] ?? {})),
  }
}

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)
const overlaps = (a: string, b: string): boolean => isBelow(a, b) || isBelow(b, a)

// A page has all paths below its own, and a document all that go on with a dot.
function clashOf({ path, spec }: DocsSettings, others: readonly DocsSettings[], own: readonly string[]) {
  const roots = [...own, ...others.map((other) => other.path)]
  if (roots.some((root) => overlaps(root, path))) return path
  const taken = [...roots, path, ...others.map((other) => other.spec)]
  const isTaken =
    roots.some((root) => isBelow(spec, root)) || taken.some((other) => other.startsWith(`${spec}.`))
  return isTaken || others.some((other) => other.spec === spec) ? spec : undefined
}

// Compared without case: a router may be told to ignore it.
function refuseClashes(docs: readonly DocsSettings[], routePrefix: string): void {
  const own = (routePrefix === '' ? OWN_ROUTES : [routePrefix]).map((path) => path.toLowerCase())
  const lower = docs.map((one) => ({ ...one, path: one.path.toLowerCase(), spec: one.spec.toLowerCase() }))
  for (const one of lower) {
    const others = lower.filter((other) => other !== one)
    const clash = clashOf(one, others, own)
    if (clash !== undefined) {
      const taken = [...own, ...others.map((other) => other.path)].join(', ')
      refuse('docs', clash, `write paths that are apart from each other and from ${taken}`)
    }
  }
}

function docsOptions(value: unknown, routePrefix: string): readonly DocsSettings[] {
  if (value === false) return []
  const docs = Array.isArray(value)
    ? value.map((item, index) => docsOption(item, `docs[${index}]`, (path) => `${path}/openapi`))
    : [docsOption(value, 'docs', () => '/openapi')]
  refuseClashes(docs, routePrefix)
  return docs
}

function pagesOption(value: unknown): Settings['pages'] {
  const { title, texts } = fields('pages', value, ['title', 'texts'])
  const given = Object.entries(fields('pages.texts', texts, Object.keys(ENGLISH)))
  const replaced = given.filter(([, text]) => text !== undefined)
  for (const [name, text] of replaced) {
    if (typeof text !== 'string') refuse(`pages.texts.${name}`, text, 'write a text')
  }
  return {
    title: title === undefined ? undefined : nonEmptyString('pages.title', title, ''),
    texts: { ...ENGLISH, ...Object.fromEntries(replaced) },
  }
}

function trustedOriginsOption(value: unknown): ReadonlySet<string> {
  if (value === undefined) return new Set()
  if (!Array.isArray(value)) refuse('trustedOrigins', value, 'write a list of origins')
  for (const origin of value) {
    const isOrigin = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin
    // A wildcard parses as the name of a host that nobody has.
    if (!isOrigin || origin.includes('*'))
      refuse('trustedOrigins', origin, 'write exact origins like "https://app.example.com"')
  }
  return new Set(value)
}

// What a request has of its own, or every object has: a user there would be taken for something else, or for a user.
const TAKEN_NAMES: ReadonlySet<string> = new Set(
  `__proto__ constructor prototype id params raw query headers log body ip ips host hostname port protocol method url
  originalUrl server socket signal is404 routeOptions validationError getValidationFunction compileValidationSchema
  validateInput getDecorator setDecorator mediaType`.split(/\s+/),
)

function decoratorNameOption(value: unknown): string {
  const name = nonEmptyString('decoratorName', value, 'user')
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) refuse('decoratorName', name, 'write the name of a property')
  if (TAKEN_NAMES.has(name))
    refuse('decoratorName', name, 'write a name that a Fastify request does not have itself')
  return name
}

/** Checks the options once and completes them. Throws an OptionsError that names the option, what came, and a remedy. */
export function resolveSettings(options: unknown): Settings {
  if (typeof options === 'object' && options !== null && (options as Fields)['prefix'] !== undefined) {
    const { prefix } = options as Fields
    throw new OptionsError(
      `prefix: ${came(prefix)} has no effect here; write routePrefix and docs.path, or register the gate inside a prefixed scope`,
    )
  }
  const all = fields('options', options ?? {}, [...OPTIONS, ...FASTIFY_OPTIONS])
  const login = loginOption(all['login'])
  const session = sessionOption(all['session'])
  const keys = keysOption(all['secret'], session.store)
  const routePrefix = routePrefixOption(all['routePrefix'], login.mode)
  const logout = fields('logout', all['logout'], ['redirectTo'])
  const { swagger = {} } = all
  if (typeof swagger !== 'object' || swagger === null || Array.isArray(swagger))
    refuse('swagger', swagger, 'write the options of @fastify/swagger')
  return {
    routePrefix,
    login,
    logout: { redirectTo: destination('logout.redirectTo', logout['redirectTo']) },
    session,
    keys,
    hasRandomSecret: all['secret'] === undefined,
    directory: usersOption(all['users'], derivedKey(keys[0], 'decoy')),
    docs: docsOptions(all['docs'], routePrefix),
    swagger: swagger as Fields,
    pages: pagesOption(all['pages']),
    trustedOrigins: trustedOriginsOption(all['trustedOrigins']),
    decoratorName: decoratorNameOption(all['decoratorName']),
    allowOpenDocs: oneOf('allowOpenDocs', all['allowOpenDocs'], [true, false], false),
  }
}
