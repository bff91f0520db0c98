import { html } from '../pages/html.ts'
import { PAGE_HEADERS, type PageContext } from '../pages/page.ts'
import { type DocsBar, docsBar } from './bar.ts'

/** A docs page: the bar, and references to what the page loads from where it was asked for. */
export interface DocsPage extends DocsBar {
  readonly script: string
  readonly style: string
  readonly barStyle: string
  /** The host's own, over ours. */
  readonly brandStyle: string | undefined
  readonly theme: string
  readonly icon: string
  readonly initializer: string
}

/** The policy of a docs page: nothing but its own files, its own style and the servers of its document. */
function policy({ assets, formAction }: PageContext, connectSources: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    // A brand's style sheet has its fonts in it, or on this site.
    ...(assets.css === undefined ? [] : ["font-src 'self' data:"]),
    `connect-src ${["'self'", ...connectSources].join(' ')}`,
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

export const docsPageHeaders = (context: PageContext, connectSources: readonly string[]) => ({
  ...PAGE_HEADERS,
  'content-security-policy': policy(context, connectSources),
})

/** The page that shows a document with Swagger UI, under a bar. */
export function docsPage({ texts }: PageContext, docs: DocsPage): string {
  const { brandStyle } = docs
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
<script src="${docs.theme}"></script>
</head>
<body>
${docsBar(texts, docs)}
<div id="swagger-ui"></div>
<noscript><p>${texts.noScript} <a href="${docs.json}">JSON</a>, <a href="${docs.yaml}">YAML</a></p></noscript>
<script src="${docs.script}"></script>
<script type="module" src="${docs.initializer}"></script>
</body>
</html>
`.text
}
