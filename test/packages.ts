import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { finished, start } from './command.ts'

const IN_CI = process.env['CI'] === 'true'

// Tries again if the registry does not respond.
async function pack(name: string, folder: string, tries = 3): Promise<string | undefined> {
  const { code, errors } = await finished(start('npm', ['pack', name, '--loglevel=error'], folder))
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (code === 0 && tarball !== undefined) return tarball
  if (tries > 1) return pack(name, folder, tries - 1)
  if (IN_CI) throw new Error(`npm pack ${name} ended with ${code}: ${errors}`)
  return undefined
}

// Kept from run to run: what a version of a package holds does not change.
const KEPT = join(process.cwd(), 'node_modules/.cache/fastify-docs-gate/packages')

async function fetchFiles(name: string, files: readonly string[], target: string): Promise<boolean> {
  const temporary = mkdtempSync(join(KEPT, 'fetching-'))
  try {
    const tarball = await pack(name, temporary)
    if (tarball === undefined) return false
    const members = files.map((file) => `package/${file}`)
    const { code, errors } = await finished(start('tar', ['xzf', tarball, ...members], temporary))
    if (code !== 0) throw new Error(`${name} cannot be unpacked: ${errors}`)
    for (const file of files) {
      mkdirSync(dirname(join(target, file)), { recursive: true })
      // Whole or not at all: another test may fetch the same meanwhile.
      renameSync(join(temporary, 'package', file), join(target, file))
    }
    return true
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Where some files of a package are that is no dependency of ours, by its name and version. Undefined where it cannot be had. */
export async function unpack(name: string, files: readonly string[]): Promise<string | undefined> {
  const folder = join(KEPT, name)
  const missing = files.filter((file) => !existsSync(join(folder, file)))
  if (missing.length === 0) return folder
  mkdirSync(KEPT, { recursive: true })
  return (await fetchFiles(name, missing, folder)) ? folder : undefined
}

/** Validates a document with `@seriousme/openapi-schema-validator`. */
export type Validate = (document: unknown) => Promise<{ readonly valid: boolean; readonly errors?: unknown }>

/** A validator for all documents of a test. It compiles the schema of each OpenAPI version only once. */
export function createValidate(): Validate {
  const validator = new Validator()
  return (document) => validator.validate(structuredClone(document) as Record<string, unknown>)
}

/** Whether the test of a missing package may be skipped, with a comment that says so. In CI it may not. */
export function mayBeMissing(t: { comment(text: string): unknown }, name: string): boolean {
  if (!IN_CI) t.comment(`skipped: ${name} cannot be had from the registry here`)
  return !IN_CI
}
