import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { DocumentError, type Refuse } from '../document-error.ts'
import { isInFolder, outsideOf, type Source, type SourceFile } from './source-scope.ts'
import { decodeText } from './text.ts'

const MAX_BYTES = 128 * 1024 * 1024

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

const remedyOf = (code: unknown): string => {
  const remedies: Readonly<Record<string, string>> = {
    EACCES: 'it may not be read: give it to the user that this process runs as',
    EISDIR: 'it is a folder: write the path of the document in it',
  }
  return remedies[String(code)] ?? `write the path of a file, from ${process.cwd()}, or an http URL`
}

const MISSING = '; there is no such file: correct the $ref, or put the file there'

// The path may be that of a device or a pipe, and these may have no end.
async function textOf(path: string, refuse: Refuse): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) refuse(`is too large for one document: ${MAX_BYTES} bytes are taken`)
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks), refuse)
}

/** Opens a source that is a file. `reads` is called with the path of each file before it is read. */
export async function openFile(
  path: string,
  refuse: Refuse,
  reads: (path: string) => void = () => {},
): Promise<Source> {
  const full = resolve(path)
  const url = pathToFileURL(full)
  const outside = outsideOf(relative('', full))

  async function readRoot(): Promise<SourceFile> {
    reads(full)
    try {
      return { url, text: await textOf(full, refuse) }
    } catch (cause) {
      if (cause instanceof DocumentError) throw cause
      const code = codeOf(cause)
      return refuse(`cannot be read (${code}); ${remedyOf(code)}`, cause)
    }
  }

  // A symbolic link may lead out of the folder; reading a pipe would never end.
  async function readInFolder(file: URL, refuseFile: Refuse): Promise<string> {
    const named = fileURLToPath(file)
    reads(named)
    const [folder, real] = await Promise.all([realpath(dirname(full)), realpath(named)])
    if (!real.startsWith(join(folder, sep))) refuseFile(outside)
    if (!(await stat(real)).isFile()) refuseFile('is no file')
    return textOf(real, refuseFile)
  }

  return {
    root: await readRoot(),
    async read(file, refuseFile) {
      if (!isInFolder(file, url)) refuseFile(outside)
      try {
        return { url: file, text: await readInFolder(file, refuseFile) }
      } catch (cause) {
        if (cause instanceof DocumentError) throw cause
        const code = codeOf(cause)
        return refuseFile(`cannot be read (${code})${code === 'ENOENT' ? MISSING : ''}`, cause)
      }
    },
  }
}
