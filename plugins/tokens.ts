import fastifyCookie from '@fastify/cookie'
import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { SerializeCookie } from '../lib/session/cookie.ts'
import { hmacCheck, type Secret, type SigningKey } from '../lib/session/token/keys.ts'
import { isLowS, withLowS } from '../lib/session/token/low-s.ts'
import {
  type Claims,
  TOKEN_TYPE,
  type TokenCodec,
  type TokenKey,
  tokenCodec,
} from '../lib/session/token/token.ts'
import type { User } from '../lib/session/user.ts'

// @fastify/jwt declares `request.user`, and so does the gate: inside this package both types have to be the same. No
// published type refers to this file, so hosts never see the declaration.
declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: User | null
  }
}

/** The functions of @fastify/jwt and @fastify/cookie, taken out of the scopes in which they are registered. */
export interface TokenTools {
  readonly codec: TokenCodec
  readonly serializeCookie: SerializeCookie
}

function quickCheckOf({ algorithm, secret }: Omit<SigningKey, 'kid'>): TokenKey['mayBeSigned'] {
  if (algorithm === 'HS256') return hmacCheck(secret as Secret)
  return algorithm === 'ES256' ? isLowS : undefined
}

// Each key has its own scope: @fastify/jwt can be registered once per scope, and the host may have its own.
async function registerKey(app: FastifyInstance, { kid, algorithm, secret }: SigningKey): Promise<TokenKey> {
  let key: TokenKey | undefined
  const docsGateKey: FastifyPluginAsync = async (scope) => {
    await scope.register(fastifyJwt, {
      secret,
      decoratorName: 'docsGateClaims',
      sign: { algorithm, kid, header: { alg: algorithm, typ: TOKEN_TYPE } },
      // The gate checks the expiry itself, because an expired token still tells its session. There is no cache here:
      // the gate's own caches more than the claims, and this one would log a warning about its key at every start.
      verify: { algorithms: [algorithm], checkTyp: TOKEN_TYPE, ignoreExpiration: true, errorCacheTTL: -1 },
    })
    const sign = (claims: Claims): string => scope.jwt.sign(claims)
    key = {
      sign: algorithm === 'ES256' ? (claims) => withLowS(sign(claims)) : sign,
      verify: (token) => scope.jwt.verify(token),
      mayBeSigned: quickCheckOf({ algorithm, secret }),
    }
  }
  await app.register(docsGateKey)
  return key as unknown as TokenKey
}

async function registerCookie(app: FastifyInstance): Promise<SerializeCookie> {
  // @fastify/cookie cannot be registered twice in nested scopes. If the host has registered it, its serializer is used.
  if (app.hasDecorator('serializeCookie')) return app.serializeCookie
  let serialize: SerializeCookie | undefined
  const docsGateCookie: FastifyPluginAsync = async (scope) => {
    await scope.register(fastifyCookie, { hook: false })
    serialize = scope.serializeCookie
  }
  await app.register(docsGateCookie)
  return serialize as unknown as SerializeCookie
}

/** Registers @fastify/jwt and @fastify/cookie in scopes of their own, so that they do not conflict with the host's. */
export async function registerTokens(
  app: FastifyInstance,
  issuer: string,
  keys: readonly [SigningKey, ...SigningKey[]],
): Promise<TokenTools> {
  const [first, ...others] = keys
  const tokenKeys: [TokenKey, ...TokenKey[]] = [await registerKey(app, first)]
  // One after the other: with concurrent registrations, Fastify resolves before they are done.
  for (const key of others) tokenKeys.push(await registerKey(app, key))
  const serializeCookie = await registerCookie(app)
  return { codec: tokenCodec(issuer, tokenKeys), serializeCookie }
}
