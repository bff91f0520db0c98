/** Tells the log of something that the gate depends on: once when it fails, once when it works again. */
export interface Outage {
  /** It failed, hung or answered nonsense. */
  failed(reason: unknown): void
  /** A request was refused because of that. */
  refused(): void
  /** It answered. */
  answered(): void
}

/** What the log is told. */
export interface OutageMessages {
  readonly code: string
  readonly lost: string
  readonly back: string
}

export interface OutageLogger {
  error(details: object, message: string): void
  warn(details: object, message: string): void
}

// Where it comes and goes by the second, the log is told "back" after this time without a failure.
const SETTLED_MILLISECONDS = 10_000

interface Loss {
  readonly since: number
  readonly settledAfter: number
  failedAt: number
  refused: number
}

export function outage(
  log: OutageLogger,
  { code, lost: lostMessage, back: backMessage }: OutageMessages,
  now: () => number = () => performance.now(),
): Outage {
  let loss: Loss | undefined
  let backAt = Number.NEGATIVE_INFINITY

  return {
    failed(reason) {
      const at = now()
      if (loss) {
        loss.failedAt = at
        return
      }
      const isFlapping = at - backAt < SETTLED_MILLISECONDS
      loss = { since: at, failedAt: at, refused: 0, settledAfter: isFlapping ? SETTLED_MILLISECONDS : 0 }
      log.error({ err: reason, code }, lostMessage)
    },
    refused() {
      if (loss) loss.refused++
    },
    answered() {
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
