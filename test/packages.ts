import { mkdtempSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { finished, start } from './command.ts'

const IN_CI = process.env['CI'] === 'true'

/** Some files of a package, packed into a temporary folder: it is no dependency of ours. Undefined where it cannot be had. */
export async function unpack(
  temporary: string,
  name: string,
  files: readonly string[],
): Promise<string | undefined> {
  const folder = mkdtempSync(join(temporary, 'package-'))
  const packed = await finished(start('npm', ['pack', name, '--silent'], folder))
  if (packed.code !== 0) return undefined
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  const members = files.map((file) => `package/${file}`)
  await finished(start('tar', ['xzf', tarball as string, ...members], folder))
  return join(folder, 'package')
}

/** What `@seriousme/openapi-schema-validator` says of a document. */
export type Validate = (document: unknown) => Promise<{ readonly valid: boolean; readonly errors?: unknown }>

export const VALIDATOR = '@seriousme/openapi-schema-validator@2.11.0'

/** The validator, installed into a temporary folder. Undefined where it cannot be had. */
export async function validatorIn(temporary: string): Promise<Validate | undefined> {
  const folder = mkdtempSync(join(temporary, 'validator-'))
  const argv = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', VALIDATOR]
  if ((await finished(start('npm', argv, folder))).code !== 0) return undefined
  const path = createRequire(join(folder, 'x.js')).resolve('@seriousme/openapi-schema-validator')
  const { Validator } = (await import(pathToFileURL(path).href)) as {
    Validator: new () => { validate: Validate }
  }
  // One for all: it compiles a version's schema once.
  const validator = new Validator()
  return (document) => validator.validate(structuredClone(document))
}

/** Where a package is missing: the reason to say; in CI it is no reason. */
export function mayBeMissing(t: { comment(text: string): unknown }, name: string): boolean {
  if (!IN_CI) t.comment(`skipped: ${name} cannot be had from the registry here`)
  return !IN_CI
}
