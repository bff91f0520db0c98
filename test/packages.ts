import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { finished, start } from './command.ts'

const IN_CI = process.env['CI'] === 'true'

// A registry that does not answer is asked again.
async function pack(name: string, folder: string, tries = 3): Promise<string | undefined> {
  const { code, errors } = await finished(start('npm', ['pack', name, '--loglevel=error'], folder))
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (code === 0 && tarball !== undefined) return tarball
  if (tries > 1) return pack(name, folder, tries - 1)
  if (IN_CI) throw new Error(`npm pack ${name} ended with ${code}: ${errors}`)
  return undefined
}

/** Some files of a package, packed into a temporary folder: it is no dependency of ours. Undefined where it cannot be had. */
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

/** What `@seriousme/openapi-schema-validator` says of a document. */
export type Validate = (document: unknown) => Promise<{ readonly valid: boolean; readonly errors?: unknown }>

/** One validator for all documents of a test: it compiles a version's schema once. */
export function createValidate(): Validate {
  const validator = new Validator()
  return (document) => validator.validate(structuredClone(document) as Record<string, unknown>)
}

/** Where a package is missing: the reason to say; in CI it is no reason. */
export function mayBeMissing(t: { comment(text: string): unknown }, name: string): boolean {
  if (!IN_CI) t.comment(`skipped: ${name} cannot be had from the registry here`)
  return !IN_CI
}
