// The notice below the bar that the session has ended.

/** @param {Element} bar */
export function sessionEndedNotice(bar) {
  const content = /** @type {HTMLElement} */ (bar.querySelector('.docs-gate-notice > div'))
  const draftText = /** @type {HTMLElement} */ (content.querySelector('span'))
  const link = /** @type {HTMLAnchorElement} */ (content.querySelector('a'))
  const login = link.href

  link.addEventListener('click', () => {
    // Redirects keep the fragment, so the user comes back to the same operation.
    link.href = login + location.hash
  })
  return {
    login,
    /**
     * @param {boolean} hasEnded
     * @param {boolean} hasDraft whether there is input that will be saved
     */
    update(hasEnded, hasDraft) {
      draftText.hidden = !hasDraft
      content.hidden = !hasEnded
    },
  }
}
