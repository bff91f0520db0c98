import { hashPassword } from '../users/password-hash.ts'
import type { Io } from './io.ts'
import { readPassword } from './password.ts'

/** `docs-gate hash`: a password in, its argon2id hash out. */
export async function hash(io: Io): Promise<number> {
  io.out(`${await hashPassword(await readPassword(io))}\n`)
  return 0
}
