import { relativeReference } from '../http/relative-reference.ts'
import { type HttpResponse, NO_STORE } from '../http/response.ts'
import type { AssetPaths } from './assets.ts'
import { html, type SafeHtml } from './html.ts'
import type { Texts } from './texts.ts'

/** The parts that all pages of a gate have in common. */
export interface PageContext {
  /** The name of the service. */
  readonly title: string
  readonly texts: Texts
  readonly assets: AssetPaths
  /** The sources of `form-action`, with the targets of redirects after a form, because browsers check those too. */
  readonly formAction: string
}

/** The content of one page. */
export interface PageContent {
  /** The request target. All references in the page are relative to it. */
  readonly url: string
  readonly heading: string
  readonly content: SafeHtml
  /** More elements for the page's `<head>`. */
  readonly head?: SafeHtml | undefined
}

// The style sheet of `pages.css` may contain images and fonts as data: URLs, or load them from this site.
const sourcesOf = ({ css }: AssetPaths): readonly string[] =>
  css === undefined ? ["img-src 'self'"] : ["img-src 'self' data:", "font-src 'self' data:"]

const policy = ({ assets, formAction }: PageContext): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    ...sourcesOf(assets),
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

export const PAGE_HEADERS = {
  ...NO_STORE,
  // Overrides the value of the app, for example of helmet. "Authorize" in the docs opens an authorization server in a
  // window, which has to reach its opener. All pages send the same value, so navigating between them keeps it.
  'cross-origin-opener-policy': 'unsafe-none',
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const

/** The HTML of a whole page. */
function page({ title, texts, assets }: PageContext, { url, heading, content, head }: PageContent): string {
  const to = (path: string): string => relativeReference(url, path)
  // Left out if the heading contains it already.
  const name = !heading.includes(title) && title
  return html`<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${heading}${name && ` · ${name}`}</title>
<link rel="icon" href="${to(assets.icon)}">
<link rel="stylesheet" href="${to(assets.style)}">
${
  assets.css !== undefined &&
  html`<link rel="stylesheet" href="${to(assets.css)}">
`
}<script src="${to(assets.script)}"></script>${
    head &&
    html`
${head}`
  }
</head>
<body>
<header><img src="${to(assets.icon)}" alt="">${name && html`<p>${name}</p>`}</header>
<main>
<h1>${heading}</h1>
${content}
</main>
</body>
</html>
`.text
}

/** A response with a page. */
export const pageResponse = (
  context: PageContext,
  status: number,
  content: PageContent,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse => ({
  status,
  headers: { ...PAGE_HEADERS, 'content-security-policy': policy(context), ...headers },
  body: page(context, content),
})
