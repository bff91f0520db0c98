// Accessible names, roles and heading levels that Swagger UI's elements lack. The names are texts that the page shows.

/** @param {Element | null | undefined} element */
const textOf = (element) => element?.textContent?.trim() ?? ''

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
function set(element, name, value) {
  if (value !== '' && element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/** @param {(element: Element) => string} nameOf */
const label = (nameOf) => (/** @type {Element} */ element) => set(element, 'aria-label', nameOf(element))

/** @param {(element: Element) => string} nameOf */
const region = (nameOf) => (/** @type {Element} */ element) => {
  set(element, 'role', 'region')
  label(nameOf)(element)
}

/** @param {string} selector */
const textInside = (selector) => (/** @type {Element} */ element) => textOf(element.querySelector(selector))

/** @param {string} attribute */
const removing = (attribute) => (/** @type {Element} */ element) => element.removeAttribute(attribute)

/** @param {Element} element */
const headingBefore = (element) =>
  textOf(element.closest('.opblock-section')?.querySelector('h4:not(.tab-item h4)'))

// The table row of a field has the field's name in an attribute. A checkbox has a label of its own.
/** @param {string} attribute */
const nameFromRow = (attribute) => (/** @type {Element} */ element) =>
  element.closest('label') ? '' : (element.closest(`[${attribute}]`)?.getAttribute(attribute) ?? '')

/** @type {[string, (element: Element) => void][]} */
const FIXES = [
  ['.information-container', region(textInside('.title'))],
  ['.scheme-container', region(textInside('.servers-title, .schemes-title, .authorize'))],
  ['.errors-wrapper', region(textInside('h4'))],
  ['section.models', label(textInside('h4'))],
  // The bar has the heading of level 1, the title of the document level 2. Headings in its description come below that.
  ['h1.title', (element) => set(element, 'aria-level', '2')],
  [
    '.info__description :is(h1, h2, h3, h4)',
    (element) => set(element, 'aria-level', String(Number(element.tagName[1]) + 2)),
  ],
  ['#servers', label(() => textOf(document.querySelector('.servers-title')))],
  ['.examples-select-element', label((element) => textOf(element.previousElementSibling))],
  ['textarea.body-param__text', label(headingBefore)],
  ['[data-param-name] :is(input, select, textarea)', label(nameFromRow('data-param-name'))],
  ['[data-property-name] :is(input, select, textarea)', label(nameFromRow('data-property-name'))],
  // Screen readers do not announce a table with the role `region` as a table.
  ['table[role="region"]', removing('role')],
  ['.modal-ux', (element) => set(element, 'role', 'dialog')],
  ['.modal-ux', (element) => set(element, 'aria-modal', 'true')],
  ['.modal-ux', label(textInside('h3'))],
  ['.modal-ux h3', (element) => set(element, 'aria-level', '2')],
  ['.modal-ux h4', (element) => set(element, 'aria-level', '3')],
  ['.modal-ux .scopes h2', (element) => set(element, 'aria-level', '4')],
  ['.modal-ux .scopes h2 a', (element) => set(element, 'role', 'button')],
  ['.modal-ux .scopes h2 a', (element) => set(element, 'tabindex', '0')],
  ['.close-modal', label(() => textOf(document.querySelector('.modal-ux .btn-done')))],
  ['.modal-ux button.auth[aria-label]', removing('aria-label')],
]

/**
 * Fixes the elements of Swagger UI whenever it has changed the page.
 *
 * @param {Element} root
 */
export function fixAccessibility(root) {
  let isScheduled = false

  function fix() {
    isScheduled = false
    for (const [selector, run] of FIXES) for (const element of root.querySelectorAll(selector)) run(element)
  }
  const observer = new MutationObserver(() => {
    if (isScheduled) return
    isScheduled = true
    requestAnimationFrame(fix)
  })
  observer.observe(root, { childList: true, subtree: true })
}
