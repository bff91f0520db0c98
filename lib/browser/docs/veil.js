// A page that comes back from the browser's page cache shows nothing until its session is known to stand. `no-store` does
// not keep every browser from caching it: on plain http WebKit brings it back after a logout.

const RETRY_MILLISECONDS = 2000

/**
 * Hides the page when it is left, so that nothing of it flashes when it comes back. A session that stands shows it again;
 * where nobody can say, a notice stands in its place.
 *
 * @param {Element} veil the notice
 * @param {readonly HTMLElement[]} parts everything else on the page
 * @param {() => Promise<import('./session.js').Standing>} ask the server, now
 * @param {() => void} leave for the login: the session has ended
 */
export function hideUntilKnown(veil, parts, ask, leave) {
  const notice = /** @type {HTMLElement} */ (veil.querySelector('div'))
  const retry = /** @type {HTMLButtonElement} */ (veil.querySelector('button'))
  let isHidden = false
  let scrolledTo = 0
  // An answer from before the page was left, or left again, says nothing of now.
  let returns = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  function hide() {
    returns++
    clearTimeout(timer)
    if (isHidden) return
    isHidden = true
    scrolledTo = scrollY
    // Inline and important: no style sheet, a brand's included, shows it.
    for (const part of parts) part.style.setProperty('display', 'none', 'important')
  }

  function show() {
    isHidden = false
    notice.hidden = true
    for (const part of parts) part.style.removeProperty('display')
    scrollTo(scrollX, scrolledTo)
  }

  async function check() {
    const asked = returns
    const standing = await ask()
    if (asked !== returns || !isHidden) return
    if (standing === 'good') show()
    else if (standing === 'over') leave()
    else if (standing === 'unknown') wait()
  }

  function wait() {
    notice.hidden = false
    clearTimeout(timer)
    timer = setTimeout(check, RETRY_MILLISECONDS)
  }

  dispatchEvent(new Event('docs-gate:start'))
  addEventListener('pagehide', hide)
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    hide()
    void check()
  })
  retry.addEventListener('click', check)
  addEventListener('online', () => {
    if (isHidden) void check()
  })
}
