import { createHash } from 'node:crypto'
import { SafeHtml } from '../../pages/html.ts'

/** A script that stands in a page. */
export interface InlineScript {
  readonly element: SafeHtml
  /** The source that lets it run, in the page's policy. @see Content Security Policy Level 3, section 2.3.1 */
  readonly source: string
}

/** Of a script of ours: it has no end tag in it. */
export function inlineScript(script: string): InlineScript {
  const digest = createHash('sha256').update(script).digest('base64')
  return { element: new SafeHtml(`<script>${script}</script>`), source: `'sha256-${digest}'` }
}

/** JSON in a page, for its scripts to read. It runs nothing, whatever it says. */
export function inlineData(id: string, json: string): SafeHtml {
  return new SafeHtml(
    `<script type="application/json" id="${id}">${json.replaceAll('<', '\\u003c')}</script>`,
  )
}
