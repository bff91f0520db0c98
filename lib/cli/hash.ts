import { hashPassword } from '../users/password-hash.ts'
import { type Io, UsageError } from './io.ts'
import { readPassword } from './password.ts'

/** `docs-gate hash`: a password in, its argon2id hash out. */
export async function hash(io: Io, words: readonly string[]): Promise<number> {
  if (words.length > 0)
    throw new UsageError(
      'The password is asked for, or taken from standard input: in an argument, others could read it.',
    )
  io.out(`${await hashPassword(await readPassword(io))}\n`)
  return 0
}
