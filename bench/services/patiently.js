const TRIES = 20

/**
 * Tries again if the store missed its deadline, which can happen on a busy machine and is not an error of the store.
 *
 * @template T
 * @param {() => T | Promise<T>} work can safely be done twice
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
