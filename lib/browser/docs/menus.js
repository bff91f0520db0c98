// The menus of the bar. The theme menu also stores and applies the choice.

import { THEME_EVENT } from './event-names.js'
import { THEME_KEY } from './storage-keys.js'

/** @param {Element} bar */
const openMenus = (bar) =>
  /** @type {NodeListOf<HTMLDetailsElement>} */ (bar.querySelectorAll('details[open]'))

/**
 * Closes a menu when the user clicks or moves the focus outside. Escape closes all menus and the tooltip with the scopes.
 *
 * @param {HTMLElement} bar
 */
export function closeMenusAutomatically(bar) {
  const user = /** @type {HTMLElement} */ (bar.querySelector('.docs-gate-user'))

  /** @param {Event} event */
  const closeOthers = ({ target }) => {
    for (const menu of openMenus(bar)) if (!menu.contains(/** @type {Node} */ (target))) menu.open = false
  }
  addEventListener('click', closeOthers)
  addEventListener('focusin', closeOthers)

  addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return
    for (const menu of openMenus(bar)) {
      const hadFocus = menu.contains(document.activeElement)
      menu.open = false
      if (hadFocus) menu.querySelector('summary')?.focus()
    }
    user.classList.add('docs-gate-hushed')
  })
  for (const name of ['pointerenter', 'focusin'])
    user.addEventListener(name, () => user.classList.remove('docs-gate-hushed'))
}

// The browser may deny access to storage. The choice then lasts until the page is left.
const storedTheme = () => {
  try {
    return localStorage.getItem(THEME_KEY)
  } catch {
    return null
  }
}

/** @param {string} theme empty for the system's */
function storeTheme(theme) {
  try {
    if (theme === '') localStorage.removeItem(THEME_KEY)
    else localStorage.setItem(THEME_KEY, theme)
  } catch {}
}

/** @param {HTMLElement} bar */
export function connectThemeMenu(bar) {
  const choices = /** @type {NodeListOf<HTMLInputElement>} */ (
    bar.querySelectorAll('[name="docs-gate-theme"]')
  )

  const showStored = () => {
    const theme = storedTheme() ?? ''
    for (const choice of choices) choice.checked = choice.value === theme
  }
  for (const choice of choices) {
    choice.addEventListener('change', () => {
      storeTheme(choice.value)
      dispatchEvent(new CustomEvent(THEME_EVENT, { detail: choice.value }))
    })
  }
  addEventListener('storage', showStored)
  showStored()
}
