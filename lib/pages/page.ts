import { relativeReference } from '../http/relative-reference.ts'
import { type HttpResponse, NO_STORE } from '../http/response.ts'
import type { AssetPaths } from './assets.ts'
import { html, type SafeHtml } from './html.ts'
import type { Texts } from './texts.ts'

/** What all pages of a gate share. */
export interface PageContext {
  /** The name of the service. */
  readonly title: string
  readonly texts: Texts
  readonly assets: AssetPaths
  /** Where our forms lead in the end, as sources of `form-action`: browsers hold the redirect after a form to it too. */
  readonly formAction: string
}

/** What one page says. */
export interface PageContent {
  /** The request target that the page answers: all references in it are relative to that. */
  readonly url: string
  readonly heading: string
  readonly content: SafeHtml
  /** What goes into the page's head besides. */
  readonly head?: SafeHtml | undefined
}

// A brand's style sheet has its pictures and fonts in it, or on this site.
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
  // Said on every page, so that the app's own (helmet's, say) does not stand there: "Authorize" in the docs opens the page
  // of an authorization server, and hears from it. The same on all pages: no window loses its opener between two of them.
  'cross-origin-opener-policy': 'unsafe-none',
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const

/** A whole page of ours. */
export function page(
  { title, texts, assets }: PageContext,
  { url, heading, content, head }: PageContent,
): string {
  const to = (path: string): string => relativeReference(url, path)
  // Said once where the heading says it already.
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

/** The answer that carries a page. */
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
