import { setTimeout as sleep } from 'node:timers/promises'

const HEAD_START_MILLISECONDS = 500

/**
 * Sends requests to a target at a steady rate while something else is running, which begins a little earlier.
 *
 * @param {object} context
 * @param {import('./responses.js').Target} target
 * @param {{ seconds: number, perSecond: number }} pace
 * @param {() => Promise<unknown>} busy starts it and resolves when it has ended
 * @returns {Promise<{ paced: import('./clients.js').Latencies, busy: any }>}
 */
export async function paceMeanwhile(context, target, pace, busy) {
  const running = busy()
  // Prevents an unhandled rejection until the promise is awaited below.
  running.catch(() => {})
  await sleep(context.options.smoke ? 0 : HEAD_START_MILLISECONDS)
  const paced = await context.pace(target, pace)
  return { paced, busy: await running }
}
