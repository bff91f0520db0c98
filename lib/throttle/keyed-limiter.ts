import { BusyError } from '../errors.ts'

/** Runs jobs with a limit on how many of one key run at the same time; the others wait in order. */
export type KeyedLimiter = <T>(key: string, job: () => Promise<T>) => Promise<T>

interface Lane {
  running: number
  readonly waiting: (() => void)[]
}

/**
 * Makes a function that creates limiters of a given concurrency. At most `maxWaiting` jobs wait, counted over all
 * limiters that it creates; one more is rejected with a BusyError.
 */
export function createKeyedLimiter(maxWaiting: number): (concurrency: number) => KeyedLimiter {
  let waitingCount = 0

  return (concurrency) => {
    const lanes = new Map<string, Lane>()

    function leave(key: string): void {
      const lane = lanes.get(key) as Lane
      const next = lane.waiting.shift()
      if (next) next()
      else lane.running--
      if (lane.running === 0) lanes.delete(key)
    }

    async function waitIn(lane: Lane): Promise<void> {
      if (waitingCount >= maxWaiting) throw new BusyError()
      waitingCount++
      await new Promise<void>((resolve) => lane.waiting.push(resolve))
      waitingCount--
    }

    // A job that ends hands its slot to the next one. The count stays, so a new job cannot take the slot in between.
    async function enter(key: string): Promise<void> {
      const lane = lanes.get(key) ?? { running: 0, waiting: [] }
      if (lane.running >= concurrency) return waitIn(lane)
      lane.running++
      lanes.set(key, lane)
    }

    return async (key, job) => {
      await enter(key)
      try {
        return await job()
      } finally {
        leave(key)
      }
    }
  }
}
