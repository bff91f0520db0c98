// The inline script of a docs page: what has to happen before docs.js runs. It applies the theme that the user has chosen,
// or the system's, before the first paint. Swagger UI is dark if the root has the class `dark-mode`; printed pages are light.

import { START_EVENT, THEME_EVENT } from './docs/event-names.js'
import { THEME_KEY } from './docs/storage-keys.js'

const root = document.documentElement
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** @param {unknown} value */
const themeOf = (value) => (value === 'light' || value === 'dark' ? value : undefined)

// The browser may deny access to storage.
const stored = () => {
  try {
    return localStorage.getItem(THEME_KEY)
  } catch {
    return null
  }
}

let chosen = themeOf(stored())
let isPrinting = false

const apply = () => {
  if (chosen === undefined) delete root.dataset['theme']
  else root.dataset['theme'] = chosen
  const isDark = chosen === undefined ? prefersDark.matches : chosen === 'dark'
  root.classList.toggle('dark-mode', isDark && !isPrinting)
}

/** @param {unknown} value */
const choose = (value) => {
  chosen = themeOf(value)
  apply()
}

addEventListener(THEME_EVENT, (event) => choose(/** @type {CustomEvent} */ (event).detail))
// Another tab has stored a theme, or has cleared the storage (the key is null).
addEventListener('storage', ({ key, newValue }) => {
  if (key === THEME_KEY || key === null) choose(newValue)
})
prefersDark.addEventListener('change', apply)
for (const name of ['beforeprint', 'afterprint']) {
  addEventListener(name, () => {
    isPrinting = name === 'beforeprint'
    apply()
  })
}
apply()

// If the page is left before docs.js runs, reload it when it is restored. Once docs.js runs, it checks the session instead.
const untilStart = new AbortController()
const { signal } = untilStart
addEventListener('pagehide', () => root.style.setProperty('display', 'none', 'important'), { signal })
addEventListener(
  'pageshow',
  ({ persisted }) => {
    if (persisted) location.reload()
  },
  { signal },
)
addEventListener(START_EVENT, () => untilStart.abort(), { once: true })
