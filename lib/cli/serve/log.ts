import { type LogLevel, UsageError } from '../io.ts'
import { onOneLine } from '../terminal/printable.ts'
import { printError, styled, type Terminal } from '../terminal/terminal.ts'
import { cutTo } from '../terminal/width.ts'

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** What `--log-level` says; without it, what happens and what goes wrong. */
export function logLevelOf(text: string | undefined): LogLevel {
  const level = LEVELS.find((one) => one === (text ?? 'info'))
  if (level !== undefined) return level
  throw new UsageError(`--log-level: there is no ${JSON.stringify(text)}; write ${LEVELS.join(', ')}.`)
}

interface Entry {
  readonly level: number
  readonly time?: number
  readonly msg?: string
  /** What happened, where this is an event of the gate. */
  readonly event?: string
  readonly username?: string
  readonly ip?: string
  /** Of an event why it happened; of a file of users what is wrong with it. */
  readonly reason?: string
  readonly err?: { readonly stack?: string }
}

const WARN = 40
// What a proxy hands on as an address may be anything.
const MAX_COLUMNS = 60

const spoken = (text: string | undefined): string => cutTo(MAX_COLUMNS, onOneLine(text ?? ''))

function showEvent(terminal: Terminal, { time, event, username, ip, reason }: Entry): void {
  const clock = new Date(time as number).toTimeString().slice(0, 8)
  const details = [spoken(username), spoken(ip), spoken(reason?.replaceAll('_', ' '))]
  const told = details.filter((detail) => detail !== '').join(', ')
  terminal.error('  ', styled('quiet', clock), `  ${spoken(event?.replaceAll('_', ' '))}: ${told}\n`)
}

function showFault(terminal: Terminal, { msg = '', reason, err }: Entry): void {
  const what = msg.replace(/^docs-gate: /, '')
  printError(terminal, reason === undefined ? what : `${what}: ${reason}`)
  if (err?.stack !== undefined) terminal.error(styled('quiet', `${err.stack}\n`))
}

/**
 * Shows a line of a service's log. A person at a terminal reads events and faults, each on a line of its own; a defect
 * keeps its stack. A program gets the line as it is, in JSON.
 */
export function showLog(terminal: Terminal, line: string): void {
  if (!terminal.isErrorTerminal) return void terminal.error(line)
  const entry = JSON.parse(line) as Entry
  if (entry.event !== undefined) showEvent(terminal, entry)
  else if (entry.level >= WARN) showFault(terminal, entry)
}
