import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { OptionsError } from '../../errors.ts'
import { isInFolder, OUTSIDE, type Source, type SourceFile } from './folder.ts'
import type { Refuse } from './refuse.ts'

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

/** A source that is a file. */
export async function openFile(path: string, refuse: Refuse): Promise<Source> {
  const full = resolve(path)
  const url = pathToFileURL(full)

  async function readRoot(): Promise<SourceFile> {
    try {
      return { url, text: await readFile(full, 'utf8') }
    } catch (cause) {
      return refuse(
        `cannot be read (${codeOf(cause)}); write the path of a file, from ${process.cwd()}`,
        cause,
      )
    }
  }

  // A symbolic link may lead out of the folder; reading a pipe would never end.
  async function readInFolder(file: URL, refuseFile: Refuse): Promise<string> {
    const [folder, real] = await Promise.all([realpath(dirname(full)), realpath(fileURLToPath(file))])
    if (!real.startsWith(join(folder, sep))) refuseFile(OUTSIDE)
    if (!(await stat(real)).isFile()) refuseFile('is no file')
    return readFile(real, 'utf8')
  }

  return {
    root: await readRoot(),
    async read(file, refuseFile) {
      if (!isInFolder(file, url)) refuseFile(OUTSIDE)
      try {
        return { url: file, text: await readInFolder(file, refuseFile) }
      } catch (cause) {
        if (cause instanceof OptionsError) throw cause
        return refuseFile(`cannot be read (${codeOf(cause)})`, cause)
      }
    },
  }
}
