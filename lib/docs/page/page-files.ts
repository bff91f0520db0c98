import { etagOf, represent } from '../../http/representation.ts'
import { type BrowserFiles, browserFiles } from '../../pages/browser-files.ts'
import { createResource, type Resource } from '../encoding/resource.ts'
import { type InlineScript, inlineScript } from './inline-script.ts'

// Beside those of Swagger UI.
const STYLE = 'bar.css'
// Modules, which import each other as neighbours.
const SCRIPTS = [
  'accessibility.js',
  'authorization.js',
  'blocked.js',
  'carried.js',
  'config.js',
  'dialog.js',
  'docs.js',
  'draft.js',
  'forget-session.js',
  'menus.js',
  'notice.js',
  'plugin.js',
  'session.js',
  'storage-keys.js',
  'tabs.js',
  'urls.js',
  'veil.js',
] as const

/** What is ours of every docs page, and the same for all. */
export interface PageFiles {
  /** Called after their content, so that they may be kept for ever. */
  readonly folder: string
  readonly files: ReadonlyMap<string, Resource>
  /** In the page itself: no paint waits for a request. */
  readonly theme: InlineScript
  /** A picture in a `data:` URL. */
  readonly icon: string
}

let own: Promise<PageFiles> | undefined

async function read(): Promise<PageFiles> {
  const browser = await browserFiles()
  const file = (name: keyof BrowserFiles, contentType: string) =>
    [name, createResource(represent(browser[name], `${contentType}; charset=utf-8`))] as const
  const files = [file(STYLE, 'text/css'), ...SCRIPTS.map((name) => file(name, 'text/javascript'))]
  const content = files.map(([, { plain }]) => plain.etag).join()
  return {
    folder: etagOf(Buffer.from(content)).slice(1, 11),
    files: new Map(files),
    theme: inlineScript(browser['theme.js']),
    icon: `data:image/svg+xml,${encodeURIComponent(browser['icon.svg'])}`,
  }
}

/** Reads the files of a docs page that are ours, once in a process. */
export function pageFiles(): Promise<PageFiles> {
  own ??= read()
  return own
}
