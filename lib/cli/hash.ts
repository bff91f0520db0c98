import { hashPassword } from '../users/password-hash.ts'
import { UsageError } from './io.ts'
import { readPassword } from './password.ts'
import { weaknessOf } from './password-rules.ts'
import { complain, type Screen } from './terminal/terminal.ts'

/** `fastify-docs-gate hash`: a password in, its argon2id hash out. A weak one is named to a person, not to a script. */
export async function hash(screen: Screen, words: readonly string[]): Promise<number> {
  if (words.length > 0)
    throw new UsageError(
      'The password is asked for, or taken from standard input: in an argument, others could read it.',
    )
  const password = await readPassword(screen)
  const weakness = screen.isInteractive ? weaknessOf(password, '') : undefined
  if (weakness !== undefined) complain(screen, `${weakness} Its hash is printed all the same.`)
  screen.out(`${await hashPassword(password)}\n`)
  return 0
}
