import type { RequestLike } from '../http/request.ts'

/** The `session.cookie` option, checked. */
export interface CookieSettings {
  readonly name: string
  readonly domain: string | undefined
  readonly secure: boolean | 'auto'
  readonly sameSite: 'lax' | 'strict'
}

/** The names of our cookies on one scheme. */
export interface CookieNames {
  readonly session: string
  /** Says that somebody logged out here: the next login asks again. */
  readonly loggedOut: string
}

export type SerializeCookie = (name: string, value: string, attributes: object) => string

/** Reads and writes the cookies of the gate. */
export interface Cookies {
  /** What the session cookie is called, on https unless it is never Secure. */
  readonly name: string
  /** How many characters of a token fit: browsers drop larger cookies without a word. */
  readonly maxTokenLength: number
  /** The values of the session cookie that are worth judging, in their order; one, where it is there and none of them is. */
  read(request: RequestLike): readonly string[]
  isLoggedOut(request: RequestLike): boolean
  /** The Set-Cookie value that carries a token. */
  setSession(token: string, request: RequestLike | undefined): string
  /** The Set-Cookie values that take the session cookie away. */
  clearSession(request: RequestLike): string
  setLoggedOut(request: RequestLike): string
  clearLoggedOut(request: RequestLike): string
}

/**
 * All values of a name in a Cookie header, empty ones aside. All, because the first need not be ours: whoever can set a cookie for a
 * parent domain or a longer path could lock a user out with a piece of junk.
 * @see RFC 6265, section 5.4 (order), section 8.6 (weak integrity)
 */
export function cookieValues(cookieHeader: string | undefined, name: string): readonly string[] {
  if (cookieHeader === undefined) return []
  const values: string[] = []
  const wanted = `${name}=`
  let at = cookieHeader.indexOf(wanted)
  while (at !== -1) {
    const semicolon = cookieHeader.indexOf(';', at)
    const end = semicolon === -1 ? cookieHeader.length : semicolon
    if (startsPair(cookieHeader, at)) {
      const value = cookieHeader.slice(at + wanted.length, end).trim()
      if (value !== '') values.push(value)
    }
    at = cookieHeader.indexOf(wanted, end)
  }
  return values
}

// Each of them may cost the check of a signature. A browser sends a few at most: those of other paths and of parent domains.
const MAX_VERIFIED = 8

function worthVerifying(values: readonly string[], resembles: (value: string) => boolean): readonly string[] {
  if (values.length < 2) return values
  const tokens = [...new Set(values)].filter(resembles)
  return tokens.length > 0 ? tokens.slice(0, MAX_VERIFIED) : values.slice(0, 1)
}

function startsPair(cookieHeader: string, at: number): boolean {
  // Asked for only where it is: what lies before a string's first character is slow to miss.
  let before = at - 1
  while (before >= 0 && (cookieHeader[before] === ' ' || cookieHeader[before] === '\t')) before--
  return before < 0 || cookieHeader[before] === ';'
}

// RFC 6265bis, section 4.1.3: the browser itself vouches for a cookie with such a name.
function prefixOf(secure: boolean, domain: string | undefined): string {
  if (!secure) return ''
  return domain === undefined ? '__Host-' : '__Secure-'
}

function namesFor(settings: CookieSettings, secure: boolean): CookieNames {
  const session = prefixOf(secure, settings.domain) + settings.name
  return { session, loggedOut: `${session}-logged-out` }
}

// RFC 6265, section 6.1: name, value and attributes together.
const MAX_COOKIE_BYTES = 4096

/**
 * The cookies of a gate. They have no Max-Age: a browser keeps them as long as it keeps the Basic credentials that it
 * has cached, so a session that is over can still be told from one that never was. `resembles` says whether a value may
 * be a token of the gate.
 */
export function gateCookies(
  settings: CookieSettings,
  serialize: SerializeCookie,
  onPlainHttp: (request: RequestLike) => void = () => {},
  resembles: (value: string) => boolean = () => true,
): Cookies {
  const { domain, sameSite } = settings
  const shared = { path: '/', httpOnly: true, sameSite, ...(domain === undefined ? {} : { domain }) }
  const sides = [false, true].map((secure) => ({
    names: namesFor(settings, secure),
    attributes: { ...shared, secure },
  }))
  const [plain, secured] = sides as [(typeof sides)[number], (typeof sides)[number]]

  const sideOf = (request: RequestLike | undefined) => {
    const secure = settings.secure === 'auto' ? request?.protocol === 'https' : settings.secure
    return secure ? secured : plain
  }
  const gone = { maxAge: 0, expires: new Date(0) }
  const emptySizes = sides.map(({ names, attributes }) =>
    Buffer.byteLength(serialize(names.session, '', attributes)),
  )

  return {
    name: (settings.secure === false ? plain : secured).names.session,
    maxTokenLength: MAX_COOKIE_BYTES - Math.max(...emptySizes),
    read: (request) =>
      worthVerifying(cookieValues(request.headers.cookie, sideOf(request).names.session), resembles),
    isLoggedOut: (request) =>
      cookieValues(request.headers.cookie, sideOf(request).names.loggedOut).length > 0,
    setSession(token, request) {
      const { names, attributes } = sideOf(request)
      if (request && !attributes.secure) onPlainHttp(request)
      return serialize(names.session, token, attributes)
    },
    clearSession(request) {
      const { names, attributes } = sideOf(request)
      return serialize(names.session, '', { ...attributes, ...gone })
    },
    setLoggedOut(request) {
      const { names, attributes } = sideOf(request)
      return serialize(names.loggedOut, '1', attributes)
    },
    clearLoggedOut(request) {
      const { names, attributes } = sideOf(request)
      return serialize(names.loggedOut, '', { ...attributes, ...gone })
    },
  }
}
