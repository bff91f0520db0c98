import { pluralize } from '../terminal/pluralize.ts'
import { onOneLine } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import { type StyledText, styled } from '../terminal/terminal.ts'
import { cutTo } from '../terminal/width.ts'

/** A service that has started. */
export interface Started {
  readonly title: string
  readonly operations: number
  readonly origin: string
  /** Who may read. */
  readonly readers: readonly (readonly StyledText[])[]
  /** The name of the document that is followed. */
  readonly watched: string | undefined
}

const INDENT = '  '

// Of a long title, as much as fits: nothing that somebody has to copy is cut.
const heading = (title: string, columns: number): StyledText =>
  styled('title', cutTo(columns - INDENT.length, onOneLine(title)))

/** What is said of it, in one block. */
export function report(
  { title, operations, origin, readers, watched }: Started,
  columns = Number.POSITIVE_INFINITY,
): readonly StyledText[] {
  const rows = [
    ['URL', styled('link', `${origin}/docs`)],
    ...readers,
    ...(watched === undefined ? [] : [['Watching', watched]]),
  ]
  return [
    `\n${INDENT}`,
    heading(title, columns),
    `\n${INDENT}${pluralize(operations, 'operation')}, behind a login\n\n`,
    ...table(rows, INDENT),
    `\n${INDENT}`,
    styled('quiet', 'Stop with Ctrl+C.'),
    '\n',
  ]
}
