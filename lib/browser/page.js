// What the pages do besides their HTML. Without it all of them work; every text comes from there.

import { forgetSession } from './docs/forget-session.js'
import { THEME_KEY } from './docs/storage-keys.js'

/** @param {string} id */
const byId = (id) => document.getElementById(id)

// Before the first paint: the theme that somebody has chosen in the docs.
const applyTheme = () => {
  try {
    const theme = localStorage.getItem(THEME_KEY)
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme
  } catch {
    // A browser may keep its storage from a site.
  }
}

/**
 * Into an element that is there, empty, from the start: screen readers read out what comes into such a one.
 * @param {HTMLElement | null} element
 * @param {boolean} isSo
 */
const say = (element, isSo) => {
  const text = (isSo && element?.dataset['text']) || ''
  if (element && element.textContent !== text) element.textContent = text
}

// Browsers focus no field by themselves where the URL has a fragment.
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
  // Password managers, and the browser's own memory of what was typed, look at the type.
  password.form?.addEventListener('submit', () => show(false))
}

/**
 * @param {HTMLInputElement} password
 * @param {HTMLElement | null} hint
 */
const hintAtCapsLock = (password, hint) => {
  /** @param {Event} event */
  const look = (event) => {
    // Autofill sends key events that are none.
    if (event instanceof KeyboardEvent || event instanceof MouseEvent)
      say(hint, event.getModifierState('CapsLock'))
  }
  for (const type of ['keydown', 'keyup', 'mousedown']) password.addEventListener(type, look)
  password.addEventListener('blur', () => say(hint, false))
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
  // By the clock: timers stop while a computer sleeps.
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
    say(byId('wait-over'), true)
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
    // Stopped, or lost on the way.
    setTimeout(set, 10_000, false)
  })
  // Back on this page.
  addEventListener('pageshow', () => set(false))
}

// It names a user and their scopes: who comes back to it, after a logout above all, gets what the server says now.
const loadAnewOnReturn = () => {
  addEventListener('pagehide', () => document.body.style.setProperty('display', 'none', 'important'))
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
}

// The same page once more: by its link, it would lose the fragment.
/** @param {Event} event */
const reload = (event) => {
  event.preventDefault()
  location.reload()
}

// With the fragment, which a refresh would lose.
const goOn = () => {
  const link = byId('continue')
  if (link instanceof HTMLAnchorElement) location.replace(link.href + location.hash)
}

const start = () => {
  goOn()
  if (byId('logged-out')) forgetSession()
  if (byId('denied')) loadAnewOnReturn()
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
