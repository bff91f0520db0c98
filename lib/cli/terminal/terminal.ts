import { styleText } from 'node:util'
import type { Io } from '../io.ts'
import { onOneLine, printable } from './printable.ts'

const FORMATS = {
  title: ['bold'],
  command: ['bold'],
  link: ['cyan'],
  secret: ['inverse'],
  quiet: ['dim'],
  good: ['green', 'bold'],
  bad: ['red', 'bold'],
  warning: ['yellow', 'bold'],
} as const satisfies Record<string, readonly Parameters<typeof styleText>[0][]>

/** The meaning of a string, which decides how it looks. */
export type Style = keyof typeof FORMATS

export interface Styled {
  readonly style: Style
  readonly text: string
}

export type StyledText = string | Styled

/** Gives a string a style. Escape codes are added only when it is written. */
export const styled = (style: Style, text: string): Styled => ({ style, text })

export const textOf = (piece: StyledText): string => (typeof piece === 'string' ? piece : piece.text)

/** The input and output of commands: what they write is made printable and styled. */
export interface Terminal extends Io {
  out(...pieces: readonly StyledText[]): void
  error(...pieces: readonly StyledText[]): void
}

function shown(piece: StyledText, hasColors: boolean): string {
  const text = printable(textOf(piece))
  if (typeof piece === 'string' || !hasColors) return text
  // `hasColors` has decided already; later versions of Node would check standard output by themselves.
  return styleText([...FORMATS[piece.style]], text, { validateStream: false })
}

export const terminalOf = (io: Io): Terminal => ({
  ...io,
  out: (...pieces) => io.out(pieces.map((piece) => shown(piece, io.hasColors.out)).join('')),
  error: (...pieces) => io.error(pieces.map((piece) => shown(piece, io.hasColors.error)).join('')),
})

/** Prints an error message to standard error, on one line. */
export const printError = (terminal: Terminal, sentence: string): void =>
  terminal.error(styled('bad', 'docs-gate:'), ` ${onOneLine(sentence)}\n`)
