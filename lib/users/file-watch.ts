import { readFile, stat } from 'node:fs/promises'

/** What is done with files that changed. */
export interface FilesReader<Content> {
  /** The files: they may be others after a read. */
  paths(): readonly string[]
  read(): Promise<Content>
  /** Takes the content, or throws the reason why not. */
  take(content: Content): void
  /** Told once of each reason why what is there was not taken. */
  failed(error: unknown): void
}

/** What is done with one file that changed. */
export type FileReader = Pick<FilesReader<Uint8Array>, 'take' | 'failed'>

const INTERVAL_MILLISECONDS = 250

// Whatever way a file is changed or replaced, one of these differs. Nanoseconds, because a number would round them.
async function signatureOfFile(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/** What differs as soon as one of the files does. */
export const signatureOf = async (paths: readonly string[]): Promise<string> =>
  (await Promise.all(paths.map(signatureOfFile))).join(', ')

/**
 * Reads files whenever they have changed and stand still: their signature is the same in two looks running, and after
 * the read. Polled, because notices of the system are lost on network and overlay file systems. Returns what ends it.
 *
 * @param taken the signature of what is known already
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

  async function look(): Promise<void> {
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

  function wait(): void {
    if (isClosed) return
    timer = setTimeout(() => void look().then(wait), INTERVAL_MILLISECONDS).unref()
  }

  wait()
  return () => {
    isClosed = true
    clearTimeout(timer)
  }
}

/** Reads a file whenever it has changed and stands still. Returns what ends it. */
export const watchFile = (path: string, reader: FileReader): (() => void) =>
  watchFiles({ ...reader, paths: () => [path], read: () => readFile(path) })
