import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { checkDocument, type OpenApiDocument } from '../document.ts'
import { type Refuse, refuser } from '../document-error.ts'
import { bundle, refuseOutward } from './bundle.ts'
import { refuseTooDeep } from './depth.ts'
import { openFile } from './files.ts'
import { parseText } from './parse.ts'
import { type Source, shownUrl } from './source-scope.ts'
import { FETCH_LIMITS, type FetchLimits, openUrl } from './urls.ts'

export interface ReadOptions {
  /** The limits for a source that is fetched. */
  readonly limits?: FetchLimits
  /** Called with the path of each file before it is read. */
  readonly reads?: (path: string) => void
}

const urlOf = (source: string): URL | undefined =>
  /^(?:https?|file):\/\//i.test(source) && URL.canParse(source) ? new URL(source) : undefined

const isRemote = (url: URL | undefined): url is URL => url !== undefined && url.protocol !== 'file:'

/** The path of a source that is a file; undefined for one that is fetched. */
export function pathOfSource(source: string): string | undefined {
  const url = urlOf(source)
  if (isRemote(url)) return undefined
  return url ? fileURLToPath(url) : source
}

/** A source as it may be shown to others: a URL without its credentials and its query. */
export function nameOfSource(source: string): string {
  const url = urlOf(source)
  return isRemote(url) ? shownUrl(url) : source
}

function open(
  source: string,
  refuse: Refuse,
  { limits = FETCH_LIMITS, reads }: ReadOptions,
): Promise<Source> {
  const path = pathOfSource(source)
  return path === undefined ? openUrl(new URL(source), refuse, limits) : openFile(path, refuse, reads)
}

// Where a document is nested too deeply for the stack, it overflows somewhere in here.
async function unlessTooDeep<T>(run: () => T | Promise<T>, refuse: Refuse): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof RangeError) refuse('is nested too deeply', error)
    throw error
  }
}

async function readText(source: string, options: ReadOptions): Promise<OpenApiDocument> {
  const subject = JSON.stringify(nameOfSource(source))
  const refuse = refuser(subject)
  const opened = await open(source, refuse, options)
  return unlessTooDeep(async () => {
    const document = checkDocument(parseText(opened.root.text, refuse), subject)
    await nextTurn()
    const bundled = await bundle(document, opened)
    refuseTooDeep(bundled, refuse)
    return bundled
  }, refuse)
}

function checkObject(value: object): OpenApiDocument {
  const document = checkDocument(value, 'the object')
  refuseTooDeep(document, refuser('the object'))
  refuseOutward(document)
  return document
}

/**
 * The document that a source names: an object, the path of a JSON or YAML file, or its URL. What it refers to in other
 * files of its folder is brought into it.
 *
 * @throws DocumentError with the place of what is wrong
 */
export async function readDocument(
  source: string | object,
  options: ReadOptions = {},
): Promise<OpenApiDocument> {
  if (source instanceof URL) return readText(source.href, options)
  return typeof source === 'object' ? checkObject(source) : readText(source, options)
}
