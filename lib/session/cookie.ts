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
  /** Marks a browser in which a user has logged out: the next login asks for the password again. */
  readonly loggedOut: string
}

export type SerializeCookie = (name: string, value: string, attributes: object) => string

/**
 * All values of a name in a Cookie header, except empty ones. The first alone is not enough: anyone who can set a cookie
 * for a parent domain or a longer path could put a worthless one before ours and lock the user out.
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

// Each value may cost the check of a signature. A browser sends few: one for each path and parent domain.
const MAX_VERIFIED = 8

function worthVerifying(values: readonly string[], resembles: (value: string) => boolean): readonly string[] {
  if (values.length < 2) return values
  const tokens = [...new Set(values)].filter(resembles)
  return tokens.length > 0 ? tokens.slice(0, MAX_VERIFIED) : values.slice(0, 1)
}

function startsPair(cookieHeader: string, at: number): boolean {
  // Stops at 0, because reading before a string's first character is slow in V8.
  let before = at - 1
  while (before >= 0 && (cookieHeader[before] === ' ' || cookieHeader[before] === '\t')) before--
  return before < 0 || cookieHeader[before] === ';'
}

// RFC 6265bis, section 4.1.3: browsers accept a cookie with such a name only if it is Secure.
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

export type Cookies = ReturnType<typeof gateCookies>

/**
 * Reads and writes the cookies of a gate. They have no Max-Age, so that a browser keeps them as long as the Basic
 * credentials that it has cached: after a session has ended, its cookie still says that there was one. `resembles`
 * decides whether a value may be a token of the gate.
 */
export function gateCookies(
  settings: CookieSettings,
  serialize: SerializeCookie,
  onPlainHttp: (request: RequestLike) => void = () => {},
  resembles: (value: string) => boolean = () => true,
) {
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
  const expired = { maxAge: 0, expires: new Date(0) }
  const emptySizes = sides.map(({ names, attributes }) =>
    Buffer.byteLength(serialize(names.session, '', attributes)),
  )

  return {
    /** The name of the session cookie; the one on https, unless the cookie is never Secure. */
    name: (settings.secure === false ? plain : secured).names.session,
    /** The longest token that fits, in characters: browsers silently drop larger cookies. */
    maxTokenLength: MAX_COOKIE_BYTES - Math.max(...emptySizes),
    /** The values of the session cookie that are worth verifying, in order. Never empty where the cookie was sent. */
    read: (request: RequestLike): readonly string[] =>
      worthVerifying(cookieValues(request.headers.cookie, sideOf(request).names.session), resembles),
    isLoggedOut: (request: RequestLike): boolean =>
      cookieValues(request.headers.cookie, sideOf(request).names.loggedOut).length > 0,
    /** The Set-Cookie value with a token. */
    setSession(token: string, request: RequestLike | undefined): string {
      const { names, attributes } = sideOf(request)
      if (request && !attributes.secure) onPlainHttp(request)
      return serialize(names.session, token, attributes)
    },
    /** The Set-Cookie value that deletes the session cookie. */
    clearSession(request: RequestLike): string {
      const { names, attributes } = sideOf(request)
      return serialize(names.session, '', { ...attributes, ...expired })
    },
    /** The Set-Cookie value that marks the browser as logged out. */
    setLoggedOut(request: RequestLike): string {
      const { names, attributes } = sideOf(request)
      return serialize(names.loggedOut, '1', attributes)
    },
    /** The Set-Cookie value that deletes this mark. */
    clearLoggedOut(request: RequestLike): string {
      const { names, attributes } = sideOf(request)
      return serialize(names.loggedOut, '', { ...attributes, ...expired })
    },
  }
}
