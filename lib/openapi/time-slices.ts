import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that yields wherever it can be left for a while. */
export type Steps<T> = Generator<void, T, void>

/** After how many milliseconds others get their turn: well under what a request notices. */
const TURN_MILLISECONDS = 10

/** Does work in turns of the event loop, so that it holds up nobody. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  await nextTurn()
  let begun = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - begun < TURN_MILLISECONDS) continue
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
