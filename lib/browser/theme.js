// What cannot wait for docs.js. The theme that somebody has chosen, or the system's: given before the first paint.
// Swagger UI has a dark look that waits for a class; on paper everything is light.

import { THEME_KEY } from './docs/storage-keys.js'

const root = document.documentElement
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** @param {unknown} value */
const themeOf = (value) => (value === 'light' || value === 'dark' ? value : undefined)

// Storage may be forbidden.
const stored = () => {
  try {
    return localStorage.getItem(THEME_KEY)
  } catch {
    return null
  }
}

let chosen = themeOf(stored())
let isOnPaper = false

const apply = () => {
  if (chosen === undefined) delete root.dataset['theme']
  else root.dataset['theme'] = chosen
  const isDark = chosen === undefined ? prefersDark.matches : chosen === 'dark'
  root.classList.toggle('dark-mode', isDark && !isOnPaper)
}

/** @param {unknown} value */
const choose = (value) => {
  chosen = themeOf(value)
  apply()
}

addEventListener('docs-gate:theme', (event) => choose(/** @type {CustomEvent} */ (event).detail))
// Another tab has chosen, or has cleared everything.
addEventListener('storage', ({ key, newValue }) => {
  if (key === THEME_KEY || key === null) choose(newValue)
})
prefersDark.addEventListener('change', apply)
for (const name of ['beforeprint', 'afterprint']) {
  addEventListener(name, () => {
    isOnPaper = name === 'beforeprint'
    apply()
  })
}
apply()

// Left before docs.js is there, which asks whether the session stands: who comes back gets the page anew.
const early = new AbortController()
const { signal } = early
addEventListener('pagehide', () => root.style.setProperty('display', 'none', 'important'), { signal })
addEventListener(
  'pageshow',
  ({ persisted }) => {
    if (persisted) location.reload()
  },
  { signal },
)
addEventListener('docs-gate:start', () => early.abort(), { once: true })
