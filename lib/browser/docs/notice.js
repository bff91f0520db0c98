// The notice below the bar: the session has ended.

/** @param {Element} bar */
export function endNotice(bar) {
  const content = /** @type {HTMLElement} */ (bar.querySelector('.docs-gate-notice > div'))
  const kept = /** @type {HTMLElement} */ (content.querySelector('span'))
  const link = /** @type {HTMLAnchorElement} */ (content.querySelector('a'))
  const login = link.href

  link.addEventListener('click', () => {
    // Redirects hand the fragment on, so that one comes back to the same operation.
    link.href = login + location.hash
  })
  return {
    login,
    /**
     * @param {boolean} isOver
     * @param {boolean} hasDraft whether there is something to keep
     */
    show(isOver, hasDraft) {
      kept.hidden = !hasDraft
      content.hidden = !isOver
    },
  }
}
