import { createHmac } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import type { RequestLike } from '../../lib/http/request.ts'
import type { CookieSettings } from '../../lib/session/cookie.ts'
import { gateSessions } from '../../lib/session/sessions.ts'
import { memoryStore } from '../../lib/session/store/memory-store.ts'
import type { Session, SessionStore } from '../../lib/session/store/session-store.ts'
import { type Secret, signingKey } from '../../lib/session/token/keys.ts'
import { TOKEN_TYPE, type TokenCodec, type TokenKey, tokenCodec } from '../../lib/session/token/token.ts'
import type { Account, UserDirectory } from '../../lib/users/user-directory.ts'
import { registerTokens, type TokenTools } from '../../plugins/tokens.ts'
import { SECRET } from '../helper.ts'

export const requestOf = (
  headers: RequestLike['headers'] = {},
  over: Partial<RequestLike> = {},
): RequestLike => ({
  method: 'GET',
  url: '/docs',
  protocol: 'http',
  host: 'docs.example.com',
  ip: '127.0.0.1',
  headers,
  raw: { rawHeaders: Object.entries(headers).flatMap(([name, value]) => [name, String(value)]) },
  ...over,
})

// ---- tokens

export const ISSUER = 'docs-gate'
export const NOW = 1_800_000_000_000
export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
export const signed = (
  header: unknown,
  payload: unknown,
  secret: Secret = SECRET,
  hash = 'sha256',
): string => {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}

/** A key that trusts every header and every payload under a good signature: the rest is the codec's to refuse. */
export const trustingKey = (secret: string, kid: string): TokenKey => {
  const header = { alg: 'HS256', typ: TOKEN_TYPE, kid }
  return {
    sign: (claims) => signed(header, claims, secret),
    verify(token) {
      const [head, payload, signature] = token.split('.') as [string, string, string]
      const expected = createHmac('sha256', secret).update(`${head}.${payload}`).digest()
      if (!expected.equals(Buffer.from(signature, 'base64url'))) throw new Error('bad signature')
      return JSON.parse(Buffer.from(payload, 'base64url').toString())
    },
  }
}

export const OTHER_SECRET = 'another-secret-of-more-than-32-bytes-for-tests'
export const codecOf = (): TokenCodec =>
  tokenCodec(ISSUER, [trustingKey(SECRET, 'first'), trustingKey(OTHER_SECRET, 'second')])

export const CLAIMS = {
  sub: 'johndoe',
  jti: 'j',
  iat: 1_800_000_000,
  exp: 1_800_001_800,
  sid: 's',
  scope: 'a b',
}

/** The codec that a gate has, with @fastify/jwt behind it. */
export async function realTools(issuer: string, ...secrets: [Secret, ...Secret[]]): Promise<TokenTools> {
  const [first, ...others] = secrets.map(signingKey)
  const app = Fastify()
  t.teardown(() => app.close())
  return registerTokens(app, issuer, [first as ReturnType<typeof signingKey>, ...others])
}

// ---- stores

export const sessionOf = (id: string, over: Partial<Session> = {}): Session => ({
  id,
  issuer: ISSUER,
  subject: 'johndoe',
  createdAt: NOW,
  expiresAt: NOW + 1000,
  ...over,
})

export const COOKIE: CookieSettings = {
  name: 'docs-gate',
  domain: undefined,
  secure: 'auto',
  sameSite: 'lax',
}

// ---- users of sessions

export const accountOf = (over: Partial<Account> = {}): Account =>
  Object.freeze({ username: 'johndoe', scopes: ['a', 'b'], name: 'J', email: 'e@x', version: 'v1', ...over })

export const SETTINGS = {
  issuer: ISSUER,
  idleTimeoutSeconds: 100,
  absoluteTimeoutSeconds: 1000,
  maxPerUser: 3,
}

export interface TestSessionsOptions {
  readonly store?: SessionStore | null
  readonly directory?: Partial<UserDirectory>
  readonly settings?: Partial<typeof SETTINGS>
}

/** Sessions under a clock that the test moves, with one user, johndoe, unless told otherwise. */
export function testSessions({ store, directory, settings }: TestSessionsOptions = {}) {
  const world = { now: NOW, account: accountOf() as Account | null }
  const now = () => world.now
  const find = directory?.find ?? (() => world.account)
  const users: UserDirectory = { verify: async () => null, find, findSince: find, ...directory }
  const kept = store === undefined ? memoryStore(now) : store
  const sessions = gateSessions({ ...SETTINGS, ...settings }, codecOf(), kept, users, { now })
  return { world, sessions, store: kept as SessionStore }
}
export const cookie = (...tokens: string[]) => ({
  cookie: tokens.map((token) => `docs-gate=${token}`).join('; '),
})
