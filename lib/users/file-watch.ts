import { readFile, stat } from 'node:fs/promises'

/** What is done with a file that changed. */
export interface FileReader {
  /** Takes the content, or throws the reason why not. */
  take(bytes: Uint8Array): void
  /** Told once of each reason why what is there was not taken. */
  failed(error: unknown): void
}

const INTERVAL_MILLISECONDS = 250

// Whatever way a file is changed or replaced, one of these differs. Nanoseconds, because a number would round them.
async function signatureOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/**
 * Reads a file whenever it has changed and stands still: its signature is the same in two looks running, and after
 * the read. Polled, because notices of the system are lost on network and overlay file systems. Returns what ends it.
 */
export function watchFile(path: string, { take, failed }: FileReader): () => void {
  let timer: NodeJS.Timeout
  let isClosed = false
  let [seen, taken, refused, reported] = ['', '', '', '']

  const report = (signature: string, error: unknown): void => {
    const reason = `${signature} ${error}`
    if (reason !== reported) failed(error)
    reported = reason
  }

  function offer(signature: string, bytes: Uint8Array): void {
    try {
      take(bytes)
      taken = signature
      refused = reported = ''
    } catch (error) {
      refused = signature
      report(signature, error)
    }
  }

  async function look(): Promise<void> {
    const signature = await signatureOf(path)
    const isSteady = signature === seen
    seen = signature
    if (signature === taken) reported = ''
    if (!isSteady || signature === taken || signature === refused) return
    try {
      const bytes = await readFile(path)
      if ((await signatureOf(path)) === signature && !isClosed) offer(signature, bytes)
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
