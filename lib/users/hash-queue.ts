import { availableParallelism } from 'node:os'
import { BusyError } from '../errors.ts'

/** Runs password hashes, a limited number at a time, and serves waiting addresses in turn. */
export type HashQueue = <T>(address: string, job: () => Promise<T>) => Promise<T>

const MAX_WAITING = 256
// So that one address alone cannot fill the queue.
const MAX_WAITING_PER_ADDRESS = 64
const DEFAULT_THREADPOOL_SIZE = 4

/** One less than could run in parallel, so that a core and a thread are left for everything else. */
export function defaultConcurrentHashes(): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || DEFAULT_THREADPOOL_SIZE
  return Math.max(1, Math.min(availableParallelism(), threads) - 1)
}

/** A job that waits until it can start, or is refused to make room. */
interface Waiter {
  start(): void
  refuse(error: BusyError): void
}

/**
 * A queue that runs `maxConcurrent` hashes at a time. When it is full, a new job throws a BusyError, unless its address
 * would have fewer jobs waiting than another one: then the last job of the address with the most is refused instead. A
 * few addresses can therefore not keep out the others.
 */
export function hashQueue(maxConcurrent: number): HashQueue {
  // Waiting jobs by address, in the order in which addresses are served. A served address moves to the end.
  const waiting = new Map<string, Waiter[]>()
  let [running, waitingCount] = [0, 0]

  function takeNext(): Waiter | undefined {
    const first = waiting.entries().next()
    if (first.done) return undefined
    const [address, jobs] = first.value
    const next = jobs.shift()
    waiting.delete(address)
    if (jobs.length > 0) waiting.set(address, jobs)
    waitingCount--
    return next
  }

  // The slot is handed to the next job directly, so that a new job cannot take it in between.
  function leave(): void {
    const next = takeNext()
    if (next) next.start()
    else running--
  }

  // Not if the two addresses would only swap sizes. So the one that loses a job keeps a job and its place in line.
  function makeRoom(waitingOfAddress: number): void {
    const most = [...waiting.values()].reduce((most, jobs) => (jobs.length > most.length ? jobs : most))
    if (waitingOfAddress + 1 >= most.length) throw new BusyError()
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
    if (waitingCount >= MAX_WAITING) makeRoom(jobs.length)
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
