import { availableParallelism } from 'node:os'
import { BusyError } from '../errors.ts'

/** Runs password hashes, a bounded number at a time, and takes turns among addresses. */
export type HashQueue = <T>(address: string, job: () => Promise<T>) => Promise<T>

const MAX_WAITING = 256
// One address alone never fills the queue.
const MAX_WAITING_PER_ADDRESS = 64
const DEFAULT_THREADPOOL_SIZE = 4

/** One less than can run at once: the rest of the process keeps a core and a thread. */
export function defaultConcurrentHashes(): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || DEFAULT_THREADPOOL_SIZE
  return Math.max(1, Math.min(availableParallelism(), threads) - 1)
}

/** A queue for `maxConcurrent` hashes at a time. Throws a BusyError where it is full. */
export function hashQueue(maxConcurrent: number): HashQueue {
  // In the order of their turns: who is served goes to the end.
  const waiting = new Map<string, (() => void)[]>()
  let [running, waitingCount] = [0, 0]

  function takeTurn(): (() => void) | undefined {
    const turn = waiting.entries().next()
    if (turn.done) return undefined
    const [address, jobs] = turn.value
    const start = jobs.shift()
    waiting.delete(address)
    if (jobs.length > 0) waiting.set(address, jobs)
    waitingCount--
    return start
  }

  // A place that is left goes to the next in turn at once, so that nobody slips in between.
  function leave(): void {
    const next = takeTurn()
    if (next) next()
    else running--
  }

  async function enter(address: string): Promise<void> {
    if (running < maxConcurrent) {
      running++
      return
    }
    const jobs = waiting.get(address) ?? []
    if (waitingCount >= MAX_WAITING || jobs.length >= MAX_WAITING_PER_ADDRESS) throw new BusyError()
    waitingCount++
    await new Promise<void>((resolve) => {
      jobs.push(resolve)
      waiting.set(address, jobs)
    })
  }

  return async (address, job) => {
    await enter(address)
    try {
      return await job()
    } finally {
      leave()
    }
  }
}
