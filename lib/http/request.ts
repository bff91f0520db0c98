import type { IncomingHttpHeaders } from 'node:http'

/** The part of a request that the gate reads. A Fastify request of any server type fits. */
export interface RequestLike {
  readonly method: string
  readonly url: string
  readonly protocol: string
  readonly host: string
  /** Undefined on a Unix socket, and when the client has disconnected. */
  readonly ip: string | undefined
  readonly id?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly raw: { readonly rawHeaders: readonly string[]; readonly httpVersion?: string | undefined }
}

/** A value or a promise of it: the memory store returns values, the Redis store returns promises. */
export type MaybePromise<T> = T | Promise<T>

// The class of promises that async functions return. `globalThis.Promise` is another one in apps that replace it.
const NativePromise = (async () => {})().constructor

/** For values of our own functions only. The app's functions are called by `withDeadline`, which takes any thenable. */
export const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> => value instanceof NativePromise

/** How often a header was sent. Node silently keeps only the first of two Authorization headers. */
export function countHeader(request: RequestLike, lowerCaseName: string): number {
  const { rawHeaders } = request.raw
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) count++
  }
  return count
}

/** The value of a header that is not a list. */
export function header(request: RequestLike, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

// RFC 9110, section 9.2.1
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

export const isSafeMethod = (method: string): boolean => SAFE_METHODS.has(method)

// RFC 9112, section 3.2.2: a client may send its request target in absolute form.
const SCHEME_AND_AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/** Path and query of a request target in origin form or absolute form. */
export function originForm(target: string): string {
  return target.startsWith('/') ? target : target.replace(SCHEME_AND_AUTHORITY, '')
}

export function pathOf(target: string): string {
  const form = originForm(target)
  const end = form.search(/[?#]/)
  return end === -1 ? form : form.slice(0, end)
}
