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

// Where a link leads, so that the link stays and what it names is replaced; a file that is not there yet included.
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

// A file that was given to the group of a service stays readable for it; one that everybody could read was an oversight.
const modeOf = (before: Stats | undefined): number =>
  before === undefined || before.mode & OTHERS ? OWNER_ONLY : before.mode & READ_BY_GROUP

function write(path: string, text: string, before: Stats | undefined): void {
  const descriptor = openSync(path, 'wx', OWNER_ONLY)
  try {
    // Whoever edits the file, the service still has to read it. The owner first: no group but its own ever reads it.
    if (before) fchownSync(descriptor, before.uid, before.gid)
    fchmodSync(descriptor, modeOf(before))
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

// Beside the file, because a rename is atomic only within a file system.
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
 * Replaces a file by what `edit` makes of its bytes, undefined where it is not there: whole or not at all, by one
 * writer at a time. Where `edit` throws, nothing is written.
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
