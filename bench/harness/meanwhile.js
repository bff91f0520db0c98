import { setTimeout as sleep } from 'node:timers/promises'

const HEAD_START_MILLISECONDS = 500

/**
 * Paces a target while something else goes on, which begins a little earlier.
 *
 * @param {object} context
 * @param {import('./answers.js').Target} target
 * @param {{ seconds: number, perSecond: number }} pace
 * @param {() => Promise<unknown>} busy begins it; resolves when it is over
 * @returns {Promise<{ paced: import('./clients.js').Latencies, busy: any }>}
 */
export async function paceMeanwhile(context, target, pace, busy) {
  const going = busy()
  // Where it fails meanwhile, that is told below.
  going.catch(() => {})
  await sleep(context.options.smoke ? 0 : HEAD_START_MILLISECONDS)
  const paced = await context.pace(target, pace)
  return { paced, busy: await going }
}
