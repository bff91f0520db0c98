// Keyboard focus in Swagger UI's dialog: it moves in when the dialog opens, stays inside, and returns when it closes.

/** @param {Element} dialog */
const focusableIn = (dialog) =>
  /** @type {HTMLElement[]} */ ([
    ...dialog.querySelectorAll(
      ':is(a[href], [role="button"], button, input, select, textarea):not(:disabled)',
    ),
  ])

/**
 * Keeps the focus in the dialog: Tab on its last element leads to the first, and Shift+Tab the other way.
 *
 * @param {KeyboardEvent} event
 * @param {Element} dialog
 */
function trapFocus(event, dialog) {
  const elements = focusableIn(dialog)
  const [from, to] = event.shiftKey ? [elements[0], elements.at(-1)] : [elements.at(-1), elements[0]]
  const focused = document.activeElement
  if (dialog.contains(focused) && focused !== dialog && focused !== from) return
  event.preventDefault()
  to?.focus()
}

/**
 * Starts at the top of the dialog. Swagger UI focuses a field by itself, which may scroll past the beginning.
 *
 * @param {HTMLElement} dialog
 */
function focusDialog(dialog) {
  dialog.tabIndex = -1
  const note = dialog.querySelector('#docs-gate-note')
  if (note) dialog.setAttribute('aria-describedby', note.id)
  dialog.focus({ preventScroll: true })
  dialog.querySelector('.modal-ux-content')?.scrollTo(0, 0)
}

/** @param {Element} root */
export function manageFocus(root) {
  const find = () => /** @type {HTMLElement | null} */ (root.querySelector('.modal-ux'))
  /** @type {HTMLElement | undefined} */
  let opener
  let isOpen = false

  function onChange() {
    const dialog = find()
    if (isOpen === (dialog !== null)) return
    isOpen = !isOpen
    if (dialog === null) opener?.focus()
    else focusDialog(dialog)
  }
  new MutationObserver(onChange).observe(root, { childList: true, subtree: true })

  addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && !find()?.contains(target)) opener = target
  })
  addEventListener('keydown', (event) => {
    const dialog = find()
    if (dialog === null) return
    if (event.key === 'Tab') trapFocus(event, dialog)
    // Links without a target: accessibility.js gives them the role of a button, so Enter and Space must press them.
    const { target, key } = event
    if (target instanceof HTMLElement && target.matches('a[role="button"]') && ['Enter', ' '].includes(key)) {
      event.preventDefault()
      target.click()
    }
    const close = /** @type {HTMLElement | null} */ (dialog.querySelector('.close-modal'))
    if (event.key === 'Escape') close?.click()
  })
}
