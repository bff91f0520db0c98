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

/** What a text is, which tells how it looks. */
export type Style = keyof typeof FORMATS

export interface Styled {
  readonly style: Style
  readonly text: string
}

export type StyledText = string | Styled

/** Says what a text is. The codes that make it look so are added where it is written, and only there. */
export const styled = (style: Style, text: string): Styled => ({ style, text })

export const textOf = (piece: StyledText): string => (typeof piece === 'string' ? piece : piece.text)

/** The terminal as commands see it: what they write is made printable, and looks as its styles say. */
export interface Terminal extends Io {
  out(...pieces: readonly StyledText[]): void
  error(...pieces: readonly StyledText[]): void
}

function shown(piece: StyledText, hasColors: boolean): string {
  const text = printable(textOf(piece))
  if (typeof piece === 'string' || !hasColors) return text
  // Whether there are colours is decided: later versions of Node would look at standard output themselves.
  return styleText([...FORMATS[piece.style]], text, { validateStream: false })
}

export const terminalOf = (io: Io): Terminal => ({
  ...io,
  out: (...pieces) => io.out(pieces.map((piece) => shown(piece, io.hasColors.out)).join('')),
  error: (...pieces) => io.error(pieces.map((piece) => shown(piece, io.hasColors.error)).join('')),
})

/** A sentence that says what went wrong, on standard error and on one line. */
export const printError = (terminal: Terminal, sentence: string): void =>
  terminal.error(styled('bad', 'docs-gate:'), ` ${onOneLine(sentence)}\n`)
