import {
  BusyError,
  type DocsGateError,
  StoreUnavailableError,
  ThrottledError,
  UsersUnavailableError,
} from '../errors.ts'
import { type HttpResponse, type ReplyLike, writeCookies, writeHeaders, writeResponse } from './response.ts'

/** An error with the headers of its response. It is thrown, so that the app's error handler shapes the body. */
export interface Refusal {
  readonly error: DocsGateError
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
}

export type Outcome = HttpResponse | Refusal

export const refusal = (error: DocsGateError, headers: Readonly<Record<string, string>> = {}): Refusal => ({
  error,
  headers,
})

/** Whether a login can be tried again later: its credentials were not checked. */
export function isRetryable(error: unknown): error is ThrottledError | BusyError {
  return error instanceof ThrottledError || error instanceof BusyError
}

/** Whether users cannot be authenticated now, because the session store or the user directory is unavailable. */
export function isUnavailable(error: unknown): error is StoreUnavailableError | UsersUnavailableError {
  return error instanceof StoreUnavailableError || error instanceof UsersUnavailableError
}

/** RFC 9110, section 10.2.3 */
export const retryAfter = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) => ({
  'retry-after': String(retryAfterSeconds),
})

/** Writes the headers of a refusal and returns its error, for the app's error handler to shape the body. */
export function refusalError(reply: ReplyLike, { error, headers, cookies }: Refusal): DocsGateError {
  writeHeaders(reply, headers ?? {})
  writeCookies(reply, cookies ?? [])
  return error
}

/** Writes a response; or writes the headers of a refusal and throws its error. */
export function writeOutcome(reply: ReplyLike, outcome: Outcome): void {
  if ('error' in outcome) throw refusalError(reply, outcome)
  writeResponse(reply, outcome)
}

/** The part of a Fastify reply that is needed to log an error as well. */
export interface LoggingReply extends ReplyLike {
  readonly request: object
  log: { error(details: object, message: string): void }
}

/** Writes a page instead of throwing the error, and logs the error. Without a page, throws it. */
export function writeErrorPage(reply: LoggingReply, error: Error, page: HttpResponse | undefined): void {
  if (!page) throw error
  reply.code(page.status)
  reply.log.error({ req: reply.request, res: reply, err: error }, error.message)
  writeResponse(reply, page)
}

/**
 * Suppresses the log entry, with a stack trace, that Fastify writes for each request with this error, because an outage
 * is logged once elsewhere. Other entries of the request are kept, those of the app's error handler included.
 */
export function leaveOutOfLog(reply: LoggingReply, error: unknown): void {
  const { log } = reply
  const isFastifyEntry = (details: unknown): boolean => {
    const { err, res } = (details ?? {}) as { err?: unknown; res?: unknown }
    return err === error && res === reply
  }
  const logOthers = (...entry: Parameters<typeof log.error>): void => {
    if (!isFastifyEntry(entry[0])) log.error(...entry)
  }
  // Inheriting from the log is not enough: the methods of a custom logger may need the original object as `this`.
  reply.log = new Proxy(Object.create(log) as typeof log, {
    get(_target, name) {
      if (name === 'error') return logOthers
      const value: unknown = Reflect.get(log, name)
      return typeof value === 'function' ? value.bind(log) : value
    },
  })
}
