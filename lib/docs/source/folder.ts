import type { Refuse } from './refuse.ts'

/** A file of a source: its text, and the URL that its own references start from. */
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

/** Whether a file is in the folder of another one, or below. An encoded separator may be one to who reads the file. */
export function isInFolder(url: URL, file: URL): boolean {
  const folder = folderOf(file)
  return (
    url.protocol === folder.protocol &&
    url.host === folder.host &&
    url.pathname.startsWith(folder.pathname) &&
    !/%(?:2f|5c|00)/i.test(url.pathname)
  )
}

export const OUTSIDE =
  'is outside of the folder of the source; files are taken from that folder and those below it only'
