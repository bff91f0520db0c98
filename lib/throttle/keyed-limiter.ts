import { BusyError } from '../errors.ts'

/** Runs jobs so that no more than a number of those with one key run at a time; the others wait their turn. */
export type KeyedLimiter = <T>(key: string, job: () => Promise<T>) => Promise<T>

interface Slot {
  count: number
  readonly next: (() => void)[]
}

/** Makes lanes of a width. In all that it makes no more than `maxWaiting` jobs wait; one more is a BusyError. */
export function createKeyedLimiter(maxWaiting: number): (width: number) => KeyedLimiter {
  let waiting = 0

  return (width) => {
    const running = new Map<string, Slot>()

    function leave(key: string): void {
      const lane = running.get(key) as Slot
      const next = lane.next.shift()
      if (next) next()
      else lane.count--
      if (lane.count === 0) running.delete(key)
    }

    async function turnIn(lane: Slot): Promise<void> {
      if (waiting >= maxWaiting) throw new BusyError()
      waiting++
      await new Promise<void>((resolve) => lane.next.push(resolve))
      waiting--
    }

    // Whoever leaves hands the place on: the count stays, so nobody slips in between.
    async function enter(key: string): Promise<void> {
      const lane = running.get(key) ?? { count: 0, next: [] }
      if (lane.count >= width) return turnIn(lane)
      lane.count++
      running.set(key, lane)
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
