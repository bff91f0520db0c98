import {
  BusyError,
  type DocsGateError,
  StoreUnavailableError,
  ThrottledError,
  UsersUnavailableError,
} from '../errors.ts'
import { type Answer, type ReplyLike, writeAnswer, writeCookies, writeHeaders } from './answer.ts'

/** An error with what goes into the answer's head. It is thrown, so that the host's error handler shapes the body. */
export interface Refusal {
  readonly error: DocsGateError
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
}

export type Outcome = Answer | Refusal

export const refusal = (error: DocsGateError, headers: Readonly<Record<string, string>> = {}): Refusal => ({
  error,
  headers,
})

/** Whether a login may be tried again after a while: nothing was said about its credentials. */
export function isNotNow(error: unknown): error is ThrottledError | BusyError {
  return error instanceof ThrottledError || error instanceof BusyError
}

/** Whether nobody can be known right now: sessions or users do not answer. */
export function isUnavailable(error: unknown): error is StoreUnavailableError | UsersUnavailableError {
  return error instanceof StoreUnavailableError || error instanceof UsersUnavailableError
}

/** RFC 9110, section 10.2.3 */
export const retryAfter = ({ retryAfterSeconds }: ThrottledError | BusyError) => ({
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
  writeAnswer(reply, outcome)
}

/** What is needed of a Fastify reply to tell the log of an error besides. */
export interface LoggingReply extends ReplyLike {
  readonly request: object
  readonly log: { error(details: object, message: string): void }
}

/** Writes a page in an error's stead, of which the log is told all the same; without a page throws the error. */
export function writeInstead(reply: LoggingReply, error: Error, page: Answer | undefined): void {
  if (!page) throw error
  reply.code(page.status)
  reply.log.error({ req: reply.request, res: reply, err: error }, error.message)
  writeAnswer(reply, page)
}
