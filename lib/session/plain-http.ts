import type { EventLogger } from '../events.ts'

const LOCALHOST = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/
const REMEDY = 'serve https, or set trustProxy where a proxy terminates it'

/** Warns once that the cookie travels in the clear: every login would repeat it. */
export function plainHttpWarning(log: EventLogger): (host: string) => void {
  let isSaid = false
  return (host) => {
    if (isSaid || LOCALHOST.test(host)) return
    isSaid = true
    log.warn(
      { host },
      `docs-gate: the session cookie travels over plain http, readable on the way; ${REMEDY}`,
    )
  }
}
