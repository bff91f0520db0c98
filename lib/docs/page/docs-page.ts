import { html } from '../../pages/html.ts'
import { PAGE_HEADERS, type PageContext } from '../../pages/page.ts'
import { type DocsBar, docsBar, docsVeil } from './bar.ts'
import { type InlineScript, inlineData } from './inline-script.ts'

/** The files that a docs page loads, relative to its URL. */
export interface DocsReferences {
  readonly script: string
  readonly style: string
  readonly barStyle: string
  /** The host's style sheet, which comes last. */
  readonly brandStyle: string | undefined
  /** The module that starts the page. */
  readonly start: string
}

/** The data of a docs page: its bar, its inline content, and the files it loads. */
export interface DocsPage extends DocsBar, DocsReferences {
  readonly theme: InlineScript
  readonly icon: string
  /** JSON that `start` reads; undefined if it needs none. */
  readonly data: string | undefined
}

/** The other origins that a docs page may reach. */
export interface PageSources {
  readonly connect: readonly string[]
  readonly image: readonly string[]
}

/** The content security policy: the page's own files, its inline script, and the sources of document and options. */
function policy(
  { assets, formAction }: PageContext,
  theme: InlineScript,
  { connect, image }: PageSources,
): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${theme.source}`,
    "style-src 'self'",
    ["img-src 'self' data:", ...image].join(' '),
    // The host's style sheet may load fonts from this site or from `data:` URLs.
    ...(assets.css === undefined ? [] : ["font-src 'self' data:"]),
    ["connect-src 'self'", ...connect].join(' '),
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

export const docsPageHeaders = (context: PageContext, theme: InlineScript, sources: PageSources) => ({
  ...PAGE_HEADERS,
  'content-security-policy': policy(context, theme, sources),
})

/** The page that shows a document in Swagger UI, with a bar above it. */
export function docsPage({ texts }: PageContext, docs: DocsPage): string {
  const { brandStyle, data } = docs
  return html`<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${docs.title}</title>
<link rel="icon" href="${docs.icon}">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="${docs.style}">
<link rel="stylesheet" href="${docs.barStyle}">
${brandStyle !== undefined && html`<link rel="stylesheet" href="${brandStyle}">`}
${docs.theme.element}
</head>
<body>
${docsBar(texts, docs)}
${docsVeil(texts)}
<div id="swagger-ui"></div>
<noscript><p>${texts.noScript} <a href="${docs.json}">JSON</a>, <a href="${docs.yaml}">YAML</a></p></noscript>
<script src="${docs.script}"></script>
${data !== undefined && inlineData('docs-gate-ui', data)}
<script type="module" src="${docs.start}"></script>
</body>
</html>
`.text
}
