// What Swagger UI is started with.

// Of the page, which this module lies two folders below: whatever stands before it, a prefix or a proxy, changes nothing.
const ROOT = new URL('../../', import.meta.url)

/**
 * The host's configuration over our defaults, and what the page needs over that.
 *
 * @param {string} spec the document, relative to the page's directory
 * @param {Record<string, unknown>} uiConfig
 * @param {unknown} presets
 * @returns {Record<string, any>}
 */
export function configOf(spec, uiConfig, presets) {
  return {
    deepLinking: true,
    layout: 'BaseLayout',
    presets,
    validatorUrl: null,
    syntaxHighlight: { activated: true, theme: 'tomorrow-night' },
    oauth2RedirectUrl: new URL('static/oauth2-redirect.html', ROOT).href,
    ...uiConfig,
    dom_id: '#swagger-ui',
    url: new URL(spec, ROOT).href,
  }
}
