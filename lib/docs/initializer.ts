import { scriptSource } from './ui-config.ts'

/**
 * The script that starts Swagger UI. Every URL in it is relative to the script's own, so that a prefix, a path-stripping
 * proxy or a query string changes nothing.
 *
 * @param startReference the module that starts the page, relative to this script
 * @param specReference the document, relative to the page's directory
 */
export function initializer(
  startReference: string,
  specReference: string,
  uiConfig: Readonly<Record<string, unknown>>,
  option: string,
): string {
  return `import { start } from ${JSON.stringify(startReference)};
const root = new URL('../', import.meta.url);
const config = ${scriptSource(`${option}.uiConfig`, uiConfig)};
window.ui = start(SwaggerUIBundle, {
  deepLinking: true,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  syntaxHighlight: { activated: true, theme: 'tomorrow-night' },
  oauth2RedirectUrl: new URL('static/oauth2-redirect.html', root).href,
  ...config,
  dom_id: '#swagger-ui',
  url: new URL(${JSON.stringify(specReference)}, root).href,
});
`
}
