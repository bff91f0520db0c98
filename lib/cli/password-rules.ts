import { COMMON_PASSWORDS } from './common-passwords.ts'

const MIN_CHARACTERS = 8

const codesOf = (password: string): readonly number[] =>
  Array.from(password, (character) => character.codePointAt(0) as number)

// Whether each character code differs from the previous one by `step`: 0 for repetition, 1 or -1 for a sequence.
const hasConstantStep = (codes: readonly number[], step: number): boolean =>
  codes.every((code, index) => index === 0 || code - (codes[index - 1] as number) === step)

/**
 * Says in a sentence why a password is easy to guess; undefined if it is not.
 * No rule asks for digits or symbols: such rules make passwords hard to remember, but no harder to guess.
 * @see NIST SP 800-63B, section 5.1.1.2
 */
export function weaknessOf(password: string, username: string): string | undefined {
  const codes = codesOf(password)
  if (codes.length < MIN_CHARACTERS)
    return `The password is too short: choose one of ${MIN_CHARACTERS} characters or more.`
  if (password.toLowerCase() === username.toLowerCase())
    return 'The password is the user name, which everyone tries first: choose another.'
  if (hasConstantStep(codes, 0)) return 'The password is one character over and over: choose another.'
  if (hasConstantStep(codes, 1) || hasConstantStep(codes, -1))
    return 'The password is a sequence like 12345678 or abcdefgh: choose another.'
  if (COMMON_PASSWORDS.has(password.toLowerCase()))
    return 'The password is among the most common ones, which are tried first: choose another.'
  return undefined
}
