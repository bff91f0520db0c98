import { resolve } from 'node:path'
import { LiveDocument } from '../../docs/document/live-document.ts'
import { loadDocument } from '../../docs/document/load-document.ts'
import { type OpenApiDocument, titleOf } from '../../openapi/document.ts'
import { operationCount } from '../../openapi/operations.ts'
import { nameOfSource, pathOfSource } from '../../openapi/source/source.ts'
import { signatureOf, watchFiles } from '../../users/file-watch.ts'
import { UsageError } from '../io.ts'
import { pluralize } from '../terminal/pluralize.ts'
import { onOneLine } from '../terminal/printable.ts'
import { printError, styled, type Terminal } from '../terminal/terminal.ts'

/** A document and the files that it was read from. */
function documentFiles(source: string, path: string) {
  let paths: readonly string[] = [resolve(path)]
  return {
    /** The files that the last read opened or tried to open. */
    paths: () => paths,
    async load(): Promise<OpenApiDocument> {
      const read = new Set(paths.slice(0, 1))
      try {
        return await loadDocument(source, 'serve', { reads: (file) => read.add(file) })
      } finally {
        paths = [...read]
      }
    },
  }
}

// The first read tells which files belong to the document. Their signature is taken before the second read, so that a
// change during it is noticed afterwards.
async function readFirst({ paths, load }: ReturnType<typeof documentFiles>) {
  await load()
  const signature = await signatureOf(paths())
  return { document: await load(), signature }
}

function printUpdate(terminal: Terminal, document: OpenApiDocument): void {
  const time = new Date().toTimeString().slice(0, 8)
  const title = onOneLine(titleOf(document) ?? 'the document')
  terminal.out(
    '\n  ',
    styled('quiet', time),
    `  Updated: ${title}, ${pluralize(operationCount(document), 'operation')}\n`,
  )
}

/** The document, or the error of reading it. */
const outcomeOf = (load: () => Promise<OpenApiDocument>) =>
  load().then(
    (document) => ({ document }),
    (error: unknown) => ({ error }),
  )

/** Reads a document that is to be watched. If a new version is invalid, the error is printed and the old one stays. */
export async function watchDocument(source: string) {
  const path = pathOfSource(source)
  if (path === undefined)
    throw new UsageError(
      `--watch follows a file, and ${nameOfSource(source)} is a URL. Save the document and name its file, or leave --watch out.`,
    )
  const files = documentFiles(source, path)
  const { document: first, signature } = await readFirst(files)
  const live = new LiveDocument(first)
  /** Watches the files, and prints updates and errors. Returns a function that stops watching. */
  const follow = (terminal: Terminal): (() => void) =>
    watchFiles(
      {
        paths: files.paths,
        read: () => outcomeOf(files.load),
        take(outcome) {
          if ('error' in outcome) throw outcome.error
          live.current = outcome.document
          printUpdate(terminal, outcome.document)
        },
        failed: (error) =>
          printError(terminal, `${(error as Error).message}. The version before stays in place.`),
      },
      signature,
    )
  return { live, follow }
}
