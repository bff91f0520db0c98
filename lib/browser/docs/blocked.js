// Shows in the bar what the page's security policy has blocked, and which option allows it.

// Keeps the notice short.
const MAX_HOSTS = 5

/**
 * @param {string} url
 * @returns {string | undefined}
 */
const httpOrigin = (url) => (/^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url).origin : undefined)

/**
 * Browser extensions send requests that the document has nothing to do with.
 *
 * @param {SecurityPolicyViolationEvent} violation
 */
const isFromExtension = ({ sourceFile }) => /^[\w-]+-extension:/.test(sourceFile ?? '')

/**
 * @param {Element} root
 * @param {string} origin
 */
const showsImageFrom = (root, origin) =>
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
    if (violation.effectiveDirective !== directive || origin === undefined || isFromExtension(violation))
      return
    if (directive === 'img-src' && !showsImageFrom(root, origin)) return
    // The browser loads an image again at each rendering, so its notice must not come back once it has been dismissed.
    // Requests are sent by the user, who has to see each time why they fail.
    if (directive === 'img-src' && origins.has(origin)) return
    origins.add(origin)
    content.textContent = text.replace('{hosts}', () => [...origins].slice(0, MAX_HOSTS).join(', '))
    notice.hidden = false
  })
}

/**
 * @param {Element} bar contains a notice for each directive
 * @param {Element} root where the document is shown
 */
export function announceBlocked(bar, root) {
  for (const notice of bar.querySelectorAll('[data-directive]'))
    watch(/** @type {HTMLElement} */ (notice), root)
}
