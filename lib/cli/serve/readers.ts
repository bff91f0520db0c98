import { randomInt } from 'node:crypto'
import { readCredentials } from '../../http/basic-credentials.ts'
import { hashPassword } from '../../users/password-hash.ts'
import { type Service, UsageError } from '../io.ts'
import { type StyledText, styled } from '../terminal/terminal.ts'

/** The arguments that say which users may log in. */
export interface ReaderArguments {
  readonly user: string | undefined
  /** The path of a users file, which replaces the one generated user. */
  readonly users: string | undefined
}

export interface Readers {
  readonly users: Service['users']
  /** The rows about them in the report. */
  readonly rows: readonly StyledText[][]
}

// Without letters and digits that look alike. 32 characters are 5 bits each: sixteen of them are 80 bits.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const block = (): string => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
const createPassword = (): string => Array.from({ length: 4 }, block).join('-')

function usernameOf(text: string): string {
  const credentials = readCredentials(text, '-')
  if (!credentials || text.includes(':'))
    throw new UsageError('--user: write a name without colons and control characters.')
  return credentials.username
}

async function oneReader(name: string): Promise<Readers> {
  const username = usernameOf(name)
  const password = createPassword()
  return {
    users: { [username]: await hashPassword(password) },
    rows: [
      ['User', username],
      ['Password', styled('secret', password), styled('quiet', 'shown this once')],
    ],
  }
}

/** The users of a file, or one user with a generated password. */
export async function readersOf({ user, users }: ReaderArguments): Promise<Readers> {
  if (users === undefined) return oneReader(user ?? 'reader')
  if (user !== undefined) throw new UsageError('--users and --user: write one of them.')
  if (users === '') throw new UsageError('--users: write the path of a file.')
  return { users, rows: [['Users', `those of ${users}`]] }
}
