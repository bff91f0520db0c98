import type { Refuse } from '../document-error.ts'

/** A file of a source. Its references are relative to `url`. */
export interface SourceFile {
  readonly url: URL
  readonly text: string
}

/** A source, and the folder that all its files come from. */
export interface Source {
  readonly root: SourceFile
  /** Reads another file of the folder, and refuses what is not in it. */
  read(url: URL, refuse: Refuse): Promise<SourceFile>
}

/** A URL as it may be shown: without credentials and without a query. */
export const shownUrl = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`

const folderOf = (url: URL): URL => new URL('.', url)

/** Whether a file is in the folder of another one, or below. An encoded separator is refused: a server may decode it. */
export function isInFolder(url: URL, file: URL): boolean {
  const folder = folderOf(file)
  return (
    url.protocol === folder.protocol &&
    url.host === folder.host &&
    url.pathname.startsWith(folder.pathname) &&
    !/%(?:2f|5c|00)/i.test(url.pathname)
  )
}

const IN_A_SHELL = /^[\w./:@-]+$/

/** The command that makes one file of a document, wherever its files are. */
export function bundleCommand(name: string): string {
  const argument = IN_A_SHELL.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
  return `npx @redocly/cli bundle ${argument} -o bundled.yaml`
}

/** What is wrong with a file that a source refers to. `name` is the path or the URL of the source. */
export const outsideOf = (name: string): string =>
  'is outside of the folder of the source; files are taken from that folder and those below it only. ' +
  `Make one file of the document, and write its path instead: ${bundleCommand(name)}`
