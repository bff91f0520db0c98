const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

// Unicode Standard Annex 11: East Asian wide characters and emoji take two columns.
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u

const lettersOf = (text: string): readonly string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment)

const columnsOf = (letter: string): number => (WIDE.test(letter) ? 2 : 1)

const USUAL_COLUMNS = 80

/** Width of the terminal that a stream goes to; undefined if it is not a terminal. */
export function columnsOfTerminal({ isTTY = false, columns = 0 }): number | undefined {
  if (!isTTY) return undefined
  // A terminal that does not know its width reports 0.
  return columns > 0 ? columns : USUAL_COLUMNS
}

/** The number of terminal columns that a string takes. */
export const widthOf = (text: string): number =>
  lettersOf(text).reduce((sum, letter) => sum + columnsOf(letter), 0)

// No terminal shows longer lines, and the segmenter's time grows with the square of the length.
const MAX_LENGTH = 2000

/** Cuts a string to a number of columns, with an ellipsis for the rest. */
export function cutTo(columns: number, text: string): string {
  if (columns === Number.POSITIVE_INFINITY) return text
  const start = text.slice(0, MAX_LENGTH)
  if (start === text && widthOf(text) <= columns) return text
  let [cut, width] = ['', 1]
  for (const letter of lettersOf(start)) {
    width += columnsOf(letter)
    if (width > columns) break
    cut += letter
  }
  return `${cut.trimEnd()}…`
}
