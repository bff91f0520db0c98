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

// @fastify/jwt declares `request.user`, and so do we: inside this package the two have to be the same. No published
// type leads here, so a host never sees it.
declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: User | null
  }
}

/** What the libraries do for us, taken out of the scopes that they are registered in. */
export interface TokenTools {
  readonly codec: TokenCodec
  readonly serializeCookie: SerializeCookie
}

function firstLookOf({ algorithm, secret }: Omit<SigningKey, 'kid'>): TokenKey['mayBeSigned'] {
  if (algorithm === 'HS256') return hmacCheck(secret as Secret)
  return algorithm === 'ES256' ? isLowS : undefined
}

// A scope of its own for each key: @fastify/jwt registers once in a scope, and the host's own stays untouched.
async function registerKey(app: FastifyInstance, { kid, algorithm, secret }: SigningKey): Promise<TokenKey> {
  let key: TokenKey | undefined
  const docsGateKey: FastifyPluginAsync = async (scope) => {
    await scope.register(fastifyJwt, {
      secret,
      decoratorName: 'docsGateClaims',
      sign: { algorithm, kid, header: { alg: algorithm, typ: TOKEN_TYPE } },
      // Expiry is ours to judge: an expired token still says which session it belonged to. No cache: ours keeps what
      // is worked out of a token besides, and theirs warns on every start that its key could be chosen badly.
      verify: { algorithms: [algorithm], checkTyp: TOKEN_TYPE, ignoreExpiration: true, errorCacheTTL: -1 },
    })
    const sign = (claims: Claims): string => scope.jwt.sign(claims)
    key = {
      sign: algorithm === 'ES256' ? (claims) => withLowS(sign(claims)) : sign,
      verify: (token) => scope.jwt.verify(token),
      mayBeSigned: firstLookOf({ algorithm, secret }),
    }
  }
  await app.register(docsGateKey)
  return key as unknown as TokenKey
}

async function registerCookie(app: FastifyInstance): Promise<SerializeCookie> {
  // @fastify/cookie cannot be registered below itself: where the host came first, its serializer is ours too.
  if (app.hasDecorator('serializeCookie')) return app.serializeCookie
  let serialize: SerializeCookie | undefined
  const docsGateCookie: FastifyPluginAsync = async (scope) => {
    await scope.register(fastifyCookie, { hook: false })
    serialize = scope.serializeCookie
  }
  await app.register(docsGateCookie)
  return serialize as unknown as SerializeCookie
}

/** Registers @fastify/jwt and @fastify/cookie in scopes of their own, so that they live beside the host's. */
export async function registerTokens(
  app: FastifyInstance,
  issuer: string,
  keys: readonly [SigningKey, ...SigningKey[]],
): Promise<TokenTools> {
  const [first, ...others] = keys
  const tokenKeys: [TokenKey, ...TokenKey[]] = [await registerKey(app, first)]
  // One after the other: of registrations at once, Fastify says that they are done before they are.
  for (const key of others) tokenKeys.push(await registerKey(app, key))
  const serializeCookie = await registerCookie(app)
  return { codec: tokenCodec(issuer, tokenKeys), serializeCookie }
}
