import { complain, type Screen, styled } from '../terminal/screen.ts'

interface Entry {
  readonly msg?: string
  /** What is wrong with a file of users. */
  readonly reason?: string
  readonly err?: { readonly stack?: string }
}

/** Shows a line of a service's log, as a sentence. A defect keeps its stack. */
export function showLog(screen: Screen, line: string): void {
  const { msg = '', reason, err } = JSON.parse(line) as Entry
  const what = msg.replace(/^docs-gate: /, '')
  complain(screen, reason === undefined ? what : `${what}: ${reason}`)
  if (err?.stack !== undefined) screen.error(styled('quiet', `${err.stack}\n`))
}
