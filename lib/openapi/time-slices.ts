import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that yields wherever it may be interrupted. */
export type Steps<T> = Generator<void, T, void>

/** After so long, other work of the process comes first: well below what a request notices. */
const SLICE_MILLISECONDS = 10

/** Does work in short slices of time, so that the event loop is never blocked for long. */
export async function runInSlices<T>(steps: Steps<T>): Promise<T> {
  await nextTurn()
  let begun = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - begun < SLICE_MILLISECONDS) continue
    await nextTurn()
    begun = performance.now()
  }
}

/** All values, one in a step. */
export function* collect<T>(values: Iterable<T>): Steps<T[]> {
  const collected: T[] = []
  for (const value of values) {
    collected.push(value)
    yield
  }
  return collected
}
