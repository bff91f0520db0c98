import {
  BusyError,
  type DocsGateError,
  StoreUnavailableError,
  ThrottledError,
  UsersUnavailableError,
} from '../errors.ts'
import { type HttpResponse, type ReplyLike, writeCookies, writeHeaders, writeResponse } from './response.ts'

/** An error with what goes into the answer's head. It is thrown, so that the host's error handler shapes the body. */
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

/** Whether a login may be tried again after a while: nothing was said about its credentials. */
export function isRetryable(error: unknown): error is ThrottledError | BusyError {
  return error instanceof ThrottledError || error instanceof BusyError
}

/** Whether nobody can be known right now: sessions or users do not answer. */
export function isUnavailable(error: unknown): error is StoreUnavailableError | UsersUnavailableError {
  return error instanceof StoreUnavailableError || error instanceof UsersUnavailableError
}

/** RFC 9110, section 10.2.3 */
export const retryAfter = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) => ({
  'retry-after': String(retryAfterSeconds),
})

/** Writes the head of a refusal; its error is for the host's error handler, which shapes the body. */
export function refusalError(reply: ReplyLike, { error, headers, cookies }: Refusal): DocsGateError {
  writeHeaders(reply, headers ?? {})
  writeCookies(reply, cookies ?? [])
  return error
}

/** Writes an answer, or the head of a refusal and throws its error. */
export function writeOutcome(reply: ReplyLike, outcome: Outcome): void {
  if ('error' in outcome) throw refusalError(reply, outcome)
  writeResponse(reply, outcome)
}

/** What is needed of a Fastify reply to tell the log of an error besides. */
export interface LoggingReply extends ReplyLike {
  readonly request: object
  log: { error(details: object, message: string): void }
}

/** Writes a page in an error's stead, of which the log is told all the same; without a page throws the error. */
export function writeErrorPage(reply: LoggingReply, error: Error, page: HttpResponse | undefined): void {
  if (!page) throw error
  reply.code(page.status)
  reply.log.error({ req: reply.request, res: reply, err: error }, error.message)
  writeResponse(reply, page)
}

/**
 * Leaves out of the log what Fastify says of an error that it answers, with a stack for each request: the log has been
 * told already. Whatever else is logged of the request stays, and so does what an error handler of the host's writes.
 */
export function leaveOutOfLog(reply: LoggingReply, error: unknown): void {
  const { log } = reply
  const isOfFastify = (details: unknown): boolean => {
    const { err, res } = (details ?? {}) as { err?: unknown; res?: unknown }
    return err === error && res === reply
  }
  const quiet = (...line: Parameters<typeof log.error>): void => {
    if (!isOfFastify(line[0])) log.error(...line)
  }
  // Not derived from the log alone: the methods of a logger of the host's may need their own object.
  reply.log = new Proxy(Object.create(log) as typeof log, {
    get(_target, name) {
      if (name === 'error') return quiet
      const value: unknown = Reflect.get(log, name)
      return typeof value === 'function' ? value.bind(log) : value
    },
  })
}
