/** The colours of pages and bar, in light and dark. */
const COLOURS = `:root {
  color-scheme: light dark;
  --gate-background: #f5f6f8;
  --gate-surface: #fff;
  --gate-border: #d5d9e0;
  --gate-text: #1b1f27;
  --gate-muted: #5a6373;
  --gate-accent: #2952cc;
  --gate-on-accent: #fff;
  --gate-danger: #b3261e;
  --gate-danger-surface: #fdeceb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --gate-background: #14171c;
    --gate-surface: #1d2128;
    --gate-border: #3a4150;
    --gate-text: #eceef2;
    --gate-muted: #a3acbb;
    --gate-accent: #8fabff;
    --gate-on-accent: #10142a;
    --gate-danger: #ffb4ab;
    --gate-danger-surface: #3b1715;
  }
}
`

const FONT = `16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif`

/** The style of the sign-in page and its siblings. */
export const PAGE_STYLE = `${COLOURS}
* { box-sizing: border-box }
body {
  min-height: 100vh;
  min-height: 100svh;
  margin: 0;
  padding: 2rem 1rem;
  display: flex;
  flex-direction: column;
  align-items: center;
  background: var(--gate-background);
  color: var(--gate-text);
  font: ${FONT};
}
body::before, body::after { content: ''; flex: 1 }
body::after { flex: 1.6 }
header { color: var(--gate-muted); font-weight: 600; letter-spacing: .01em }
header p { margin: 0 0 1rem }
main {
  width: 100%;
  max-width: 24rem;
  padding: 1.75rem;
  background: var(--gate-surface);
  border: 1px solid var(--gate-border);
  border-radius: 12px;
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 1.25rem; font-size: 1.375rem; line-height: 1.25; text-wrap: balance }
p { margin: 0 0 1rem }
main > :last-child, form > :last-child { margin-bottom: 0 }
form + p { margin-top: 1.25rem; color: var(--gate-muted); font-size: .875rem }
ul { margin: 0 0 1rem; padding-left: 1.25rem }
li + li { margin-top: .5rem }
label { display: block; margin-bottom: .25rem; font-size: .875rem; font-weight: 600 }
input {
  width: 100%;
  min-height: 2.75rem;
  padding: .5rem .75rem;
  border: 1px solid var(--gate-muted);
  border-radius: 8px;
  background: var(--gate-surface);
  color: inherit;
  font: inherit;
}
input[aria-invalid] { border-color: var(--gate-danger) }
button {
  width: 100%;
  min-height: 2.75rem;
  margin-top: .5rem;
  padding: .5rem 1rem;
  border: 0;
  border-radius: 8px;
  background: var(--gate-accent);
  color: var(--gate-on-accent);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
a { color: var(--gate-accent) }
:is(a, input, button):focus-visible { outline: 3px solid var(--gate-accent); outline-offset: 2px }
[role='alert'] {
  padding: .625rem .75rem;
  border-radius: 8px;
  background: var(--gate-danger-surface);
  color: var(--gate-danger);
}
`

/** The style of the bar over Swagger UI. */
export const BAR_STYLE = `${COLOURS}
body { margin: 0 }
.docs-gate-bar {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: .25rem 1.25rem;
  padding: .5rem 1.25rem;
  background: var(--gate-surface);
  border-bottom: 1px solid var(--gate-border);
  color: var(--gate-text);
  font: ${FONT};
  font-size: .875rem;
}
.docs-gate-bar p { margin: 0; overflow-wrap: break-word }
.docs-gate-bar p:first-child { flex: 1 1 6rem; font-weight: 600 }
.docs-gate-bar p:nth-child(2) { color: var(--gate-muted) }
.docs-gate-bar button {
  padding: .375rem .75rem;
  border: 1px solid var(--gate-muted);
  border-radius: 6px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.docs-gate-bar button:focus-visible { outline: 3px solid var(--gate-accent); outline-offset: 1px }
noscript p { margin: 1.25rem; font: ${FONT} }
@media print { .docs-gate-bar { display: none } }
`

/** Swagger UI has a dark look that waits for a class: given before the first paint, and when the system changes. */
export const THEME_SCRIPT = `'use strict';
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', apply);
  apply();
})();
`
