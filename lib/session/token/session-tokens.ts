import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../at-most.ts'
import type { VerifiedToken } from '../standing.ts'
import type { Session } from '../store/session-store.ts'
import type { Claims, TokenCodec } from './token.ts'

/** The tokens of sessions: issued, read once each, and renewed. */
export interface SessionTokens {
  /** A token of a session, for as long as it may be idle. */
  issue(session: SessionOfToken, profile: Profile, scopes: readonly string[]): IssuedClaims
  /** What a token of ours says, expired or not; undefined where it is none of ours. */
  read(token: string): VerifiedToken | undefined
  /** A token for the rest of the session where half the life of this one has passed. */
  renew(verified: VerifiedToken): string | undefined
}

interface IssuedClaims {
  readonly token: string
  readonly claims: Omit<Claims, 'iss' | 'aud'>
}

type SessionOfToken = Pick<Session, 'id' | 'subject' | 'expiresAt'>

interface Profile {
  readonly name?: string | undefined
  readonly email?: string | undefined
}

export interface SessionTokensOptions {
  readonly codec: TokenCodec
  readonly idleTimeoutSeconds: number
  /** Whether tokens have to say name and e-mail, because nobody can be asked for them later. */
  readonly carryProfile: boolean
  readonly now: () => number
}

const MAX_VERIFIED_TOKENS = 10_000
// Requests that a page sends at once carry the same old token: they get the same new one.
const SHARED_RENEWAL_MILLISECONDS = 10_000

// What would not fit into a cookie is left out.
const fitsToken = (text: string | undefined): text is string =>
  text !== undefined && Buffer.byteLength(text) <= 256

// So many characters of its signature (72 bits) tell a token from others: to look it up by all of it costs as much as the
// rest of what a request does with it, and rubbish is long.
const KEY_LENGTH = 12
const keyOf = (token: string): string => token.slice(-KEY_LENGTH)
// A part of a string keeps all of it alive; that of a token is a header with whatever other cookies there are.
const copyOf = (token: string): string => Buffer.from(token, 'latin1').toString('latin1')
const inSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

export function sessionTokens(options: SessionTokensOptions): SessionTokens {
  const { codec, idleTimeoutSeconds, carryProfile, now } = options
  const known = new LRUCache<string, VerifiedToken>(atMost(MAX_VERIFIED_TOKENS))

  function verify(token: string): VerifiedToken | undefined {
    const claims = codec.read(token)
    if (!claims) return undefined
    const verified: VerifiedToken = {
      token: copyOf(token),
      claims,
      expiresAt: claims.exp * 1000,
      scopes: claims.scope === '' ? [] : claims.scope.split(' '),
      sessionExpiresAt: 0,
      bearer: undefined,
      cookie: undefined,
      renewal: undefined,
    }
    known.set(keyOf(token), verified)
    return verified
  }

  function issue(session: SessionOfToken, { name, email }: Profile, scopes: readonly string[]): IssuedClaims {
    const at = now()
    const claims = {
      sub: session.subject,
      jti: randomUUID(),
      iat: inSeconds(at),
      exp: inSeconds(Math.min(at + idleTimeoutSeconds * 1000, session.expiresAt)),
      sid: session.id,
      scope: scopes.join(' '),
      ...(carryProfile && fitsToken(name) && { name }),
      ...(carryProfile && fitsToken(email) && { email }),
    }
    return { token: codec.issue(claims), claims }
  }

  return {
    issue,
    read(token) {
      const verified = known.get(keyOf(token))
      return verified?.token === token ? verified : verify(token)
    },
    renew(verified) {
      const { claims, expiresAt, sessionExpiresAt } = verified
      const at = now()
      const isFresh = at - claims.iat * 1000 < idleTimeoutSeconds * 500
      if (isFresh || inSeconds(sessionExpiresAt) * 1000 <= expiresAt) return undefined
      if (!verified.renewal || at - verified.renewal.at > SHARED_RENEWAL_MILLISECONDS) {
        const session = { id: claims.sid, subject: claims.sub, expiresAt: sessionExpiresAt }
        verified.renewal = { token: issue(session, claims, verified.scopes).token, at }
      }
      return verified.renewal.token
    },
  }
}
