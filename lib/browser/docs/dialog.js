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
  if (dialog.contains(focused) && focused !== dialog && focused !== from) return
  event.preventDefault()
  to?.focus()
}

/**
 * From its beginning: a field of Swagger UI's takes the focus by itself, wherever it stands, and scrolls there.
 *
 * @param {HTMLElement} dialog
 */
function begin(dialog) {
  dialog.tabIndex = -1
  const note = dialog.querySelector('#docs-gate-note')
  if (note) dialog.setAttribute('aria-describedby', note.id)
  dialog.focus({ preventScroll: true })
  dialog.querySelector('.modal-ux-content')?.scrollTo(0, 0)
}

/** @param {Element} root */
export function guideFocus(root) {
  const find = () => /** @type {HTMLElement | null} */ (root.querySelector('.modal-ux'))
  /** @type {HTMLElement | undefined} */
  let opener
  let isOpen = false

  function follow() {
    const dialog = find()
    if (isOpen === (dialog !== null)) return
    isOpen = !isOpen
    if (dialog === null) opener?.focus()
    else begin(dialog)
  }
  new MutationObserver(follow).observe(root, { childList: true, subtree: true })

  addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && !find()?.contains(target)) opener = target
  })
  addEventListener('keydown', (event) => {
    const dialog = find()
    if (dialog === null) return
    if (event.key === 'Tab') goRound(event, dialog)
    // Links that lead nowhere: `accessibility.js` makes buttons of them.
    const { target, key } = event
    if (target instanceof HTMLElement && target.matches('a[role="button"]') && ['Enter', ' '].includes(key)) {
      event.preventDefault()
      target.click()
    }
    const close = /** @type {HTMLElement | null} */ (dialog.querySelector('.close-modal'))
    if (event.key === 'Escape') close?.click()
  })
}
