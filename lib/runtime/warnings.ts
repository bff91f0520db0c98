import type { EventLogger } from '../events.ts'

// Without a logger, all methods of Fastify's `log` are one function that does nothing. In a logger whose level is
// `silent` they are too, but it has a level, and there no warnings are wanted.
const isNone = ({ info, warn, level }: EventLogger & { readonly level?: unknown }): boolean =>
  info === warn && level === undefined

function warnProcess(details: object, message: string): void {
  const detail = Object.keys(details).length > 0 ? { detail: JSON.stringify(details) } : {}
  process.emitWarning(message, { type: 'DocsGateWarning', code: 'DOCS_GATE_WARNING', ...detail })
}

/**
 * A log for warnings about the setup, such as a setting that has no effect. In an app without a logger, they become
 * Node.js process warnings, because nobody would see them otherwise.
 */
export function warningLog(log: EventLogger): EventLogger {
  return isNone(log) ? { info: log.info, warn: warnProcess, error: log.error } : log
}
