import { readFile, stat } from 'node:fs/promises'

/** How changed files are read and used. */
interface FilesReader<Content> {
  /** The files to watch. They may change with each read, because a document can refer to other files. */
  paths(): readonly string[]
  read(): Promise<Content>
  /** Uses the content, or throws if it is invalid. */
  take(content: Content): void
  /** Called once for each reason why the current content cannot be used. */
  failed(error: unknown): void
}

const INTERVAL_MILLISECONDS = 250

// However a file is changed or replaced, at least one of these values differs. With `bigint`, times are exact.
async function signatureOfFile(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/** A string that changes whenever one of the files does. */
export const signatureOf = async (paths: readonly string[]): Promise<string> =>
  (await Promise.all(paths.map(signatureOfFile))).join(', ')

/**
 * Reads files after they have changed and are no longer being written: their signature has to be the same in two polls
 * in a row, and again after the read. Polls, because change events of the system are lost on network and overlay file
 * systems. Returns a function that stops it.
 *
 * @param taken the signature of the content that is in use already
 */
export function watchFiles<Content>(
  { paths, read, take, failed }: FilesReader<Content>,
  taken = '',
): () => void {
  let timer: NodeJS.Timeout
  let isClosed = false
  let [seen, refused, reported] = ['', '', '']

  const report = (signature: string, error: unknown): void => {
    const reason = `${signature} ${error}`
    if (reason !== reported) failed(error)
    reported = reason
  }

  function offer(signature: string, content: Content): void {
    try {
      take(content)
      taken = signature
      refused = reported = ''
    } catch (error) {
      refused = signature
      report(signature, error)
    }
  }

  async function poll(): Promise<void> {
    const signature = await signatureOf(paths())
    const isSteady = signature === seen
    seen = signature
    if (signature === taken) reported = ''
    if (!isSteady || signature === taken || signature === refused) return
    try {
      const content = await read()
      if ((await signatureOf(paths())) === signature && !isClosed) offer(signature, content)
    } catch (error) {
      if (!isClosed) report(signature, error)
    }
  }

  function schedule(): void {
    if (isClosed) return
    timer = setTimeout(() => void poll().then(schedule), INTERVAL_MILLISECONDS).unref()
  }

  schedule()
  return () => {
    isClosed = true
    clearTimeout(timer)
  }
}

/** {@link watchFiles} for one file. */
export const watchFile = (
  path: string,
  reader: Pick<FilesReader<Uint8Array>, 'take' | 'failed'>,
): (() => void) => watchFiles({ ...reader, paths: () => [path], read: () => readFile(path) })
