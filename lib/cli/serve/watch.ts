import { resolve } from 'node:path'
import { LiveDocument } from '../../docs/document/live-document.ts'
import { loadDocument } from '../../docs/document/load-document.ts'
import { type OpenApiDocument, titleOf } from '../../openapi/document.ts'
import { operationCount } from '../../openapi/operations.ts'
import { nameOfSource, pathOfSource } from '../../openapi/source/source.ts'
import { signatureOf, watchFiles } from '../../users/file-watch.ts'
import { UsageError } from '../io.ts'
import { counted } from '../terminal/pluralize.ts'
import { onOneLine } from '../terminal/printable.ts'
import { complain, type Screen, styled } from '../terminal/terminal.ts'

/** A document in its files. */
interface DocumentFiles {
  /** Those that the last read looked for. */
  paths(): readonly string[]
  load(): Promise<OpenApiDocument>
}

function documentFiles(source: string, path: string): DocumentFiles {
  let paths: readonly string[] = [resolve(path)]
  return {
    paths: () => paths,
    async load() {
      const read = new Set(paths.slice(0, 1))
      try {
        return await loadDocument(source, 'serve', { reads: (file) => read.add(file) })
      } finally {
        paths = [...read]
      }
    },
  }
}

interface FirstRead {
  readonly document: OpenApiDocument
  readonly signature: string
}

// Which files there are is known after a read. A change meanwhile, or while they are read again, is one to be followed.
async function readFirst({ paths, load }: DocumentFiles): Promise<FirstRead> {
  await load()
  const signature = await signatureOf(paths())
  return { document: await load(), signature }
}

function tellUpdate(screen: Screen, document: OpenApiDocument): void {
  const time = new Date().toTimeString().slice(0, 8)
  const title = onOneLine(titleOf(document) ?? 'the document')
  screen.out(
    '\n  ',
    styled('quiet', time),
    `  Updated: ${title}, ${counted(operationCount(document), 'operation')}\n`,
  )
}

/** What `load` came to: a document, or why there is none. */
const outcomeOf = (load: () => Promise<OpenApiDocument>) =>
  load().then(
    (document) => ({ document }),
    (error: unknown) => ({ error }),
  )

/** A document that stays as its files are, once `follow` is called. */
export interface WatchedDocument {
  readonly live: LiveDocument
  /** Says what happens; returns what ends it. */
  follow(screen: Screen): () => void
}

/** Reads a document whose changes are to be followed. Of a bad version the reason is told, and the one before stays. */
export async function watchDocument(source: string): Promise<WatchedDocument> {
  const path = pathOfSource(source)
  if (path === undefined)
    throw new UsageError(
      `--watch follows a file, and ${nameOfSource(source)} is a URL. Save the document and name its file, or leave --watch out.`,
    )
  const files = documentFiles(source, path)
  const { document: first, signature } = await readFirst(files)
  const live = new LiveDocument(first)
  const follow = (screen: Screen): (() => void) =>
    watchFiles(
      {
        paths: files.paths,
        read: () => outcomeOf(files.load),
        take(outcome) {
          if ('error' in outcome) throw outcome.error
          live.current = outcome.document
          tellUpdate(screen, outcome.document)
        },
        failed: (error) =>
          complain(screen, `${(error as Error).message}. The version before stays in place.`),
      },
      signature,
    )
  return { live, follow }
}
