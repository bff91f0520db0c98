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
  /** Whether the users can be looked up later. If not, tokens have to say name, e-mail and all of the scopes. */
  readonly canAsk: boolean
  /** How many characters of a token fit into the cookie. */
  readonly maxTokenLength: number
  readonly now: () => number
}

const MAX_VERIFIED_TOKENS = 10_000
// Requests that a page sends at once carry the same old token: they get the same new one. While it is new.
const SHARED_RENEWAL_MILLISECONDS = 10_000

/** What a token says of its user. */
type Sayings = Pick<Claims, 'scope' | 'name' | 'email' | 'all_scopes'>

const profileOf = (name: string | undefined, email: string | undefined) => ({
  ...(name !== undefined && { name }),
  ...(email !== undefined && { email }),
})

// So many characters of its signature (72 bits) tell a token from others: to look it up by all of it costs as much as the
// rest of what a request does with it, and rubbish is long.
const KEY_LENGTH = 12
const keyOf = (token: string): string => token.slice(-KEY_LENGTH)
// Three bytes of the claims are four characters of the token.
const inBytes = (characters: number): number => Math.ceil((characters * 3) / 4)

// A token is good for as long as it was said to be, and a little longer: its dates are whole seconds.
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
      // Not the header that it is a part of, with whatever other cookies there are.
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

  function sign(session: SessionOfToken, sayings: Sayings, at: number): string {
    return codec.issue({
      sub: session.subject,
      jti: randomUUID(),
      iat: secondBefore(at),
      exp: secondAfter(endOf(session, at)),
      sid: session.id,
      ...sayings,
    })
  }

  // The most first: where it does not fit, the next is tried.
  function sayingsOf({ name, email, scopes: held }: Account, scopes: readonly string[]): readonly Sayings[] {
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
      for (const sayings of sayingsOf(account, scopes)) {
        const token = sign(session, sayings, at)
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
        const sayings = { scope, ...profileOf(name, email), ...(all_scopes && { all_scopes }) }
        verified.renewal = { token: sign({ id, subject, expiresAt: sessionExpiresAt }, sayings, at), at }
      }
      return verified.renewal.token
    },
  }
}
