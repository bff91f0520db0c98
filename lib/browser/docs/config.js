// The configuration that Swagger UI is started with.

// The docs page's folder. This module is served two folders below it. A relative URL is right behind any prefix or proxy.
const PAGE_FOLDER = new URL('../../', import.meta.url)

/**
 * Our defaults, overridden by the host's configuration, overridden by what the page needs.
 *
 * @param {string} spec the URL of the document, relative to the page's folder
 * @param {Record<string, unknown>} uiConfig the host's
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
    oauth2RedirectUrl: new URL('static/oauth2-redirect.html', PAGE_FOLDER).href,
    ...uiConfig,
    dom_id: '#swagger-ui',
    url: new URL(spec, PAGE_FOLDER).href,
  }
}
