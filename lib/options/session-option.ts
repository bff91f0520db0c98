import type { RedisClient } from '../redis/client.ts'
import type { CookieSettings } from '../session/cookie.ts'
import type { SessionSettings } from '../session/sessions.ts'
import type { SessionStore } from '../session/store/session-store.ts'
import { invalidOption, nonEmptyString, oneOf, positiveInteger, readOptions } from '../validation/option.ts'
import { redisOption } from './redis-option.ts'

/** The `session.store` option, validated. */
export type StoreSetting = 'memory' | 'stateless' | SessionStore | RedisClient

/** The `session` option, validated and with its defaults. */
export interface SessionOption extends SessionSettings {
  readonly cookie: CookieSettings
  readonly store: StoreSetting
}

// RFC 6265, section 4.1.1: the name of a cookie is a token.
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const DOMAIN = /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i

function cookieOption(value: unknown): CookieSettings {
  const cookie = readOptions('session.cookie', value, ['name', 'domain', 'secure', 'sameSite'])
  const name = nonEmptyString('session.cookie.name', cookie['name'], 'docs-gate')
  if (!COOKIE_NAME.test(name) || /^__(?:host|secure)-/i.test(name)) {
    invalidOption(
      'session.cookie.name',
      name,
      'write a token without __Host- or __Secure-, which are added where they apply',
    )
  }
  const { domain } = cookie
  if (domain !== undefined && !(typeof domain === 'string' && DOMAIN.test(domain))) {
    invalidOption('session.cookie.domain', domain, 'write a domain like "example.com"')
  }
  return {
    name,
    domain,
    secure: oneOf<boolean | 'auto'>('session.cookie.secure', cookie['secure'], ['auto', true, false], 'auto'),
    sameSite: oneOf('session.cookie.sameSite', cookie['sameSite'], ['lax', 'strict'], 'lax'),
  }
}

function storeOption(value: unknown): StoreSetting {
  if (value === undefined || value === 'memory' || value === 'stateless') return value ?? 'memory'
  const redis = redisOption(value)
  if (redis) return redis
  const store = value as Record<string, unknown> | null
  const isStore =
    typeof store === 'object' &&
    store !== null &&
    ['get', 'set', 'delete', 'list'].every((method) => typeof store[method] === 'function')
  if (!isStore)
    invalidOption(
      'session.store',
      value,
      'write "memory", "stateless", a Redis client, or an object with get, set, delete and list',
    )
  return value as SessionStore
}

export function sessionOption(value: unknown): SessionOption {
  const session = readOptions('session', value, [
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
    invalidOption(
      'session.absoluteTimeoutSeconds',
      absolute,
      `write at least the idle timeout, ${idleTimeoutSeconds}`,
    )
  }
  const issuer = nonEmptyString('session.issuer', session['issuer'], 'docs-gate')
  if (/\s/.test(issuer) || issuer.length > 64)
    invalidOption('session.issuer', issuer, 'write a text of at most 64 characters without spaces')
  const store = storeOption(session['store'])
  return {
    idleTimeoutSeconds,
    absoluteTimeoutSeconds: absolute,
    maxPerUser: positiveInteger('session.maxPerUser', session['maxPerUser'], 100),
    issuer,
    cookie: cookieOption(session['cookie']),
    store,
  }
}
