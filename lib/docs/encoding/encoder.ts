import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Encoded, type Encoding, encode } from './encode.ts'
// Only the types: if the host itself runs in a worker thread, the module would listen to the host's messages.
import type { End, Job, JobResult } from './encode-worker.ts'

/** A job of the encoder. */
export interface Pending {
  /** Rejects if the encoding failed: callers then send the bytes without it. */
  readonly encoded: Promise<Encoded>
  /** To be called when a client waits for the result. The job then comes first, and keeps the process alive. */
  expedite(): void
}

/** Encodes large bytes in another thread, so that the event loop stays free. */
export interface Encoder {
  encode(encoding: Encoding, bytes: Uint8Array): Pending
}

export interface EncoderOptions {
  /** Starts the worker. */
  readonly start?: () => Worker
  /** After how many milliseconds without work the worker ends. */
  readonly idleMilliseconds?: number
  readonly maxWaitingBytes?: number
}

/** Up to this size, encoding takes a few milliseconds and happens on the calling thread. */
export const SMALL_BYTES = 32_768

/**
 * The most bytes that may wait for the worker, without the job in progress. Each view of a document has its own bytes,
 * and the process keeps them in memory while they wait.
 */
export const MAX_WAITING_BYTES = 134_217_728

/** Too many bytes wait for the worker. The job may be tried again later. */
export class EncoderFullError extends Error {
  override readonly name = 'EncoderFullError'

  constructor() {
    super('too many bytes wait for the thread that compresses documents')
  }
}

interface Waiting extends Job {
  isAwaited: boolean
  resolve(encoded: Encoded): void
  reject(error: unknown): void
}

const encodedHere = (encoding: Encoding, bytes: Uint8Array): Pending => ({
  encoded: (async () => encode(encoding, bytes))(),
  expedite() {},
})

// The extension is .js in the package, and .ts if the sources are run.
const startWorker = (): Worker =>
  new Worker(new URL(`./encode-worker${extname(import.meta.url)}`, import.meta.url), { name: 'docs-gate' })

/** An encoder with one worker thread, which is started on demand and ended when it is idle. */
export function createEncoder({
  start = startWorker,
  idleMilliseconds = 10_000,
  maxWaitingBytes = MAX_WAITING_BYTES,
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

  // The current job keeps the process alive even if only a queued one is awaited.
  function holdProcess(working: Worker): void {
    if (current?.isAwaited || queue.some(({ isAwaited }) => isAwaited)) working.ref()
    else working.unref()
  }

  function expedite(job: Waiting): void {
    job.isAwaited = true
    if (worker) holdProcess(worker)
  }

  function hasRoomFor({ byteLength }: Uint8Array): boolean {
    if (queue.length === 0) return true
    return queue.reduce((sum, { bytes }) => sum + bytes.byteLength, byteLength) <= maxWaitingBytes
  }

  function run(job: Waiting): void {
    current = job
    try {
      worker ??= employ()
      holdProcess(worker)
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

  function enqueue(encoding: Encoding, bytes: Uint8Array): Pending {
    let job!: Waiting
    const encoded = new Promise<Encoded>((resolve, reject) => {
      job = { encoding, bytes, isAwaited: false, resolve, reject }
      queue.push(job)
      if (!current) next()
    })
    return { encoded, expedite: () => expedite(job) }
  }

  return {
    encode(encoding, bytes) {
      if (bytes.byteLength <= SMALL_BYTES) return encodedHere(encoding, bytes)
      if (hasRoomFor(bytes)) return enqueue(encoding, bytes)
      return { encoded: Promise.reject(new EncoderFullError()), expedite() {} }
    },
  }
}

/** The encoder of this process. */
export const encoder: Encoder = createEncoder()
