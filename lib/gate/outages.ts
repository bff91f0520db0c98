import { OversizedAccountError, StoreUnavailableError, UsersUnavailableError } from '../errors.ts'
import { type LoggingReply, leaveOutOfLog, retryAfter } from '../http/outcome.ts'
import { writeHeaders } from '../http/response.ts'
import { type Outage, type OutageLogger, outage } from '../runtime/outage.ts'

export type Outages = ReturnType<typeof outagesOf>

const CLOSED = 'requests that need it are refused with 503 until it does'

/** One outage for each service that the gate depends on. */
export const outagesOf = (log: OutageLogger) => ({
  store: outage(log, {
    code: 'DOCS_GATE_STORE_UNAVAILABLE',
    lost: `docs-gate: the session store does not answer as it should; ${CLOSED}`,
    back: 'docs-gate: the session store answers again',
  }),
  users: outage(log, {
    code: 'DOCS_GATE_USERS_UNAVAILABLE',
    lost: `docs-gate: the users option does not answer as it should; ${CLOSED}`,
    back: 'docs-gate: the users option answers again',
  }),
})

/** Logs that a user cannot log in because their scopes do not fit into the cookie. */
export const oversizedNotice =
  (log: OutageLogger) =>
  ({ username, scopesLength, limit }: OversizedAccountError): void =>
    log.error(
      { username, scopesLength, limit },
      `docs-gate: a user cannot log in: their scopes have ${scopesLength} characters, and the session cookie has room for ${limit}. Give the users option a find function: scopes are then looked up, and need not be in the cookie. Or let verify answer fewer scopes`,
    )

/**
 * Prepares the response to an error, whichever code then writes it: `Retry-After`, and in the log one line for the whole
 * outage instead of one for each request. Does nothing for other errors, and nothing the second time.
 */
export function refusalNotes({ store, users }: Outages) {
  const noted = new WeakSet<object>()

  function outageOf(error: unknown): Outage | undefined {
    if (error instanceof StoreUnavailableError) return store
    return error instanceof UsersUnavailableError ? users : undefined
  }

  return function noteRefusal(reply: LoggingReply, error: unknown): void {
    const lost = outageOf(error)
    if ((!lost && !(error instanceof OversizedAccountError)) || noted.has(reply)) return
    noted.add(reply)
    leaveOutOfLog(reply, error)
    if (!lost) return
    const { cause, retryAfterSeconds } = error as StoreUnavailableError | UsersUnavailableError
    lost.failed(cause)
    lost.refused()
    writeHeaders(reply, retryAfter({ retryAfterSeconds }))
  }
}
