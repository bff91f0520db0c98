import { onOneLine } from './printable.ts'
import { type StyledText, styled, textOf } from './terminal.ts'
import { widthOf } from './width.ts'

const GAP = '  '

type Row = readonly StyledText[]

const cellOf = (piece: StyledText): StyledText =>
  typeof piece === 'string' ? onOneLine(piece) : styled(piece.style, onOneLine(piece.text))

const columnsOf = (cell: StyledText): number => widthOf(textOf(cell))

// The last cell of a row needs no padding, so its width does not count.
function widthsOf(rows: readonly Row[]): readonly number[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries())
      widths[column] = Math.max(widths[column] ?? 0, columnsOf(cell))
  }
  return widths
}

function lineOf(row: Row, widths: readonly number[], indent: string): readonly StyledText[] {
  const last = row.findLastIndex((cell) => columnsOf(cell) > 0)
  const padded = row
    .slice(0, last)
    .flatMap((cell, column) => [cell, ' '.repeat((widths[column] as number) - columnsOf(cell)), GAP])
  return [indent, ...padded, ...row.slice(last, last + 1), '\n']
}

/** Lays rows of cells out in aligned columns, one line each. */
export function table(rows: readonly Row[], indent = ''): readonly StyledText[] {
  const cells = rows.map((row) => row.map(cellOf))
  const widths = widthsOf(cells)
  return cells.flatMap((row) => lineOf(row, widths, indent))
}
