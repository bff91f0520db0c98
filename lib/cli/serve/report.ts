import { pluralize } from '../terminal/pluralize.ts'
import { onOneLine } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import { type StyledText, styled } from '../terminal/terminal.ts'
import { cutTo } from '../terminal/width.ts'

/** What the report says about a service that has started. */
export interface Started {
  readonly title: string
  readonly operations: number
  readonly origin: string
  /** The rows about the users. */
  readonly readers: readonly (readonly StyledText[])[]
  /** The name of the document that is read again when it changes. */
  readonly watched: string | undefined
}

const INDENT = '  '

// Only the title is cut to the terminal's width: users copy the URL and the password.
const heading = (title: string, columns: number): StyledText =>
  styled('title', cutTo(columns - INDENT.length, onOneLine(title)))

/** The text that `serve` prints when the service has started. */
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
