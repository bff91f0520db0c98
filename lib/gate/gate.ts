import { OptionsError } from '../errors.ts'
import { type EventDetails, type EventLogger, eventEmitter } from '../events.ts'
import { basicChallenge, bearerChallenges } from '../http/challenge.ts'
import { policyOrigin } from '../http/policy-origin.ts'
import { GATE_ROUTES } from '../options/docs-option.ts'
import type { Settings } from '../options/settings.ts'
import { type AssetPaths, assetPaths } from '../pages/assets.ts'
import type { PageContext } from '../pages/page.ts'
import { warningLog } from '../runtime/warnings.ts'
import { authenticator, requestAuthentication } from '../session/authenticator.ts'
import { gateCookies, type SerializeCookie } from '../session/cookie.ts'
import { loginLoopDetector } from '../session/login-loop.ts'
import { plainHttpWarning } from '../session/plain-http.ts'
import { gateSessions } from '../session/sessions.ts'
import type { TokenCodec } from '../session/token/token.ts'
import { accountKey } from '../throttle/keys.ts'
import { loginAttempt, throttle, unthrottled } from '../throttle/throttle.ts'
import { hashQueue } from '../users/hash-queue.ts'
import { outagesOf, oversizedNotice, refusalNotes } from './outages.ts'
import { openStores } from './stores.ts'

/** The paths of the gate's own routes, with the prefix of the scope that the gate is registered in. */
export interface GatePaths extends AssetPaths {
  readonly login: string
  readonly logout: string
  readonly loggedOut: string
  readonly token: string
  /** The gate's own routes, to which no login redirects. */
  readonly reserved: readonly string[]
  /** That prefix by itself; empty in the root scope. */
  readonly prefix: string
  readonly afterLogin: string
  readonly afterLogout: string
}

export type Gate = ReturnType<typeof createGate>

// The gate redirects browsers to its own routes, and would not know what to write for a parameter.
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

/** One registered gate: what its plugins and routes share. `prefix` is the prefix of the scope it is registered in. */
export function createGate(
  settings: Settings,
  prefix: string,
  codec: TokenCodec,
  serializeCookie: SerializeCookie,
  log: EventLogger,
) {
  refuseParameters(prefix)
  const { session, login, pages, docs } = settings
  const { store, failures, onReconnected, checkAtStart } = openStores(session.store)
  const outages = outagesOf(log)
  onReconnected(outages.store.answered)
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
  const authenticate = authenticator(sessions, cookies, settings.trustedOrigins)
  const paths = gatePaths(settings, prefix)
  const context: PageContext = {
    title: pages.title ?? docs[0]?.title ?? login.realm,
    texts: pages.texts,
    assets: paths,
    formAction: ["'self'", ...originsOf(login.redirectTo, settings.logout.redirectTo)].join(' '),
  }
  return {
    settings,
    paths,
    challenges: { basic: basicChallenge(login.realm), bearer: bearerChallenges(login.realm) },
    sessions,
    cookies,
    authenticate,
    authentication: requestAuthentication(authenticate),
    attempt: loginAttempt(settings.directory, limit, hashQueue(login.maxConcurrentHashes), emit),
    /** Forgets the failed logins of a user, from every address. */
    async clearThrottle(username: string): Promise<void> {
      await failures.clear(accountKey(username))
    },
    loginLoop: loginLoopDetector(),
    pages: context,
    emit,
    outages,
    noteRefusal: refusalNotes(outages),
    /**
     * Looks at the session store once, at start.
     * @throws `DOCS_GATE_OPTIONS` where it is one that the gate cannot use
     */
    check: checkAtStart,
  }
}
