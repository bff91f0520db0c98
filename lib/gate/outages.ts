import { OversizedAccountError, StoreUnavailableError, UsersUnavailableError } from '../errors.ts'
import { type LoggingReply, leaveOutOfLog, retryAfter } from '../http/outcome.ts'
import { writeHeaders } from '../http/response.ts'
import { type Outage, type OutageLogger, outage } from '../runtime/outage.ts'

/** What the gate depends on. */
export interface Outages {
  readonly store: Outage
  readonly users: Outage
}

/**
 * Prepares the answer to an error that a request is refused with, whoever writes it: when to come back, and one line in
 * the log for the outage instead of one for each request. Does nothing for other errors, and nothing the second time.
 */
export type NoteRefusal = (reply: LoggingReply, error: unknown) => void

const CLOSED = 'requests that need it are refused with 503 until it does'

export const outagesOf = (log: OutageLogger): Outages => ({
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

/** Tells the operator of a user who cannot log in because of their scopes. */
export const oversizedNotice =
  (log: OutageLogger) =>
  ({ username, scopesLength, limit }: OversizedAccountError): void =>
    log.error(
      { username, scopesLength, limit },
      `docs-gate: a user cannot log in: their scopes have ${scopesLength} characters, and the session cookie has room for ${limit}. Give the users option a find function: scopes are then looked up, and need not be in the cookie. Or let verify answer fewer scopes`,
    )

export function refusalNotes({ store, users }: Outages): NoteRefusal {
  const noted = new WeakSet<object>()

  function outageOf(error: unknown): Outage | undefined {
    if (error instanceof StoreUnavailableError) return store
    return error instanceof UsersUnavailableError ? users : undefined
  }

  return (reply, error) => {
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
