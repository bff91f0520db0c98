import { html, type SafeHtml } from '../../pages/html.ts'

// In a square of 16, drawn with a line; beside a text that says the same.
const icon = (path: string): SafeHtml =>
  html`<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`

export const ICONS = {
  documents: icon('M5.5 2.5h6l2 2v7h-8zM5.5 5h-3v8.5h8v-2'),
  download: icon('M8 2v8m-3-3 3 3 3-3M2.5 13.5h11'),
  theme: icon('M8 2a6 6 0 1 0 0 12zm0 0a6 6 0 0 1 0 12m0-9.5h4.8M8 8h6m-6 3.5h4.8'),
  user: icon('M8 8.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.5-2.5 2.8-3.5 5.5-3.5s5 1 5.5 3.5'),
  logOut: icon('M6.5 2.5h-4v11h4M10.5 5l3 3-3 3m3-3h-7'),
  menu: icon('m5 6.5 3 3 3-3'),
} as const
