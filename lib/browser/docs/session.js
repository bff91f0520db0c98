// Whether the session that the page was loaded with still stands.

/** @typedef {'good' | 'over' | 'other' | 'unknown'} Standing `other`: somebody else has signed in meanwhile. */

// What a timer can hold, and the second by which a browser's clock may be faster than the server's.
const MAX_MILLISECONDS = 2 ** 31 - 1
const MARGIN_SECONDS = 1
// A network that swallows the question answers nothing by itself.
const PATIENCE_MILLISECONDS = 10_000

/**
 * Watches a session without keeping it alive. The server is asked when the session should have expired, when somebody
 * comes back to the tab or the network does, and when a caller has reason to; asking renews nothing.
 *
 * @param {{ url: string, user: string, expiresIn: number }} session `expiresIn` in seconds: the clocks of browser and server need not agree
 * @param {(standing: Standing) => void} react
 */
export function watchSession({ url, user, expiresIn }, react) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  /** @type {Promise<Standing> | undefined} */
  let asking

  /** @param {number} seconds */
  function wait(seconds) {
    clearTimeout(timer)
    timer = setTimeout(ask, Math.min((seconds + MARGIN_SECONDS) * 1000, MAX_MILLISECONDS))
  }

  /** @returns {Promise<Standing>} */
  async function look() {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    })
    if (response.status === 401) return 'over'
    if (!response.ok) return 'unknown'
    const standing = await response.json()
    if (standing.user !== user) return 'other'
    wait(standing.expiresIn)
    return 'good'
  }

  async function lookAndReact() {
    const standing = await look().catch(() => /** @type {const} */ ('unknown'))
    asking = undefined
    react(standing)
    return standing
  }

  /** Asks the server; those who ask meanwhile get the same answer. */
  function ask() {
    asking ??= lookAndReact()
    return asking
  }

  /** Asks though an answer is under way, which may be of before. */
  function askAnew() {
    asking = lookAndReact()
    return asking
  }

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') ask()
  })
  addEventListener('online', ask)
  wait(expiresIn)
  return { ask, askAnew }
}
