import { html } from '../../pages/html.ts'
import { PAGE_HEADERS, type PageContext } from '../../pages/page.ts'
import { type DocsBar, docsBar, docsVeil } from './bar.ts'
import { type InlineScript, inlineData } from './inline-script.ts'

/** References to what a docs page loads, from where it was asked for. */
export interface DocsReferences {
  readonly script: string
  readonly style: string
  readonly barStyle: string
  /** The host's own, over ours. */
  readonly brandStyle: string | undefined
  /** The module that starts the page. */
  readonly start: string
}

/** A docs page: the bar, what the page carries, and what it loads. */
export interface DocsPage extends DocsBar, DocsReferences {
  readonly theme: InlineScript
  readonly icon: string
  /** JSON that `start` reads; undefined where it needs none. */
  readonly data: string | undefined
}

/** The origins besides its own that a docs page may reach. */
export interface PageSources {
  readonly connect: readonly string[]
  readonly image: readonly string[]
}

/** The policy of a docs page: its own files, the script in it, and the sources that its document or an option names. */
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
    // A brand's style sheet has its fonts in it, or on this site.
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

/** The page that shows a document with Swagger UI, under a bar. */
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
