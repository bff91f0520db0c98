import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { checkDocument, type OpenApiDocument } from '../document.ts'
import { bundle, refuseOutward } from './bundle.ts'
import { refuseTooDeep } from './depth.ts'
import { openFile } from './files.ts'
import { parseText } from './parse.ts'
import { type Refuse, refuser } from './source-error.ts'
import { type Source, shownUrl } from './source-scope.ts'
import { FETCH_LIMITS, type FetchLimits, openUrl } from './urls.ts'

export interface LoadOptions {
  /** What a source that is fetched may take. */
  readonly limits?: FetchLimits
  /** Told of each file of a source of files, before it is read. */
  readonly reads?: (path: string) => void
}

const urlOf = (source: string): URL | undefined =>
  /^(?:https?|file):\/\//i.test(source) && URL.canParse(source) ? new URL(source) : undefined

const isRemote = (url: URL | undefined): url is URL => url !== undefined && url.protocol !== 'file:'

/** The path of a source that is a file; undefined where it is fetched. */
export function pathOfSource(source: string): string | undefined {
  const url = urlOf(source)
  if (isRemote(url)) return undefined
  return url ? fileURLToPath(url) : source
}

/** What a source is called where others read it: of a URL neither its credentials nor its query. */
export function nameOfSource(source: string): string {
  const url = urlOf(source)
  return isRemote(url) ? shownUrl(url) : source
}

function open(
  source: string,
  refuse: Refuse,
  { limits = FETCH_LIMITS, reads }: LoadOptions,
): Promise<Source> {
  const path = pathOfSource(source)
  return path === undefined ? openUrl(new URL(source), refuse, limits) : openFile(path, refuse, reads)
}

// Whatever is nested deeper than the stack goes is no document that anybody reads.
async function unlessTooDeep<T>(run: () => T | Promise<T>, refuse: Refuse): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof RangeError) refuse('is nested too deeply', error)
    throw error
  }
}

/**
 * The document that a `source` names: an object, the path of a JSON or YAML file, or its URL. What it refers to in
 * other files of its folder is brought into it.
 *
 * @throws `DOCS_GATE_OPTIONS` with the place of what is wrong
 */
export async function loadDocument(
  source: string | object,
  option: string,
  options: LoadOptions = {},
): Promise<OpenApiDocument> {
  if (source instanceof URL) return loadDocument(source.href, option, options)
  if (typeof source === 'object') {
    const document = checkDocument(source, option, 'the object')
    refuseTooDeep(document, refuser(option, 'the object'))
    refuseOutward(document, option)
    return document
  }
  const from = JSON.stringify(nameOfSource(source))
  const refuse = refuser(option, from)
  const opened = await open(source, refuse, options)
  return unlessTooDeep(async () => {
    const document = checkDocument(parseText(opened.root.text, refuse), option, from)
    await nextTurn()
    const bundled = await bundle(document, opened, option)
    refuseTooDeep(bundled, refuse)
    return bundled
  }, refuse)
}
