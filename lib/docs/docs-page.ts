import { html } from '../pages/html.ts'
import { PAGE_HEADERS, type PageContext } from '../pages/page.ts'
import { fill } from '../pages/texts.ts'

export interface DocsPage {
  readonly title: string
  readonly username: string
  readonly logoutAction: string
  /** References to what the page loads, from where it was asked for. */
  readonly script: string
  readonly style: string
  readonly theme: { readonly script: string; readonly style: string }
  readonly icon: string
  readonly initializer: string
  readonly json: string
  readonly yaml: string
}

/** The policy of a docs page: nothing but its own files, its own style and the servers of its document. */
function policy({ formAction }: PageContext, connectSources: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
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

/** The page that shows a document with Swagger UI, under a bar with the user and the way out. */
export function docsPage({ texts }: PageContext, docs: DocsPage): string {
  return html`<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${docs.title}</title>
<link rel="icon" type="image/png" href="${docs.icon}">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="${docs.style}">
<link rel="stylesheet" href="${docs.theme.style}">
<script src="${docs.theme.script}"></script>
</head>
<body>
<header class="docs-gate-bar">
<p>${docs.title}</p>
<p>${fill(texts.signedInAs, { username: docs.username })}</p>
<form method="post" action="${docs.logoutAction}"><button type="submit">${texts.logOut}</button></form>
</header>
<main id="swagger-ui"></main>
<noscript><p>${texts.noScript} <a href="${docs.json}">JSON</a>, <a href="${docs.yaml}">YAML</a></p></noscript>
<script src="${docs.script}"></script>
<script src="${docs.initializer}"></script>
</body>
</html>
`.text
}
