const INTERVAL_MILLISECONDS = 240
const LATE_MILLISECONDS = 1000

/** Pings a connection, one ping at a time, to know whether it responds and how recent its last response is. */
export function heartbeat(ping: () => Promise<unknown>) {
  let isBeating = false
  // When the latest answered ping was sent. Redis replies in order, so all invalidations from before have arrived.
  let provenAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let currentRun = 0

  function beat(run: number): void {
    const sentAt = performance.now()
    const isUnanswered = (): boolean => run === currentRun && provenAt < sentAt
    // After the process was busy, Node runs timers before it reads sockets: the response may be there already.
    const late = setTimeout(() => {
      setImmediate(() => {
        if (isUnanswered()) isBeating = false
      })
    }, LATE_MILLISECONDS)
    const next = (answered: boolean): void => {
      clearTimeout(late)
      if (run !== currentRun) return
      isBeating = answered
      if (answered) provenAt = sentAt
      timer = setTimeout(beat, INTERVAL_MILLISECONDS, run)
    }
    ping().then(
      () => next(true),
      () => next(false),
    )
  }

  function stop(): void {
    currentRun++
    clearTimeout(timer)
    isBeating = false
    provenAt = Number.NEGATIVE_INFINITY
  }

  return {
    /** Begins on a new connection, which counts as alive until a response is late. */
    start(): void {
      stop()
      isBeating = true
      beat(currentRun)
    },
    stop,
    isBeating: (): boolean => isBeating,
    /** Milliseconds since the last answered ping was sent. */
    age: (): number => performance.now() - provenAt,
  }
}
