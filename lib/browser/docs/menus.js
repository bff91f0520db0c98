// The bar's menus and its theme.

import { THEME_KEY } from './storage-keys.js'

/** @param {Element} bar */
const openMenus = (bar) =>
  /** @type {NodeListOf<HTMLDetailsElement>} */ (bar.querySelectorAll('details[open]'))

/**
 * Menus close when one looks elsewhere: a click or the focus outside, or Escape, which hides the scopes too.
 *
 * @param {HTMLElement} bar
 */
export function closeMenusByThemselves(bar) {
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

// Storage may be forbidden: then a choice lasts as long as the page.
const storedTheme = () => {
  try {
    return localStorage.getItem(THEME_KEY)
  } catch {
    return null
  }
}

/** @param {string} theme empty: the system's */
function storeTheme(theme) {
  try {
    if (theme === '') localStorage.removeItem(THEME_KEY)
    else localStorage.setItem(THEME_KEY, theme)
  } catch {}
}

/** @param {HTMLElement} bar */
export function offerThemes(bar) {
  const choices = /** @type {NodeListOf<HTMLInputElement>} */ (
    bar.querySelectorAll('[name="docs-gate-theme"]')
  )

  const show = () => {
    const theme = storedTheme() ?? ''
    for (const choice of choices) choice.checked = choice.value === theme
  }
  for (const choice of choices) {
    choice.addEventListener('change', () => {
      storeTheme(choice.value)
      dispatchEvent(new CustomEvent('docs-gate:theme', { detail: choice.value }))
    })
  }
  addEventListener('storage', show)
  show()
}
