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

/** One that waits for its turn, or learns that it gets none. */
interface Waiter {
  start(): void
  refuse(error: BusyError): void
}

/**
 * A queue for `maxConcurrent` hashes at a time. Throws a BusyError where it is full; but who has fewer jobs in it than
 * somebody else, with this one too, takes the last place of whoever has the most: a few addresses shut out nobody.
 */
export function hashQueue(maxConcurrent: number): HashQueue {
  // In the order of their turns: who is served goes to the end.
  const waiting = new Map<string, Waiter[]>()
  let [running, waitingCount] = [0, 0]

  function takeTurn(): Waiter | undefined {
    const turn = waiting.entries().next()
    if (turn.done) return undefined
    const [address, jobs] = turn.value
    const next = jobs.shift()
    waiting.delete(address)
    if (jobs.length > 0) waiting.set(address, jobs)
    waitingCount--
    return next
  }

  // A place that is left goes to the next in turn at once, so that nobody slips in between.
  function leave(): void {
    const next = takeTurn()
    if (next) next.start()
    else running--
  }

  // Not where the two would only change their parts. So whoever is displaced has another job left, and keeps their turn.
  function makeRoomFor(own: number): void {
    const most = [...waiting.values()].reduce((most, jobs) => (jobs.length > most.length ? jobs : most))
    if (own + 1 >= most.length) throw new BusyError()
    most.pop()?.refuse(new BusyError())
    waitingCount--
  }

  async function enter(address: string): Promise<void> {
    if (running < maxConcurrent) {
      running++
      return
    }
    const jobs = waiting.get(address) ?? []
    if (jobs.length >= MAX_WAITING_PER_ADDRESS) throw new BusyError()
    if (waitingCount >= MAX_WAITING) makeRoomFor(jobs.length)
    waitingCount++
    await new Promise<void>((resolve, reject) => {
      jobs.push({ start: resolve, refuse: reject })
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
