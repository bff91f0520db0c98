import { OptionsError } from '../errors.ts'
import { type Emit, type EventDetails, type EventLogger, eventEmitter } from '../events.ts'
import { type BearerChallenges, basicChallenge, bearerChallenges } from '../http/challenge.ts'
import { policyOrigin } from '../http/policy-origin.ts'
import { GATE_ROUTES } from '../options/docs-option.ts'
import type { Settings } from '../options/settings.ts'
import { type AssetPaths, assetPaths } from '../pages/assets.ts'
import type { PageContext } from '../pages/page.ts'
import { warningLog } from '../runtime/warnings.ts'
import { type Authenticator, authenticator } from '../session/authenticator.ts'
import { type Cookies, gateCookies, type SerializeCookie } from '../session/cookie.ts'
import { type LoginLoopDetector, loginLoopDetector } from '../session/login-loop.ts'
import { plainHttpWarning } from '../session/plain-http.ts'
import { type RequestAuthentication, requestAuthentication } from '../session/request-authentication.ts'
import { gateSessions, type Sessions } from '../session/sessions.ts'
import type { TokenCodec } from '../session/token/token.ts'
import { accountKey } from '../throttle/keys.ts'
import { type LoginAttempt, loginAttempt } from '../throttle/login-attempt.ts'
import { throttle, unthrottled } from '../throttle/throttle.ts'
import { hashQueue } from '../users/hash-queue.ts'
import { type NoteRefusal, type Outages, outagesOf, oversizedNotice, refusalNotes } from './outages.ts'
import { openStores } from './stores.ts'

/** The paths of the gate's own routes, as requests spell them: a parent's prefix included. */
export interface GatePaths extends AssetPaths {
  readonly login: string
  readonly logout: string
  readonly loggedOut: string
  readonly token: string
  /** Where no login leads: our own routes. */
  readonly reserved: readonly string[]
  /** Of the scope that the gate is registered in; empty for the root's. */
  readonly prefix: string
  readonly afterLogin: string
  readonly afterLogout: string
}

/** One registered gate: everything its plugins and routes share. */
export interface Gate {
  readonly settings: Settings
  readonly paths: GatePaths
  readonly challenges: { readonly basic: string; readonly bearer: BearerChallenges }
  readonly sessions: Sessions
  readonly cookies: Cookies
  readonly authenticate: Authenticator
  readonly authentication: RequestAuthentication
  readonly attempt: LoginAttempt
  /** Forgets the failed logins of a user, from wherever. */
  clearThrottle(username: string): Promise<void>
  readonly loginLoop: LoginLoopDetector
  readonly pages: PageContext
  readonly emit: Emit
  readonly outages: Outages
  readonly noteRefusal: NoteRefusal
  /**
   * Looks at the store once, at start.
   * @throws `DOCS_GATE_OPTIONS` where it is one that the gate cannot use
   */
  check(): Promise<void>
}

// The gate sends browsers to its own routes, and there a parameter has no value.
function refuseParameters(prefix: string): void {
  if (!/[:*]/.test(prefix)) return
  throw new OptionsError(
    `prefix: ${JSON.stringify(prefix)}, that of the scope in which the gate is registered, has parameters; register it below a fixed one`,
  )
}

function gatePaths({ routePrefix, login, logout, docs, pages }: Settings, prefix: string): GatePaths {
  const mount = prefix + routePrefix
  const [firstDocs] = docs
  return {
    ...assetPaths(mount, pages),
    prefix,
    login: `${mount}/login`,
    logout: `${mount}/logout`,
    loggedOut: `${mount}/logged-out`,
    token: `${mount}/token`,
    reserved: routePrefix === '' ? GATE_ROUTES.map((route) => mount + route) : [mount],
    afterLogin: login.redirectTo ?? (firstDocs ? prefix + firstDocs.path : prefix || '/'),
    afterLogout: logout.redirectTo ?? `${mount}/logged-out`,
  }
}

const originsOf = (...destinations: readonly (string | undefined)[]): readonly string[] =>
  destinations.flatMap((url) => policyOrigin(url ?? ''))

/** Puts the parts of a gate together. `prefix` is the parent's. */
export function createGate(
  settings: Settings,
  prefix: string,
  codec: TokenCodec,
  serializeCookie: SerializeCookie,
  log: EventLogger,
): Gate {
  refuseParameters(prefix)
  const { session, login, pages, docs } = settings
  const { store, failures, onBack, check } = openStores(session.store)
  const outages = outagesOf(log)
  onBack(outages.store.answered)
  const limit = login.throttle ? throttle(failures) : unthrottled
  const emit = eventEmitter(log)
  const onEnded = (about: EventDetails): void => emit('session_ended', about)
  const onPlainHttp = plainHttpWarning(warningLog(log))
  const cookies = gateCookies(session.cookie, serializeCookie, onPlainHttp, codec.resembles)
  const sessions = gateSessions(session, codec, store, settings.directory, {
    onEnded,
    onOversized: oversizedNotice(log),
    outage: outages.store,
    maxTokenLength: cookies.maxTokenLength,
  })
  const paths = gatePaths(settings, prefix)
  return {
    settings,
    paths,
    challenges: { basic: basicChallenge(login.realm), bearer: bearerChallenges(login.realm) },
    sessions,
    cookies,
    authenticate: authenticator(sessions, cookies, settings.trustedOrigins),
    authentication: requestAuthentication(),
    async clearThrottle(username) {
      await failures.clear(accountKey(username))
    },
    attempt: loginAttempt(settings.directory, limit, hashQueue(login.maxConcurrentHashes), emit),
    loginLoop: loginLoopDetector(),
    pages: {
      title: pages.title ?? docs[0]?.title ?? login.realm,
      texts: pages.texts,
      assets: paths,
      formAction: ["'self'", ...originsOf(login.redirectTo, settings.logout.redirectTo)].join(' '),
    },
    emit,
    outages,
    noteRefusal: refusalNotes(outages),
    check,
  }
}
