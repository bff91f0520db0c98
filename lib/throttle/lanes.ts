/** Runs jobs so that no more than a number of those with one key run at a time; the others wait their turn. */
export type Lanes = <T>(key: string, job: () => Promise<T>) => Promise<T>

interface Lane {
  count: number
  readonly next: (() => void)[]
}

export function lanes(width: number): Lanes {
  const running = new Map<string, Lane>()

  function leave(key: string): void {
    const lane = running.get(key) as Lane
    const next = lane.next.shift()
    if (next) next()
    else lane.count--
    if (lane.count === 0) running.delete(key)
  }

  // Whoever leaves hands the place on: the count stays, so nobody slips in between.
  async function enter(key: string): Promise<void> {
    const lane = running.get(key) ?? { count: 0, next: [] }
    running.set(key, lane)
    if (lane.count < width) lane.count++
    else await new Promise<void>((resolve) => lane.next.push(resolve))
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
