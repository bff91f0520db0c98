import { etagOf, represent } from '../../http/representation.ts'
import { type BrowserFiles, browserFiles, DOCS_MODULES } from '../../pages/browser-files.ts'
import { createResource, type Resource } from '../encoding/resource.ts'
import { type InlineScript, inlineScript } from './inline-script.ts'

const STYLE = 'bar.css'

/** The package's own files, which all docs pages share. */
export interface PageFiles {
  /** Its name changes with the content of the files, so that browsers may cache them for ever. */
  readonly folder: string
  readonly files: ReadonlyMap<string, Resource>
  /** Inline, so that the first paint does not wait for a request. */
  readonly theme: InlineScript
  /** A `data:` URL. */
  readonly icon: string
}

let cached: Promise<PageFiles> | undefined

async function read(): Promise<PageFiles> {
  const browser = await browserFiles()
  const file = (name: keyof BrowserFiles, contentType: string) =>
    [name, createResource(represent(browser[name], `${contentType}; charset=utf-8`))] as const
  const files = [file(STYLE, 'text/css'), ...DOCS_MODULES.map((name) => file(name, 'text/javascript'))]
  const content = files.map(([, { plain }]) => plain.etag).join()
  return {
    folder: etagOf(Buffer.from(content)).slice(1, 11),
    files: new Map(files),
    theme: inlineScript(browser['theme.js']),
    icon: `data:image/svg+xml,${encodeURIComponent(browser['icon.svg'])}`,
  }
}

/** Reads the package's own files of docs pages, once per process. */
export function pageFiles(): Promise<PageFiles> {
  cached ??= read()
  return cached
}
