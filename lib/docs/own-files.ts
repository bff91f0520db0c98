import { etagOf, represent } from '../http/representation.ts'
import { type BrowserFiles, browserFiles } from '../pages/browser-files.ts'
import { createResource, type Resource } from './encoding/resource.ts'
import { type InlineScript, inlineScript } from './inline-script.ts'

// Beside those of Swagger UI. The scripts are modules, which import each other as neighbours.
const CONTENT_TYPES: { readonly [name in keyof BrowserFiles]?: string } = {
  'bar.css': 'text/css; charset=utf-8',
  'authorization.js': 'text/javascript; charset=utf-8',
  'config.js': 'text/javascript; charset=utf-8',
  'dialog.js': 'text/javascript; charset=utf-8',
  'docs.js': 'text/javascript; charset=utf-8',
  'draft.js': 'text/javascript; charset=utf-8',
  'mend.js': 'text/javascript; charset=utf-8',
  'menus.js': 'text/javascript; charset=utf-8',
  'notice.js': 'text/javascript; charset=utf-8',
  'plugin.js': 'text/javascript; charset=utf-8',
  'session.js': 'text/javascript; charset=utf-8',
  'tabs.js': 'text/javascript; charset=utf-8',
}

/** What is ours of every docs page, and the same for all. */
export interface OwnFiles {
  /** Called after their content, so that they may be kept for ever. */
  readonly folder: string
  readonly files: ReadonlyMap<string, Resource>
  /** In the page itself: no paint waits for a request. */
  readonly theme: InlineScript
  /** A picture in a `data:` URL. */
  readonly icon: string
}

let own: Promise<OwnFiles> | undefined

async function read(): Promise<OwnFiles> {
  const browser = await browserFiles()
  const files = Object.entries(CONTENT_TYPES).map(
    ([name, contentType]) =>
      [name, createResource(represent(browser[name as keyof BrowserFiles], contentType))] as const,
  )
  const content = files.map(([, { plain }]) => plain.etag).join()
  return {
    folder: etagOf(Buffer.from(content)).slice(1, 11),
    files: new Map(files),
    theme: inlineScript(browser['theme.js']),
    icon: `data:image/svg+xml,${encodeURIComponent(browser['icon.svg'])}`,
  }
}

/** Reads the files of a docs page that are ours, once in a process. */
export function ownFiles(): Promise<OwnFiles> {
  own ??= read()
  return own
}
