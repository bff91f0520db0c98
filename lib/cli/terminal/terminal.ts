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

export interface StyledText {
  readonly style: Style
  readonly text: string
}

export type Piece = string | StyledText

/** Says what a text is. The codes that make it look so are added where it is written, and only there. */
export const styled = (style: Style, text: string): StyledText => ({ style, text })

export const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece.text)

/** The terminal as commands see it: what they write is made printable, and looks as its styles say. */
export interface Screen extends Io {
  out(...pieces: readonly Piece[]): void
  error(...pieces: readonly Piece[]): void
}

function shown(piece: Piece, hasColors: boolean): string {
  const text = printable(textOf(piece))
  if (typeof piece === 'string' || !hasColors) return text
  // Whether there are colours is decided: later versions of Node would look at standard output themselves.
  return styleText([...FORMATS[piece.style]], text, { validateStream: false })
}

export const screenOf = (io: Io): Screen => ({
  ...io,
  out: (...pieces) => io.out(pieces.map((piece) => shown(piece, io.hasColors.out)).join('')),
  error: (...pieces) => io.error(pieces.map((piece) => shown(piece, io.hasColors.error)).join('')),
})

/** A sentence that says what went wrong, on standard error and on one line. */
export const complain = (screen: Screen, sentence: string): void =>
  screen.error(styled('bad', 'docs-gate:'), ` ${onOneLine(sentence)}\n`)
