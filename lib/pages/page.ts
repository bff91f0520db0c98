import { type Answer, NO_STORE } from '../http/answer.ts'
import { html, type SafeHtml } from './html.ts'
import type { Texts } from './texts.ts'

/** What all pages of a gate share. */
export interface PageContext {
  /** The name of the service. */
  readonly title: string
  readonly texts: Texts
  /** Where our forms lead in the end, as sources of `form-action`: browsers hold the redirect after a form to it too. */
  readonly formAction: string
}

// Pages hold nothing but a form, and the style that lies beside them.
const policy = ({ formAction }: PageContext): string =>
  `default-src 'none'; style-src 'self'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`

export const PAGE_HEADERS = {
  ...NO_STORE,
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const

/** A whole page of ours. */
export function page({ title, texts }: PageContext, heading: string, content: SafeHtml): string {
  return html`<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${heading} · ${title}</title>
<link rel="stylesheet" href="./style.css">
</head>
<body>
<header><p>${title}</p></header>
<main>
<h1>${heading}</h1>
${content}
</main>
</body>
</html>
`.text
}

/** The answer that carries a page. */
export const pageAnswer = (
  context: PageContext,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers: { ...PAGE_HEADERS, 'content-security-policy': policy(context), ...headers },
  body,
})
