import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Encoded, type Encoding, encode } from './encode.ts'
// Its types only: in a thread of the host's, the code would listen to what is meant for the host.
import type { End, Job, JobResult } from './encode-worker.ts'

/** Encodes without holding up anybody else. */
export interface Encoder {
  /**
   * Rejects where it cannot be done: the caller does without.
   *
   * @param isAwaited whether somebody waits for it: then it goes first, and the process stays until it is done
   */
  encode(encoding: Encoding, bytes: Uint8Array, isAwaited: boolean): Promise<Encoded>
}

export interface EncoderOptions {
  /** Starts the thread. */
  readonly start?: () => Worker
  /** After how many milliseconds without work the worker ends. */
  readonly idleMilliseconds?: number
}

/** Up to here a few milliseconds do: no thread is started for it. */
export const SMALL_BYTES = 32_768

interface Waiting extends Job {
  readonly isAwaited: boolean
  resolve(encoded: Encoded): void
  reject(error: unknown): void
}

// This file is .js in the package, and .ts where the sources themselves are run.
const startWorker = (): Worker =>
  new Worker(new URL(`./encode-worker${extname(import.meta.url)}`, import.meta.url), { name: 'docs-gate' })

/** One thread for everything, started on demand and ended when there is nothing to do. */
export function createEncoder({
  start = startWorker,
  idleMilliseconds = 10_000,
}: EncoderOptions = {}): Encoder {
  const queue: Waiting[] = []
  let worker: Worker | undefined
  let current: Waiting | undefined
  let idle: NodeJS.Timeout | undefined
  let hasWarned = false

  function settle(done: (job: Waiting) => void): void {
    const job = current
    current = undefined
    if (job) done(job)
    next()
  }

  function fail(error: unknown): void {
    if (!hasWarned) process.emitWarning(`docs-gate: the thread that compresses documents failed: ${error}`)
    hasWarned = true
    settle((job) => job.reject(error))
  }

  function lose(lost: Worker, error: unknown): void {
    if (worker !== lost) return
    worker = undefined
    fail(error)
  }

  function employ(): Worker {
    const started = start()
    started.on('message', (result: JobResult) =>
      settle((job) => ('error' in result ? job.reject(result.error) : job.resolve(result))),
    )
    started.on('error', (error) => lose(started, error))
    started.on('exit', () => lose(started, new Error('the worker ended')))
    return started
  }

  function rest(): void {
    worker?.unref()
    idle = setTimeout(() => {
      const resting = worker
      worker = undefined
      resting?.postMessage('end' satisfies End)
    }, idleMilliseconds).unref()
  }

  function run(job: Waiting): void {
    current = job
    try {
      worker ??= employ()
      if (job.isAwaited) worker.ref()
      else worker.unref()
      worker.postMessage({ encoding: job.encoding, bytes: job.bytes } satisfies Job)
    } catch (error) {
      fail(error)
    }
  }

  function next(): void {
    clearTimeout(idle)
    const first = queue.findIndex(({ isAwaited }) => isAwaited)
    const [job] = queue.splice(Math.max(first, 0), 1)
    if (job) run(job)
    else rest()
  }

  return {
    async encode(encoding, bytes, isAwaited) {
      if (bytes.byteLength <= SMALL_BYTES) return encode(encoding, bytes)
      return new Promise((resolve, reject) => {
        queue.push({ encoding, bytes, isAwaited, resolve, reject })
        if (!current) next()
      })
    },
  }
}

/** The encoder of this process. */
export const encoder: Encoder = createEncoder()
