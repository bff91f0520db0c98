import { parentPort } from 'node:worker_threads'
import { type Encoded, type Encoding, encode } from './encode.ts'

/** What a worker is asked. */
export interface Job {
  readonly encoding: Encoding
  readonly bytes: Uint8Array
}

/** Tells it that there is nothing more to do. */
export type End = 'end'

/** What it answers. */
export type JobResult = Encoded | { readonly error: unknown }

function resultOf({ encoding, bytes }: Job): JobResult {
  try {
    const { body, etag } = encode(encoding, bytes)
    // In memory of its own, which can change hands.
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
