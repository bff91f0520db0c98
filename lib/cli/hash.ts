import { hashPassword } from '../users/password-hash.ts'
import { UsageError } from './io.ts'
import { readPassword } from './password.ts'
import { weaknessOf } from './password-rules.ts'
import { printError, type Terminal } from './terminal/terminal.ts'

/** `fastify-docs-gate hash`: prints the argon2id hash of a password. At a terminal, a weak password gets a warning. */
export async function hash(terminal: Terminal, words: readonly string[]): Promise<number> {
  if (words.length > 0)
    throw new UsageError(
      'The password is asked for, or taken from standard input: in an argument, others could read it.',
    )
  const password = await readPassword(terminal)
  const weakness = terminal.isInteractive ? weaknessOf(password, '') : undefined
  if (weakness !== undefined) printError(terminal, `${weakness} Its hash is printed all the same.`)
  terminal.out(`${await hashPassword(password)}\n`)
  return 0
}
