import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { atMost } from '../at-most.ts'
import { InvalidCredentialsError, StoreUnavailableError } from '../errors.ts'
import type { EventDetails } from '../events.ts'
import { bounded } from '../http/deadline.ts'
import { isPromise, type MaybePromise } from '../http/request.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { createdAtOf, createSessionId, fingerprint, fingerprintOf } from './session-id.ts'
import type { Session, SessionStore } from './session-store.ts'
import type { Claims, TokenCodec } from './token.ts'
import { type AuthenticatedBy, type User, userOf } from './user.ts'

export interface SessionSettings {
  readonly issuer: string
  readonly idleTimeoutSeconds: number
  readonly absoluteTimeoutSeconds: number
  readonly maxPerUser: number
}

/** A token as it is handed out. */
export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly session: Session
}

/**
 * What a token is worth. `over`: it is ours, and its session has ended or its user is out.
 * `foreign`: it is none of ours. Both are refused alike; only the login page treats them differently.
 */
export type Standing =
  | { readonly state: 'good'; readonly user: User; readonly verified: VerifiedToken }
  | { readonly state: 'over'; readonly sessionId: string }
  | { readonly state: 'foreign' }

export interface Sessions {
  /** Begins a session of a user, with all of their scopes or some. Throws an InvalidCredentialsError where they are out by now. */
  open(account: Account, scopes?: readonly string[]): Promise<IssuedToken>
  judge(token: string, by: AuthenticatedBy): MaybePromise<Standing>
  /** A token for the rest of the session where half the life of this one has passed. */
  renew(verified: VerifiedToken): string | undefined
  /** What a token of ours says, expired or not; undefined where it is none of ours. */
  claimsOf(token: string): Claims | undefined
  /** Ends a session, if there is one. `about` is told of it. */
  end(id: string, about?: EventDetails): Promise<void>
  endOf(issuer: string, subject: string, about?: EventDetails): Promise<void>
  of(issuer: string, subject: string): Promise<readonly Session[]>
  close(): Promise<void>
}

/** A token whose signature and claims are good, with what a request needs of it worked out once. */
export interface VerifiedToken {
  readonly token: string
  readonly claims: Claims
  readonly expiresAt: number
  readonly scopes: readonly string[]
  sessionExpiresAt: number
  /** The answers given so far; each is good for as long as the directory gives the same account. */
  bearer: GivenAnswer | undefined
  cookie: GivenAnswer | undefined
  renewal: { readonly token: string; readonly at: number } | undefined
}

interface GivenAnswer {
  readonly account: Account | undefined
  readonly standing: Standing
}

type SessionOfToken = Pick<Session, 'id' | 'subject' | 'expiresAt'>

interface Profile {
  readonly name?: string | undefined
  readonly email?: string | undefined
}

const STORE_DEADLINE_MILLISECONDS = 1500
const MAX_VERIFIED_TOKENS = 10_000
// Requests that a page sends at once carry the same old token: they get the same new one.
const SHARED_RENEWAL_MILLISECONDS = 10_000

const FOREIGN: Standing = { state: 'foreign' }

const storeUnavailable = (options: ErrorOptions): Error => new StoreUnavailableError(options)
const fitsToken = (text: string | undefined): text is string =>
  text !== undefined && Buffer.byteLength(text) <= 256
// So many characters of its signature (72 bits) tell a token from others: to look it up by all of it costs as much as the
// rest of what a request does with it, and rubbish is long.
const KEY_LENGTH = 12
const keyOf = (token: string): string => token.slice(-KEY_LENGTH)
// A part of a string keeps all of it alive; that of a token is a header with whatever other cookies there are.
const copyOf = (token: string): string => Buffer.from(token, 'latin1').toString('latin1')
const inSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/**
 * The sessions of a gate. A token is good while it has not expired, its session stands, and its user is in good
 * standing with the version that the session began with. `store` is null for stateless sessions.
 */
