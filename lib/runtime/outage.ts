/** The code and the messages of the log entries. */
export interface OutageMessages {
  readonly code: string
  readonly lost: string
  readonly back: string
}

export interface OutageLogger {
  error(details: object, message: string): void
  warn(details: object, message: string): void
}

// A dependency that fails repeatedly is logged as back only after this time without a failure.
const SETTLED_MILLISECONDS = 10_000

interface Loss {
  readonly since: number
  readonly settledAfter: number
  failedAt: number
  refused: number
}

/** The object that {@link outage} returns. */
export type Outage = ReturnType<typeof outage>

/** Logs an outage of something that the gate depends on: once when it fails, and once when it works again. */
export function outage(
  log: OutageLogger,
  { code, lost: lostMessage, back: backMessage }: OutageMessages,
  now: () => number = () => performance.now(),
) {
  let loss: Loss | undefined
  let backAt = Number.NEGATIVE_INFINITY

  return {
    /** A call failed, was late or returned an invalid value. */
    failed(reason: unknown): void {
      const at = now()
      if (loss) {
        loss.failedAt = at
        return
      }
      const isFlapping = at - backAt < SETTLED_MILLISECONDS
      loss = { since: at, failedAt: at, refused: 0, settledAfter: isFlapping ? SETTLED_MILLISECONDS : 0 }
      log.error({ err: reason, code }, lostMessage)
    },
    /** A request was refused because of the outage. */
    refused(): void {
      if (loss) loss.refused++
    },
    /** A call succeeded. */
    answered(): void {
      if (!loss) return
      const at = now()
      if (at - loss.failedAt < loss.settledAfter) return
      const details = { code, refused: loss.refused, seconds: Math.round((at - loss.since) / 1000) }
      loss = undefined
      backAt = at
      log.warn(details, backMessage)
    },
  }
}
