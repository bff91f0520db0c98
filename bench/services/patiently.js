const TRIES = 20

/**
 * Tries again where the store did not answer in time: on a machine that is busy with other things that is no wrong answer.
 *
 * @template T
 * @param {() => T | Promise<T>} work that may be done twice
 * @returns {Promise<T>}
 */
export async function patiently(work, tries = TRIES) {
  try {
    return await work()
  } catch (error) {
    if (tries === 1) throw error
    return patiently(work, tries - 1)
  }
}
