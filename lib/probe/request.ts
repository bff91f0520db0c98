/** The service that is probed. Requests go to no other host. */
export interface Service {
  readonly isTls: boolean
  /** Name or address for the socket. */
  readonly hostname: string
  readonly port: number
  /** The Host header. */
  readonly host: string
  readonly origin: string
  /** Path of the URL without a trailing slash; empty for the root. */
  readonly base: string
}

/** A request exactly as it is sent: nothing is normalised. */
export interface ProbeRequest {
  readonly method: string
  readonly target: string
  /** Header lines other than Host and Connection. */
  readonly headers: readonly string[]
  /** The Host header; null for none. */
  readonly host: string | null
  readonly version: '1.0' | '1.1'
}

const HAS_BODY = /^(?:POST|PUT|PATCH)$/

/** The bytes of a request, one per character. */
export function requestText({ method, target, headers, host, version }: ProbeRequest): string {
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    'Connection: close',
    'User-Agent: docs-gate probe',
    ...headers,
    ...(HAS_BODY.test(method) ? ['Content-Length: 0'] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Describes a request, so that users can send it again. */
export function labelOf({ method, target, headers, host, version }: ProbeRequest, usualHost: string): string {
  const extras = [
    ...(version === '1.0' ? ['HTTP/1.0'] : []),
    ...(host === null ? ['no Host'] : host === usualHost ? [] : [`Host: ${host}`]),
    ...headers,
  ]
  return `${method} ${target}${extras.length > 0 ? `  (${extras.join('; ')})` : ''}`
}
