import type { EventLogger } from '../events.ts'
import { header, type RequestLike } from '../http/request.ts'

const LOOPBACK =
  /^(?:localhost|127(?:\.\d+){3}|\[?(?:::1|::ffff:127(?:\.\d+){3})\]?)(?::\d+)?$|^(?:unknown|null|_.*)?$/i

const isElsewhere = (place: string): boolean => !LOOPBACK.test(place.trim())

const listed = (value: string): readonly string[] => value.split(',')

const hostOf = (url: string): readonly string[] => (URL.canParse(url) ? [new URL(url).host] : [])

// RFC 7239, section 4
const forwardedPlaces = (value: string): readonly string[] =>
  [...value.matchAll(/\b(?:for|host)="?([^";,]+)/gi)].map(([, place = '']) => place)

/** Headers that name the host or the address of the first sender, each with a function that lists what it names. */
const PLACES: Readonly<Record<string, (value: string) => readonly string[]>> = {
  'x-forwarded-host': listed,
  'x-forwarded-for': listed,
  'x-real-ip': listed,
  forwarded: forwardedPlaces,
  origin: hostOf,
  referer: hostOf,
}

// Browsers send Sec-Fetch-Mode to localhost and over https, and not over plain http to any other host.
const lacksFetchMetadata = (request: RequestLike): boolean =>
  /^Mozilla\//.test(header(request, 'user-agent') ?? '') && header(request, 'sec-fetch-mode') === undefined

/**
 * The sign that a request to a local host name came from another machine, through a proxy that does not forward the host:
 * with nginx's plain `proxy_pass`, `Host` is 127.0.0.1. Clients can forge these signs, so they cause no more than a
 * warning.
 */
function signOfProxy(request: RequestLike): string | undefined {
  const { headers, raw } = request
  const named = Object.entries(PLACES).find(([name, places]) =>
    places(header(request, name) ?? '').some(isElsewhere),
  )
  if (named) return named[0]
  if (headers.via !== undefined) return 'via'
  if (/^\s*https\b/i.test(header(request, 'x-forwarded-proto') ?? '')) return 'x-forwarded-proto'
  // The default of nginx for its upstream servers; no browser uses it.
  if (raw.httpVersion === '1.0') return 'HTTP/1.0'
  return lacksFetchMetadata(request) ? 'no Sec-Fetch-Mode' : undefined
}

const PLAIN = 'docs-gate: the session cookie travels over plain http, readable on the way'
const PROXIED =
  'docs-gate: requests seem to come through a proxy, and nothing that is trusted says that they came over https, so the session cookie is not Secure; over plain http it is readable on the way'
const REMEDIES = {
  plain: 'serve https, or set trustProxy where a proxy terminates it',
  proxied: 'let the proxy send Host, X-Forwarded-For and X-Forwarded-Proto, and set trustProxy',
} as const

/** Warns of a cookie that is not Secure; once, as every login sets one. */
export function plainHttpWarning(log: EventLogger): (request: RequestLike) => void {
  let hasWarned = false
  return (request) => {
    if (hasWarned) return
    const { host } = request
    const sign = isElsewhere(host) ? undefined : signOfProxy(request)
    if (!isElsewhere(host) && sign === undefined) return
    hasWarned = true
    if (sign === undefined) log.warn({ host }, `${PLAIN}; ${REMEDIES.plain}`)
    else log.warn({ host, sign }, `${PROXIED}; ${REMEDIES.proxied}`)
  }
}
