/** Says whether a connection answers, and as of when it is known to have told everything. */
export interface Heartbeat {
  /** Begins on a new connection, which counts as answering until it is late. */
  start(): void
  stop(): void
  isBeating(): boolean
  /** Milliseconds since the last answered ping was sent. */
  age(): number
}

const INTERVAL_MILLISECONDS = 240
const LATE_MILLISECONDS = 1000

/** Pings a connection, one ping at a time. Late answers are told from answers that a busy process has not read yet. */
export function heartbeat(ping: () => Promise<unknown>): Heartbeat {
  let isBeating = false
  let provenAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let run = 0

  function beat(of: number): void {
    const sentAt = performance.now()
    const isCurrent = (): boolean => of === run && provenAt < sentAt
    // Timers go before the sockets where the process was busy: the answer may be there.
    const late = setTimeout(() => {
      setImmediate(() => {
        if (isCurrent()) isBeating = false
      })
    }, LATE_MILLISECONDS)
    const next = (answered: boolean): void => {
      clearTimeout(late)
      if (of !== run) return
      isBeating = answered
      if (answered) provenAt = sentAt
      timer = setTimeout(beat, INTERVAL_MILLISECONDS, of)
    }
    ping().then(
      () => next(true),
      () => next(false),
    )
  }

  function stop(): void {
    run++
    clearTimeout(timer)
    isBeating = false
    provenAt = Number.NEGATIVE_INFINITY
  }

  return {
    start() {
      stop()
      isBeating = true
      beat(run)
    },
    stop,
    isBeating: () => isBeating,
    age: () => performance.now() - provenAt,
  }
}
