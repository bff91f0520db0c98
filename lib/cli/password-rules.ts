import { COMMON_PASSWORDS } from './common-passwords.ts'

const MIN_CHARACTERS = 8

const codesOf = (password: string): readonly number[] =>
  Array.from(password, (character) => character.codePointAt(0) as number)

// Whether every character is as far from the one before it: 0 for a repeated one, 1 or -1 for a sequence.
const goesBy = (codes: readonly number[], step: number): boolean =>
  codes.every((code, index) => index === 0 || code - (codes[index - 1] as number) === step)

/**
 * Why a password is one of the first to be guessed, as a sentence, or undefined where it is not.
 * No rule asks for digits or signs: they make passwords that are hard to remember and no harder to guess.
 * @see NIST SP 800-63B, section 5.1.1.2
 */
export function weaknessOf(password: string, username: string): string | undefined {
  const codes = codesOf(password)
  if (codes.length < MIN_CHARACTERS)
    return `The password is too short: choose one of ${MIN_CHARACTERS} characters or more.`
  if (password.toLowerCase() === username.toLowerCase())
    return 'The password is the user name, which everyone tries first: choose another.'
  if (goesBy(codes, 0)) return 'The password is one character over and over: choose another.'
  if (goesBy(codes, 1) || goesBy(codes, -1))
    return 'The password is a sequence like 12345678 or abcdefgh: choose another.'
  if (COMMON_PASSWORDS.has(password.toLowerCase()))
    return 'The password is among the most common ones, which are tried first: choose another.'
  return undefined
}
