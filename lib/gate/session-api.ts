import { InvalidCredentialsError } from '../errors.ts'
import { about } from '../events.ts'
import type { AuditFinding, AuditOptions } from '../exposure/audit.ts'
import type { RequestLike } from '../http/request.ts'
import type { Session } from '../session/store/session-store.ts'
import type { Account } from '../users/user-directory.ts'
import type { Gate } from './gate.ts'

/** A user by name, or by issuer and subject where another issuer vouches for them. */
export type UserReference = string | { readonly issuer: string; readonly subject: string }

/** What `signIn` hands out. */
export interface SignedIn {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in: number
  /** A Set-Cookie value; as it is, a Cookie header too. */
  readonly cookie: string
}

/** `app.docsGate`: sessions, for tests and for login flows of your own. */
export interface DocsGate {
  /**
   * Begins a session of a user without asking for a password. Pass the request that it answers, so that the cookie is
   * the one for its scheme.
   * @throws `DOCS_GATE_INVALID_CREDENTIALS` where there is no such user in good standing
   */
  signIn(username: string, request?: RequestLike): Promise<SignedIn>
  /**
   * Ends one session: its tokens are refused from now on. Does nothing where there is none of that id.
   * @throws a TypeError where this is no id
   */
  endSession(id: string): Promise<void>
  /** Ends all sessions of a user. */
  endSessionsOf(user: UserReference): Promise<void>
  /** The sessions of a user that have not ended. */
  sessionsOf(user: UserReference): Promise<readonly Session[]>
  /**
   * Forgets the failed logins of a user, from every address: whoever was locked out may try again. Those of an address over
   * all users stay.
   * @throws `DOCS_GATE_STORE_UNAVAILABLE` where Redis does not answer
   */
  clearThrottle(username: string): Promise<void>
  /**
   * Asks every GET route of the app that has no parameters, with a real request and no credential, and resolves to the
   * answers that show API documentation, and to those from which nothing can be told (a rate limit, a redirect to another
   * scheme or host, a host check, a failure, a timeout): none when all is closed. For the host's own tests; call it when
   * the plugins are loaded, as it waits for `ready()`.
   * @example assert.deepEqual(await app.docsGate.audit(), [])
   */
  audit(options?: AuditOptions): Promise<readonly AuditFinding[]>
}

function nameOf(username: string): string {
  if (typeof username !== 'string') throw new TypeError('docsGate: write the name of a user, a string')
  return username.normalize('NFC')
}

function idOf(id: string): string {
  if (typeof id === 'string' && id !== '') return id
  throw new TypeError(
    'docsGate.endSession: write the id of a session, a string, as in session.id or request.user.sessionId',
  )
}

// A request of Node's own has no protocol: the cookie would be the one for plain http.
function requestOf(request: RequestLike | undefined): RequestLike | undefined {
  if (request === undefined || typeof request?.protocol === 'string') return request
  throw new TypeError('docsGate.signIn: write the request of Fastify, not request.raw, or leave it out')
}

export function sessionApi(
  { settings, sessions, cookies, emit, clearThrottle }: Gate,
  audit: DocsGate['audit'],
): DocsGate {
  const { directory, session } = settings
  const referenceOf = (user: UserReference) => {
    if (typeof user === 'string') return { issuer: session.issuer, subject: nameOf(user) }
    const { issuer, subject } = user ?? {}
    if (typeof issuer === 'string' && typeof subject === 'string') return { issuer, subject }
    throw new TypeError('docsGate: write the name of a user, or { issuer, subject }')
  }

  // A directory without `find` cannot say who this is: the session is theirs who asked for it, without scopes.
  async function accountOf(username: string): Promise<Account | null> {
    const unknown = { username, scopes: [], name: undefined, email: undefined, version: '' }
    return directory.find ? directory.find(username) : unknown
  }

  return {
    async signIn(username, request) {
      requestOf(request)
      const account = await accountOf(nameOf(username))
      if (!account) throw new InvalidCredentialsError()
      const { token, expiresInSeconds } = await sessions.open(account)
      emit('login', { username: account.username, ...(request && about(request)), reason: 'sign_in' })
      return { access_token: token, expires_in: expiresInSeconds, cookie: cookies.setSession(token, request) }
    },
    async endSession(id) {
      await sessions.end(idOf(id))
    },
    async endSessionsOf(user) {
      const { issuer, subject } = referenceOf(user)
      await sessions.endAll(issuer, subject)
    },
    async sessionsOf(user) {
      const { issuer, subject } = referenceOf(user)
      return sessions.list(issuer, subject)
    },
    async clearThrottle(username) {
      await clearThrottle(nameOf(username))
    },
    audit,
  }
}
