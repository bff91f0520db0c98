import { InvalidCredentialsError } from '../errors.ts'
import { about } from '../events.ts'
import type { AuditFinding, AuditOptions } from '../exposure/audit.ts'
import type { RequestLike } from '../http/request.ts'
import type { Session } from '../session/store/session-store.ts'
import type { Account } from '../users/user-directory.ts'
import type { Gate } from './gate.ts'

/** A user by name; or by issuer and subject, if another issuer has authenticated them. */
export type UserReference = string | { readonly issuer: string; readonly subject: string }

/** What `signIn` resolves to. */
export interface SignedIn {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in: number
  /** A Set-Cookie value, which can be sent as a Cookie header unchanged. */
  readonly cookie: string
}

/** `app.docsGate`: sessions, for tests and for login flows of your own. */
export interface DocsGate {
  /**
   * Begins a session of a user without a password. Pass the request that it answers, so that the cookie fits its scheme,
   * http or https.
   * @throws `DOCS_GATE_INVALID_CREDENTIALS` where there is no such user, or the user is disabled
   */
  signIn(username: string, request?: RequestLike): Promise<SignedIn>
  /**
   * Ends one session: its tokens are refused from now on. Does nothing if there is no session of that id.
   * @throws a TypeError if the id is not a string, or empty
   */
  endSession(id: string): Promise<void>
  /** Ends all sessions of a user. */
  endSessionsOf(user: UserReference): Promise<void>
  /** The sessions of a user that have not ended. */
  sessionsOf(user: UserReference): Promise<readonly Session[]>
  /**
   * Forgets the failed logins of a user, from every address, so that a user who was locked out may try again. The count
   * of each address over all users stays.
   * @throws `DOCS_GATE_STORE_UNAVAILABLE` where Redis does not answer
   */
  clearThrottle(username: string): Promise<void>
  /**
   * Requests every GET route of the app that has no parameters, without credentials. Resolves to the responses that show
   * API documentation, and to those that prove nothing (a rate limit, a redirect to another scheme or host, a host check,
   * a failure, a timeout); to an empty list when all documentation is behind the login. Meant for the host's tests. It
   * waits for `ready()`, so call it after all plugins are registered.
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

// Node's own request has no protocol, so its cookie would be the one for plain http.
function refuseNodeRequest(request: RequestLike | undefined): void {
  if (request === undefined || typeof request?.protocol === 'string') return
  throw new TypeError('docsGate.signIn: write the request of Fastify, not request.raw, or leave it out')
}

/** The functions of `app.docsGate`, over one gate. */
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

  // A directory without `find` cannot look the user up, so the session gets the name as it was passed, and no scopes.
  async function accountOf(username: string): Promise<Account | null> {
    const unknown = { username, scopes: [], name: undefined, email: undefined, version: '' }
    return directory.find ? directory.find(username) : unknown
  }

  return {
    async signIn(username, request) {
      refuseNodeRequest(request)
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
