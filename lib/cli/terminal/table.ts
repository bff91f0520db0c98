import { onOneLine } from './printable.ts'
import { type Piece, styled, textOf } from './screen.ts'
import { widthOf } from './width.ts'

const GAP = '  '

const cellOf = (piece: Piece): Piece =>
  typeof piece === 'string' ? onOneLine(piece) : styled(piece.style, onOneLine(piece.text))

const cellsOf = (row: readonly Piece[]): readonly Piece[] => {
  const cells = row.map(cellOf)
  return cells.slice(0, cells.findLastIndex((cell) => textOf(cell) !== '') + 1)
}

const columnsOf = (cell: Piece): number => widthOf(textOf(cell))

function lineOf(cells: readonly Piece[], widths: readonly number[], indent: string): readonly Piece[] {
  const padded = cells.slice(0, -1).flatMap((cell, column): Piece[] => {
    return [cell, ' '.repeat((widths[column] as number) - columnsOf(cell)), GAP]
  })
  return [indent, ...padded, ...cells.slice(-1), '\n']
}

/** Rows of cells as lines, in columns. The last cell of a row may be as long as it likes. */
export function table(rows: readonly (readonly Piece[])[], indent = ''): readonly Piece[] {
  const lines = rows.map(cellsOf)
  const widths: number[] = []
  for (const cells of lines) {
    for (const [column, cell] of cells.slice(0, -1).entries())
      widths[column] = Math.max(widths[column] ?? 0, columnsOf(cell))
  }
  return lines.flatMap((cells) => lineOf(cells, widths, indent))
}
