// The events by which the scripts of a docs page reach each other. They are dispatched on the window.

/** The user has chosen a theme. `detail`: `light`, `dark`, or empty for the system's. */
export const THEME_EVENT = 'docs-gate:theme-chosen'

/** docs.js runs, and checks the session of a restored page from now on. */
export const START_EVENT = 'docs-gate:start'
