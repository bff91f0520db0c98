// A page that the browser restores from its back/forward cache stays hidden until the server has confirmed its session.
// `no-store` does not keep every browser from caching it: on plain http, WebKit restores the page even after a logout.

import { START_EVENT } from './event-names.js'

const RETRY_MILLISECONDS = 2000

/**
 * Hides the page when it is left, so that it does not flash up when it is restored. A valid session shows it again; while
 * the server cannot be asked, a notice is shown instead.
 *
 * @param {Element} veil contains the notice
 * @param {readonly HTMLElement[]} parts everything else on the page
 * @param {() => Promise<import('./session.js').SessionStatus>} ask asks the server
 * @param {() => void} leave called when the session has ended
 */
export function hideUntilConfirmed(veil, parts, ask, leave) {
  const notice = /** @type {HTMLElement} */ (veil.querySelector('div'))
  const retryButton = /** @type {HTMLButtonElement} */ (veil.querySelector('button'))
  let isHidden = false
  let scrolledTo = 0
  // Counts how often the page was hidden. A response that was requested before the last time is outdated.
  let hidings = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  function hide() {
    hidings++
    clearTimeout(timer)
    if (isHidden) return
    isHidden = true
    scrolledTo = scrollY
    // Inline and important, so that no style sheet (`pages.css`, for one) can show them.
    for (const part of parts) part.style.setProperty('display', 'none', 'important')
  }

  function show() {
    isHidden = false
    notice.hidden = true
    for (const part of parts) part.style.removeProperty('display')
    scrollTo(scrollX, scrolledTo)
  }

  async function check() {
    const before = hidings
    const status = await ask()
    if (before !== hidings || !isHidden) return
    if (status === 'valid') show()
    else if (status === 'ended') leave()
    else if (status === 'unavailable') retryLater()
  }

  function retryLater() {
    notice.hidden = false
    clearTimeout(timer)
    timer = setTimeout(check, RETRY_MILLISECONDS)
  }

  dispatchEvent(new Event(START_EVENT))
  addEventListener('pagehide', hide)
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    hide()
    void check()
  })
  retryButton.addEventListener('click', check)
  addEventListener('online', () => {
    if (isHidden) void check()
  })
}
