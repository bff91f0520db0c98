// Whether the session that the page was loaded with is still valid.

/**
 * `other-user`: another user has signed in since. `unavailable`: the server did not answer, or could not check the session.
 *
 * @typedef {'valid' | 'ended' | 'other-user' | 'unavailable'} SessionStatus
 */

// The longest delay of a timer.
const MAX_MILLISECONDS = 2 ** 31 - 1
// A browser's clock may run a little faster than the server's.
const MARGIN_SECONDS = 1
// On some networks, a lost request never fails by itself.
const TIMEOUT_MILLISECONDS = 10_000

/**
 * Watches a session. It asks the server when the session should have expired, when the user comes back to the tab, when
 * the browser is online again, and whenever a caller wants to know. Asking does not renew the session.
 *
 * @param {{ url: string, user: string, expiresIn: number }} session `expiresIn` in seconds, because the clocks of browser and server may differ
 * @param {(status: SessionStatus) => void} onStatus
 */
export function watchSession({ url, user, expiresIn }, onStatus) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  /** @type {Promise<SessionStatus> | undefined} */
  let running

  /** @param {number} seconds */
  function askAfter(seconds) {
    clearTimeout(timer)
    timer = setTimeout(ask, Math.min((seconds + MARGIN_SECONDS) * 1000, MAX_MILLISECONDS))
  }

  /** @returns {Promise<SessionStatus>} */
  async function request() {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    if (response.status === 401) return 'ended'
    if (!response.ok) return 'unavailable'
    const session = await response.json()
    if (session.user !== user) return 'other-user'
    askAfter(session.expiresIn)
    return 'valid'
  }

  async function requestAndReport() {
    const status = await request().catch(() => /** @type {const} */ ('unavailable'))
    running = undefined
    onStatus(status)
    return status
  }

  /** Asks the server. Calls at the same time share one request. */
  function ask() {
    running ??= requestAndReport()
    return running
  }

  /** Asks with a request of its own. A running request may have an outdated response. */
  function askAnew() {
    running = requestAndReport()
    return running
  }

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') ask()
  })
  addEventListener('online', ask)
  askAfter(expiresIn)
  return { ask, askAnew }
}
