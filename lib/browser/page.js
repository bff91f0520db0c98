// The script of the small pages. They work without it, and it takes all its texts from their HTML.

import { forgetSession } from './docs/forget-session.js'
import { THEME_KEY } from './docs/storage-keys.js'

/** @param {string} id */
const byId = (id) => document.getElementById(id)

// Applies the theme that the user has chosen on a docs page. This runs before the first paint.
const applyTheme = () => {
  try {
    const theme = localStorage.getItem(THEME_KEY)
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme
  } catch {
    // The browser may deny access to storage.
  }
}

/**
 * Writes into an existing live region, so that screen readers announce it.
 * @param {HTMLElement | null} element
 * @param {boolean} isShown
 */
const announce = (element, isShown) => {
  const text = (isShown && element?.dataset['text']) || ''
  if (element && element.textContent !== text) element.textContent = text
}

// With a fragment in the URL, browsers ignore `autofocus`.
const focusField = () => {
  const field = location.hash === '' ? null : document.querySelector('[autofocus]')
  if (field instanceof HTMLElement) field.focus()
}

/**
 * @param {HTMLInputElement} password
 * @param {HTMLElement} button
 */
const offerToShow = (password, button) => {
  /** @param {boolean} isShown */
  const show = (isShown) => {
    password.type = isShown ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(isShown))
  }
  button.hidden = false
  button.addEventListener('click', () => show(password.type === 'password'))
  // Password managers and the browser's form history recognise a password field only by its type.
  password.form?.addEventListener('submit', () => show(false))
}

/**
 * @param {HTMLInputElement} password
 * @param {HTMLElement | null} hint
 */
const hintAtCapsLock = (password, hint) => {
  /** @param {Event} event */
  const check = (event) => {
    // Autofill dispatches `keydown` events that are not KeyboardEvents.
    if (event instanceof KeyboardEvent || event instanceof MouseEvent)
      announce(hint, event.getModifierState('CapsLock'))
  }
  for (const type of ['keydown', 'keyup', 'mousedown']) password.addEventListener(type, check)
  password.addEventListener('blur', () => announce(hint, false))
}

/** @param {number} seconds */
const inWords = (seconds) => {
  /** @type {[number, string][]} */
  const parts = [
    [Math.floor(seconds / 60), 'minute'],
    [seconds % 60, 'second'],
  ]
  return parts
    .filter(([value, unit]) => value > 0 || (unit === 'second' && seconds < 60))
    .map(([value, unit]) =>
      new Intl.NumberFormat(document.documentElement.lang, {
        style: 'unit',
        unit,
        unitDisplay: 'long',
      }).format(value),
    )
    .join(' ')
}

/**
 * @param {HTMLElement} problem
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
const countDown = (problem, form, button) => {
  // Measured by the clock, because timers stop while a computer sleeps.
  const end = Date.now() + Number(problem.dataset['seconds']) * 1000
  const time = byId('time')
  const tick = () => {
    const seconds = Math.ceil((end - Date.now()) / 1000)
    button.disabled = seconds > 0
    if (seconds > 0) {
      if (time) time.textContent = inWords(seconds)
      return
    }
    clearInterval(timer)
    problem.hidden = true
    for (const field of form.querySelectorAll('[aria-describedby]')) field.removeAttribute('aria-describedby')
    announce(byId('wait-over'), true)
  }
  const timer = setInterval(tick, 1000)
  tick()
}

/** @param {HTMLFormElement} form */
const sendOnce = (form) => {
  const button = form.querySelector('[type="submit"]')
  let isSent = false
  /** @param {boolean} value */
  const set = (value) => {
    isSent = value
    button?.setAttribute('aria-disabled', String(value))
  }
  form.addEventListener('submit', (event) => {
    if (isSent) return event.preventDefault()
    set(true)
    // Loading was stopped, or no response arrived: allow sending again.
    setTimeout(set, 10_000, false)
  })
  // Restored from the back/forward cache.
  addEventListener('pageshow', () => set(false))
}

// The page names a user and their missing scopes. If the browser restores it from its cache, perhaps after a logout, it is
// reloaded, so that nobody sees outdated content.
const reloadWhenRestored = () => {
  addEventListener('pagehide', () => document.body.style.setProperty('display', 'none', 'important'))
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
}

// Following the link would lose the fragment of the URL. A reload keeps it.
/** @param {Event} event */
const reload = (event) => {
  event.preventDefault()
  location.reload()
}

// Keeps the fragment of the URL, which the page's `refresh` would lose.
const continueNow = () => {
  const link = byId('continue')
  if (link instanceof HTMLAnchorElement) location.replace(link.href + location.hash)
}

const start = () => {
  continueNow()
  if (byId('logged-out')) forgetSession()
  if (byId('denied')) reloadWhenRestored()
  byId('reload')?.addEventListener('click', reload)
  const [problem, button, password] = [byId('problem'), byId('show-password'), byId('password')]
  for (const form of document.forms) sendOnce(form)
  if (!(password instanceof HTMLInputElement)) return
  focusField()
  hintAtCapsLock(password, byId('caps-lock'))
  if (button) offerToShow(password, button)
  const submit = document.querySelector('[type="submit"]')
  if (problem?.dataset['seconds'] && password.form && submit instanceof HTMLButtonElement)
    countDown(problem, password.form, submit)
}

applyTheme()
document.addEventListener('DOMContentLoaded', start)
