import { parentPort } from 'node:worker_threads'
import { type Encoded, type Encoding, encode } from './encode.ts'

/** The message to a worker for one job. */
export interface Job {
  readonly encoding: Encoding
  readonly bytes: Uint8Array
}

/** The message that ends a worker. */
export type End = 'end'

/** The worker's reply to a job. */
export type JobResult = Encoded | { readonly error: unknown }

function resultOf({ encoding, bytes }: Job): JobResult {
  try {
    const { body, etag } = encode(encoding, bytes)
    // A copy with its own memory, which can be transferred to the main thread.
    return { body: new Uint8Array(body), etag }
  } catch (error) {
    return { error }
  }
}

parentPort?.on('message', (job: Job | End) => {
  if (job === 'end') return void parentPort?.close()
  const result = resultOf(job)
  parentPort?.postMessage(result, 'body' in result ? [result.body.buffer as ArrayBuffer] : [])
})
