import { setTimeout as wait } from 'node:timers/promises'

/** Asks until it is true: for what another process does, which no clock of ours moves. */
export async function until(isSo: () => unknown, milliseconds = 60_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${isSo}`)
    await wait(10)
  }
}
