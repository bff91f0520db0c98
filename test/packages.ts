import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
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

/** Downloads files of a package that is not a dependency to a temporary folder. Undefined if that is not possible. */
export async function unpack(
  temporary: string,
  name: string,
  files: readonly string[],
): Promise<string | undefined> {
  const folder = mkdtempSync(join(temporary, 'package-'))
  const tarball = await pack(name, folder)
  if (tarball === undefined) return undefined
  const members = files.map((file) => `package/${file}`)
  const { code, errors } = await finished(start('tar', ['xzf', tarball, ...members], folder))
  if (code !== 0) throw new Error(`${name} cannot be unpacked: ${errors}`)
  return join(folder, 'package')
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
