import { setTimeout as wait } from 'node:timers/promises'

/** Polls until the condition is true. For events in other processes, where the test's fake clock has no effect. */
export async function until(isSo: () => unknown, milliseconds = 60_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${isSo}`)
    await wait(10)
  }
}
