import type { IncomingHttpHeaders } from 'node:http'

/** What the gate reads of a request. A Fastify request is one, of any server type. */
export interface RequestLike {
  readonly method: string
  readonly url: string
  readonly protocol: string
  readonly host: string
  /** Undefined on a Unix socket, and where the peer has gone. */
  readonly ip: string | undefined
  readonly id?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly raw: { readonly rawHeaders: readonly string[]; readonly httpVersion?: string | undefined }
}

/** A value or the promise of one: the memory store answers at once, others later. */
export type MaybePromise<T> = T | Promise<T>

// What async functions return; the global is replaced by some hosts.
const NativePromise = (async () => {})().constructor

/** Of our own functions; what hosts wrote goes through `bounded`, which takes any thenable. */
export const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> => value instanceof NativePromise

/** How often a header was sent: Node keeps the first of two Authorization headers and says nothing. */
export function countHeader(request: RequestLike, lowerCaseName: string): number {
  const { rawHeaders } = request.raw
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) count++
  }
  return count
}

/** A header's value where it is a single one. */
export function header(request: RequestLike, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

// RFC 9110, section 9.2.1
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

export const isSafeMethod = (method: string): boolean => SAFE_METHODS.has(method)

// RFC 9112, section 3.2.2: a client may send its request target in absolute form.
const SCHEME_AND_AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/** Path and query of a request target, whatever form it came in. */
export function originForm(target: string): string {
  return target.startsWith('/') ? target : target.replace(SCHEME_AND_AUTHORITY, '')
}

export function pathOf(target: string): string {
  const form = originForm(target)
  const end = form.search(/[?#]/)
  return end === -1 ? form : form.slice(0, end)
}