export function gateSessions(
  settings: SessionSettings,
  codec: TokenCodec,
  store: SessionStore | null,
  directory: UserDirectory,
  now: () => number = Date.now,
  onEnded: (about: EventDetails) => void = () => {},
): Sessions {
  const verifiedTokens = new LRUCache<string, VerifiedToken>(atMost(MAX_VERIFIED_TOKENS))

  function verifiedOf(token: string): VerifiedToken | undefined {
    const known = verifiedTokens.get(keyOf(token))
    return known?.token === token ? known : verify(token)
  }

  const ask = <T>(run: (from: SessionStore) => MaybePromise<T>, without: T): MaybePromise<T> =>
    store ? bounded(() => run(store), STORE_DEADLINE_MILLISECONDS, storeUnavailable) : without

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
    verifiedTokens.set(keyOf(token), verified)
    return verified
  }

  const statelessSession = ({ iss, sub, sid }: Claims): Session => {
    const createdAt = createdAtOf(sid)
    const expiresAt = createdAt + settings.absoluteTimeoutSeconds * 1000
    return { id: sid, issuer: iss, subject: sub, createdAt, expiresAt }
  }

  function issue(session: SessionOfToken, profile: Profile, scopes: readonly string[]) {
    const at = now()
    const expiresAt = Math.min(at + settings.idleTimeoutSeconds * 1000, session.expiresAt)
    const { name, email } = profile
    const claims = {
      sub: session.subject,
      jti: randomUUID(),
      iat: inSeconds(at),
      exp: inSeconds(expiresAt),
      sid: session.id,
      scope: scopes.join(' '),
      // Nobody can be asked for them later. What would not fit into a cookie is left out.
      ...(!directory.find && fitsToken(name) && { name }),
      ...(!directory.find && fitsToken(email) && { email }),
    }
    return { token: codec.issue(claims), claims }
  }

  // The user is out: were they let in again, this session would not come back with them.
  const drop = (id: string): void => {
    end(id, { reason: 'user_out' }).catch(() => {})
  }

  // Of a session that began after all that this process knows of its user, another process knows more: it is refused,
  // and left to that one.
  function over({ sid }: Claims, account: Account | null | undefined): Standing {
    if (account !== undefined) drop(sid)
    return { state: 'over', sessionId: sid }
  }

  const isOf = (id: string, account: Account | null | undefined): account is Account =>
    !!account && fingerprint(account.version) === fingerprintOf(id)

  function good(verified: VerifiedToken, by: AuthenticatedBy, account: Account | undefined): Standing {
    const user = userOf(verified.claims, verified.scopes, account, by)
    const standing: Standing = { state: 'good', user, verified }
    verified[by] = { account, standing }
    return standing
  }

  function withAccount(
    verified: VerifiedToken,
    by: AuthenticatedBy,
    account: Account | null | undefined,
  ): MaybePromise<Standing> {
    const given = verified[by]
    if (given && given.account === account) return given.standing
    const { claims } = verified
    if (account === undefined || isOf(claims.sid, account)) return good(verified, by, account)
    const conclude = (newer: Account | null | undefined): Standing =>
      isOf(claims.sid, newer) ? good(verified, by, newer) : over(claims, newer)
    const newer = directory.findSince?.(claims.sub, createdAtOf(claims.sid))
    return isPromise(newer) ? newer.then(conclude) : conclude(newer)
  }

  function withSession(
    verified: VerifiedToken,
    by: AuthenticatedBy,
    session: Session | null | undefined,
    at: number,
  ): MaybePromise<Standing> {
    const { sid, iss, sub } = verified.claims
    const stands = session && session.issuer === iss && session.subject === sub && at < session.expiresAt
    if (!stands) return { state: 'over', sessionId: sid }
    verified.sessionExpiresAt = session.expiresAt
    const account = directory.find?.(sub)
    if (isPromise(account)) return account.then((known) => withAccount(verified, by, known))
    return withAccount(verified, by, account)
  }

  const look = async (id: string) => ask((from) => from.get(id), null)

  // Deleted whether it was found or not: a store may be behind with what it shows, never with what it deletes.
  async function end(id: string, about: EventDetails = { reason: 'ended' }): Promise<void> {
    const found = look(id).catch(() => null)
    await ask((from) => from.delete(id), undefined)
    const session = await found
    if (session) onEnded({ username: session.subject, ...about })
  }

  const of = async (issuer: string, subject: string): Promise<readonly Session[]> => {
    const sessions = await ask((from) => from.list(issuer, subject), [])
    if (!Array.isArray(sessions)) throw storeUnavailable({ cause: new TypeError('list() returned no list') })
    return sessions.filter((session) => now() < session.expiresAt)
  }

  // After the new one is stored: however many logins run at once, the last of them sees all.
  async function makeRoom({ id, issuer, subject }: Session): Promise<void> {
    const others = (await of(issuer, subject)).filter((session) => session.id !== id)
    const oldestFirst = others.sort((a, b) => a.createdAt - b.createdAt)
    const surplus = oldestFirst.slice(0, Math.max(0, others.length + 1 - settings.maxPerUser))
    await Promise.all(surplus.map((session) => end(session.id, { reason: 'max_per_user' })))
  }

  return {
    async open(account, scopes = account.scopes) {
      const { issuer, absoluteTimeoutSeconds } = settings
      const createdAt = now()
      const session: Session = {
        id: createSessionId(createdAt, account.version),
        issuer,
        subject: account.username,
        createdAt,
        expiresAt: createdAt + absoluteTimeoutSeconds * 1000,
      }
      await ask((to) => to.set(session, absoluteTimeoutSeconds), undefined)
      // Who was taken out meanwhile had no session yet that could have been ended.
      if (directory.find && !isOf(session.id, await directory.find(account.username))) {
        await end(session.id, { reason: 'user_out' })
        throw new InvalidCredentialsError()
      }
      await makeRoom(session)
      const { token, claims } = issue(session, account, scopes)
      return { token, expiresInSeconds: claims.exp - claims.iat, scope: claims.scope, session }
    },
    judge(token, by) {
      const verified = verifiedOf(token)
      if (!verified) return FOREIGN
      const at = now()
      if (at >= verified.expiresAt) return { state: 'over', sessionId: verified.claims.sid }
      if (!store) return withSession(verified, by, statelessSession(verified.claims), at)
      const session = ask((from) => from.get(verified.claims.sid), null)
      if (isPromise(session)) return session.then((known) => withSession(verified, by, known, now()))
      return withSession(verified, by, session, at)
    },
    renew(verified) {
      const { claims, expiresAt, sessionExpiresAt } = verified
      const at = now()
      const isFresh = at - claims.iat * 1000 < settings.idleTimeoutSeconds * 500
      if (isFresh || inSeconds(sessionExpiresAt) * 1000 <= expiresAt) return undefined
      if (!verified.renewal || at - verified.renewal.at > SHARED_RENEWAL_MILLISECONDS) {
        const session = { id: claims.sid, subject: claims.sub, expiresAt: sessionExpiresAt }
        verified.renewal = { token: issue(session, claims, verified.scopes).token, at }
      }
      return verified.renewal.token
    },
    claimsOf: (token) => verifiedOf(token)?.claims,
    end,
    async endOf(issuer, subject, about) {
      const sessions = await of(issuer, subject)
      await Promise.all(sessions.map((session) => end(session.id, about)))
    },
    of,
    async close() {
      await store?.close?.()
    },
  }
}
