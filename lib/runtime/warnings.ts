import type { EventLogger } from '../events.ts'

// An app without a logger has one whose methods are one function that does nothing. One that is set to be silent has
// such methods too, but a level: there, nobody wants to be told.
const isNone = ({ info, warn, level }: EventLogger & { readonly level?: unknown }): boolean =>
  info === warn && level === undefined

function warnProcess(details: object, message: string): void {
  const detail = Object.keys(details).length > 0 ? { detail: JSON.stringify(details) } : {}
  process.emitWarning(message, { type: 'DocsGateWarning', code: 'DOCS_GATE_WARNING', ...detail })
}

/**
 * The log to warn in of what works, but not as whoever runs the app may think. In an app without a logger, where it would
 * be lost, it is a warning of the process.
 */
export function warningLog(log: EventLogger): EventLogger {
  return isNone(log) ? { info: log.info, warn: warnProcess, error: log.error } : log
}
