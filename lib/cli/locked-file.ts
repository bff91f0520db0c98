import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from './io.ts'

const OWNER_ONLY = 0o600
const READ_BY_GROUP = 0o640
const OTHERS = 0o007
const LOCK_TRIES = 200
const LOCK_PAUSE_MILLISECONDS = 25

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

function failure(file: string, error: unknown): UsageError {
  const remedy: Record<string, string> = {
    ENOENT: 'its folder is not there; create that first',
    EACCES: 'you may not write there; run this as its owner',
    EPERM: 'you may not write there; run this as its owner',
    EISDIR: 'it is a folder; name a file with --file',
    ELOOP: 'its symbolic links lead in a circle',
  }
  const code = String(codeOf(error))
  return new UsageError(
    `${JSON.stringify(file)} cannot be written: ${remedy[code] ?? 'the system refused'} (${code}).`,
  )
}

function orUndefined<T>(run: () => T, ...codes: string[]): T | undefined {
  try {
    return run()
  } catch (error) {
    if (codes.includes(String(codeOf(error)))) return undefined
    throw error
  }
}

// Follows symbolic links, so that the target is replaced and the link stays. The target need not exist yet.
function targetOf(path: string): string {
  const real = orUndefined(() => realpathSync(path), 'ENOENT')
  if (real !== undefined) return real
  const link = orUndefined(() => readlinkSync(path), 'ENOENT', 'EINVAL')
  return link === undefined ? resolve(path) : targetOf(resolve(dirname(path), link))
}

async function lock(path: string): Promise<void> {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const descriptor = orUndefined(() => openSync(path, 'wx', OWNER_ONLY), 'EEXIST')
    if (descriptor !== undefined) return closeSync(descriptor)
    await new Promise((done) => setTimeout(done, LOCK_PAUSE_MILLISECONDS))
  }
  const name = JSON.stringify(path)
  throw new UsageError(
    `${name} is held by another docs-gate that is writing. Try again; if none is running, remove ${name}.`,
  )
}

// A file that its group could read stays readable for the group. A file that everybody could read becomes private.
const modeOf = (before: Stats | undefined): number =>
  before === undefined || before.mode & OTHERS ? OWNER_ONLY : before.mode & READ_BY_GROUP

function write(path: string, text: string, before: Stats | undefined): void {
  const descriptor = openSync(path, 'wx', OWNER_ONLY)
  try {
    // The owner stays the same, so that the service can still read the file after root has edited it. It is set before
    // the mode: otherwise the group of the process that writes could read the file for a moment.
    if (before) fchownSync(descriptor, before.uid, before.gid)
    fchmodSync(descriptor, modeOf(before))
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

// The temporary file is in the same folder, because a rename is atomic only within one file system.
function replace(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    write(temporary, text, statSync(path, { throwIfNoEntry: false }))
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/**
 * Replaces the content of a file by the result of `edit`, atomically and by one writer at a time. `edit` gets the
 * bytes, or undefined if there is no file; if it throws, nothing is written.
 */
export async function editFile(file: string, edit: (bytes: Buffer | undefined) => string): Promise<void> {
  try {
    const path = targetOf(file)
    const lockFile = `${path}.lock`
    await lock(lockFile)
    try {
      replace(path, edit(orUndefined(() => readFileSync(path), 'ENOENT')))
    } finally {
      rmSync(lockFile, { force: true })
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : failure(file, error)
  }
}
