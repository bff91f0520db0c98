// What the page's security policy keeps from the reader: said in the bar, with the option that allows it.

// More are not read by anybody.
const MAX_HOSTS = 5

/**
 * @param {string} url
 * @returns {string | undefined}
 */
const httpOrigin = (url) => (/^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url).origin : undefined)

/**
 * What an extension of the browser asks for is not the document's.
 *
 * @param {SecurityPolicyViolationEvent} violation
 */
const isOfExtension = ({ sourceFile }) => /^[\w-]+-extension:/.test(sourceFile ?? '')

/**
 * @param {Element} root
 * @param {string} origin
 */
const showsPictureOf = (root, origin) =>
  [...root.querySelectorAll('img')].some(({ src }) => httpOrigin(src) === origin)

/**
 * @param {HTMLElement} notice
 * @param {Element} root
 */
function watch(notice, root) {
  const content = /** @type {HTMLElement} */ (notice.querySelector('p'))
  const { directive, text = '' } = notice.dataset
  /** @type {Set<string>} */
  const origins = new Set()

  notice.querySelector('button')?.addEventListener('click', () => {
    notice.hidden = true
  })
  document.addEventListener('securitypolicyviolation', (violation) => {
    const origin = httpOrigin(violation.blockedURI)
    if (violation.effectiveDirective !== directive || origin === undefined || isOfExtension(violation)) return
    if (directive === 'img-src' && !showsPictureOf(root, origin)) return
    // Closed, it stays closed: a picture is asked for whenever it is drawn anew, a request when somebody sends it.
    if (directive === 'img-src' && origins.has(origin)) return
    origins.add(origin)
    content.textContent = text.replace('{hosts}', () => [...origins].slice(0, MAX_HOSTS).join(', '))
    notice.hidden = false
  })
}

/**
 * @param {Element} bar
 * @param {Element} root where the document is shown
 */
export function tellOfBlocked(bar, root) {
  for (const notice of bar.querySelectorAll('[data-directive]'))
    watch(/** @type {HTMLElement} */ (notice), root)
}
