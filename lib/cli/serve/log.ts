import { type LogLevel, UsageError } from '../io.ts'
import { onOneLine } from '../terminal/printable.ts'
import { printError, styled, type Terminal } from '../terminal/terminal.ts'
import { cutTo } from '../terminal/width.ts'

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** The level of `--log-level`, or `info`, which shows logins, failed logins and errors. */
export function logLevelOf(text: string | undefined): LogLevel {
  const level = LEVELS.find((one) => one === (text ?? 'info'))
  if (level !== undefined) return level
  throw new UsageError(`--log-level: there is no ${JSON.stringify(text)}; write ${LEVELS.join(', ')}.`)
}

interface Entry {
  readonly level: number
  readonly time?: number
  readonly msg?: string
  /** The name of the event, if this is an event of the gate. */
  readonly event?: string
  readonly username?: string
  readonly ip?: string
  /** Why an event happened, or what is wrong with a users file. */
  readonly reason?: string
  readonly err?: { readonly stack?: string }
}

const WARN = 40
// A proxy may forward any string as a client's address.
const MAX_COLUMNS = 60

const shortened = (text: string | undefined): string => cutTo(MAX_COLUMNS, onOneLine(text ?? ''))

function showEvent(terminal: Terminal, { time, event, username, ip, reason }: Entry): void {
  const clock = new Date(time as number).toTimeString().slice(0, 8)
  const all = [shortened(username), shortened(ip), shortened(reason?.replaceAll('_', ' '))]
  const details = all.filter((detail) => detail !== '').join(', ')
  terminal.error('  ', styled('quiet', clock), `  ${shortened(event?.replaceAll('_', ' '))}: ${details}\n`)
}

function showFault(terminal: Terminal, { msg = '', reason, err }: Entry): void {
  const message = msg.replace(/^docs-gate: /, '')
  printError(terminal, reason === undefined ? message : `${message}: ${reason}`)
  if (err?.stack !== undefined) terminal.error(styled('quiet', `${err.stack}\n`))
}

/**
 * Prints one line of a service's log. A terminal shows only events, warnings and errors, in readable form and with
 * stack traces. Otherwise the JSON line is printed unchanged.
 */
export function showLog(terminal: Terminal, line: string): void {
  if (!terminal.isErrorTerminal) return void terminal.error(line)
  const entry = JSON.parse(line) as Entry
  if (entry.event !== undefined) showEvent(terminal, entry)
  else if (entry.level >= WARN) showFault(terminal, entry)
}
