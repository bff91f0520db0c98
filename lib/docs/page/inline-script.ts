import { createHash } from 'node:crypto'
import { SafeHtml } from '../../pages/html.ts'

/** An inline script of a page. */
export interface InlineScript {
  readonly element: SafeHtml
  /** The hash source that allows it in the page's policy. @see Content Security Policy Level 3, section 2.3.1 */
  readonly source: string
}

/** Only for the package's own scripts: nothing is escaped, and an end tag would end the element. */
export function inlineScript(script: string): InlineScript {
  const digest = createHash('sha256').update(script).digest('base64')
  return { element: new SafeHtml(`<script>${script}</script>`), source: `'sha256-${digest}'` }
}

/** JSON in a page, for its scripts to read. It cannot run as code, whatever it contains. */
export function inlineData(id: string, json: string): SafeHtml {
  return new SafeHtml(
    `<script type="application/json" id="${id}">${json.replaceAll('<', '\\u003c')}</script>`,
  )
}
