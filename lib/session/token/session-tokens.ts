import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { OversizedAccountError } from '../../errors.ts'
import { copyOfText } from '../../runtime/copy-of-text.ts'
import { maxEntries } from '../../runtime/max-entries.ts'
import type { Account } from '../../users/user-directory.ts'
import type { VerifiedToken } from '../session-status.ts'
import type { Session } from '../store/session-store.ts'
import type { Claims, TokenCodec } from './token.ts'

interface NewToken {
  readonly token: string
  readonly expiresInSeconds: number
}

type SessionOfToken = Pick<Session, 'id' | 'subject' | 'expiresAt'>

interface SessionTokensOptions {
  readonly codec: TokenCodec
  readonly idleTimeoutSeconds: number
  /** Whether users can be looked up later. If not, tokens have to contain name, e-mail and all scopes. */
  readonly canAsk: boolean
  /** The longest token that fits into the cookie, in characters. */
  readonly maxTokenLength: number
  readonly now: () => number
}

const MAX_VERIFIED_TOKENS = 10_000
// Requests that a page sends at the same time carry the same old token. Within this time all of them get the same new one.
const SHARED_RENEWAL_MILLISECONDS = 10_000

/** The claims of a token about its user. */
type UserClaims = Pick<Claims, 'scope' | 'name' | 'email' | 'all_scopes'>

const profileOf = (name: string | undefined, email: string | undefined) => ({
  ...(name !== undefined && { name }),
  ...(email !== undefined && { email }),
})

// The last 12 characters of the signature (72 bits) are enough to look a token up. Hashing all of it would cost as much as all
// the rest of a request, and worthless tokens may be long.
const KEY_LENGTH = 12
const keyOf = (token: string): string => token.slice(-KEY_LENGTH)
// Base64url: three bytes of the claims become four characters of the token.
const inBytes = (characters: number): number => Math.ceil((characters * 3) / 4)

// The dates of a token are whole seconds. Rounded like this, it is never valid for less time than it was issued for.
const secondBefore = (milliseconds: number): number => Math.floor(milliseconds / 1000)
const secondAfter = (milliseconds: number): number => Math.ceil(milliseconds / 1000)

function scopesOf({ scope, all_scopes }: Claims): readonly string[] | null {
  if (all_scopes) return null
  return scope === '' ? [] : scope.split(' ')
}

/** The tokens of sessions: issued, verified once each, and renewed. */
export function sessionTokens(options: SessionTokensOptions) {
  const { codec, idleTimeoutSeconds, canAsk, maxTokenLength, now } = options
  const sharedRenewal = Math.min(SHARED_RENEWAL_MILLISECONDS, idleTimeoutSeconds * 250)
  const known = new LRUCache<string, VerifiedToken>(maxEntries(MAX_VERIFIED_TOKENS))

  function verify(token: string): VerifiedToken | undefined {
    const claims = codec.read(token)
    if (!claims) return undefined
    const verified: VerifiedToken = {
      // A copy, because V8 would keep the whole Cookie header alive for a part of it.
      token: copyOfText(token),
      claims,
      expiresAt: claims.exp * 1000,
      scopes: scopesOf(claims),
      sessionExpiresAt: 0,
      bearer: undefined,
      cookie: undefined,
      renewal: undefined,
    }
    known.set(keyOf(token), verified)
    return verified
  }

  const endOf = ({ expiresAt }: SessionOfToken, at: number): number =>
    Math.min(at + idleTimeoutSeconds * 1000, expiresAt)

  function sign(session: SessionOfToken, userClaims: UserClaims, at: number): string {
    return codec.issue({
      sub: session.subject,
      jti: randomUUID(),
      iat: secondBefore(at),
      exp: secondAfter(endOf(session, at)),
      sid: session.id,
      ...userClaims,
    })
  }

  // From the most claims to the least: the first that fits into the cookie is used.
  function userClaimsOf(
    { name, email, scopes: held }: Account,
    scopes: readonly string[],
  ): readonly UserClaims[] {
    const scope = scopes.join(' ')
    if (!canAsk)
      return [{ scope, ...profileOf(name, email) }, { scope, ...profileOf(name, undefined) }, { scope }]
    return scopes === held ? [{ scope }, { scope: '', all_scopes: true }] : [{ scope }]
  }

  return {
    /**
     * A token of a session, valid for as long as it may be idle.
     * @throws an `OversizedAccountError` where it would not fit into the cookie
     */
    issue(session: SessionOfToken, account: Account, scopes: readonly string[]): NewToken {
      const at = now()
      const expiresInSeconds = Math.floor((endOf(session, at) - at) / 1000)
      let excess = 0
      for (const userClaims of userClaimsOf(account, scopes)) {
        const token = sign(session, userClaims, at)
        excess = token.length - maxTokenLength
        if (excess <= 0) return { token, expiresInSeconds }
      }
      const { length } = scopes.join(' ')
      throw new OversizedAccountError(account.username, length, Math.max(0, length - inBytes(excess)))
    },
    /** The verified token, expired or not; undefined where this gate did not issue it. */
    read(token: string): VerifiedToken | undefined {
      const verified = known.get(keyOf(token))
      return verified?.token === token ? verified : verify(token)
    },
    /** A token for the rest of the session, where half the life of this one has passed. */
    renew(verified: VerifiedToken): string | undefined {
      const { claims, expiresAt, sessionExpiresAt } = verified
      const at = now()
      const isFresh = at - claims.iat * 1000 < idleTimeoutSeconds * 500
      if (isFresh || secondAfter(sessionExpiresAt) * 1000 <= expiresAt) return undefined
      if (!verified.renewal || at - verified.renewal.at > sharedRenewal) {
        const { sid: id, sub: subject, scope, name, email, all_scopes } = claims
        const userClaims = { scope, ...profileOf(name, email), ...(all_scopes && { all_scopes }) }
        verified.renewal = { token: sign({ id, subject, expiresAt: sessionExpiresAt }, userClaims, at), at }
      }
      return verified.renewal.token
    },
  }
}
