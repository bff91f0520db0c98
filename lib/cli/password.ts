import { readCredentials } from '../http/basic-credentials.ts'
import { type Io, UsageError } from './io.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes).replace(/\r?\n$/, '')
  } catch {
    throw new UsageError('The password on standard input is not UTF-8.')
  }
}

async function askTwice(io: Io): Promise<string> {
  const password = await io.askHidden('Password: ')
  if (password === undefined) throw new UsageError('No password was given.')
  if ((await io.askHidden('Once more: ')) !== password) throw new UsageError('The two passwords differ.')
  return password
}

/** Reads a password by a prompt, or all of standard input without its last line break. */
export async function readPassword(io: Io): Promise<string> {
  const password = io.isInteractive ? await askTwice(io) : decode(await io.readAll())
  const credentials = readCredentials('-', password)
  if (!credentials)
    throw new UsageError('A password has 1 to 1,024 bytes of UTF-8 and no control characters.')
  return credentials.password
}
