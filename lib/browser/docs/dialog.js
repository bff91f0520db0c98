// The keyboard and Swagger UI's dialog: the focus goes in when it opens, stays, and is back where it was when it closes.

/** @param {Element} dialog */
const stopsIn = (dialog) =>
  /** @type {HTMLElement[]} */ ([
    ...dialog.querySelectorAll(
      ':is(a[href], [role="button"], button, input, select, textarea):not(:disabled)',
    ),
  ])

/**
 * What has the focus goes round in the dialog.
 *
 * @param {KeyboardEvent} event
 * @param {Element} dialog
 */
function goRound(event, dialog) {
  const stops = stopsIn(dialog)
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
  const focused = document.activeElement
  if (dialog.contains(focused) && focused !== from) return
  event.preventDefault()
  to?.focus()
}

/** @param {Element} root */
export function guideFocus(root) {
  const find = () => root.querySelector('.modal-ux')
  /** @type {HTMLElement | undefined} */
  let opener
  let isOpen = false

  function follow() {
    const dialog = find()
    if (isOpen === (dialog !== null)) return
    isOpen = !isOpen
    if (dialog === null) opener?.focus()
    // A field of it may have taken the focus by itself.
    else if (!dialog.contains(document.activeElement)) stopsIn(dialog)[0]?.focus()
  }
  new MutationObserver(follow).observe(root, { childList: true, subtree: true })

  addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && !find()?.contains(target)) opener = target
  })
  addEventListener('keydown', (event) => {
    const dialog = find()
    if (dialog === null) return
    if (event.key === 'Tab') goRound(event, dialog)
    // Links that lead nowhere: `mend.js` makes buttons of them.
    const { target, key } = event
    if (target instanceof HTMLElement && target.matches('a[role="button"]') && ['Enter', ' '].includes(key)) {
      event.preventDefault()
      target.click()
    }
    const close = /** @type {HTMLElement | null} */ (dialog.querySelector('.close-modal'))
    if (event.key === 'Escape') close?.click()
  })
}
