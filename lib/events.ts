import { channel } from 'node:diagnostics_channel'

/** The name of an event. */
export type GateEvent = 'login' | 'login_failed' | 'login_throttled' | 'logout' | 'session_ended' | 'denied'

/** The details of an event. They never contain a password, a token or a cookie. */
export interface EventDetails {
  readonly username?: string | undefined
  readonly ip?: string | undefined
  readonly reqId?: string | undefined
  readonly reason?: string | undefined
}

/** The details of a request that all its events have. */
export const about = ({
  ip,
  id: reqId,
}: {
  readonly ip: string | undefined
  readonly id?: string | undefined
}): EventDetails => (ip === undefined ? { reqId } : { ip, reqId })

/** The details of a request that is refused with an error of the gate. */
export const denial = (
  request: Parameters<typeof about>[0],
  { code }: { readonly code: string },
): EventDetails => ({
  ...about(request),
  reason: code.slice('DOCS_GATE_'.length).toLowerCase(),
})

/** The part of a logger that is needed here. */
export interface EventLogger {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export type Emit = (event: GateEvent, details: EventDetails) => void

const MESSAGES: Readonly<Record<GateEvent, string>> = {
  login: 'docs-gate: somebody logged in',
  login_failed: 'docs-gate: a login failed',
  login_throttled: 'docs-gate: a login was throttled',
  logout: 'docs-gate: somebody logged out',
  session_ended: 'docs-gate: a session was ended',
  denied: 'docs-gate: a request was denied',
}

const WARNINGS: ReadonlySet<GateEvent> = new Set(['login_failed', 'login_throttled'])

/** Writes events to the log and publishes them on `node:diagnostics_channel` as `docs-gate:<event>`. */
export function eventEmitter(log: EventLogger): Emit {
  const channels = new Map(Object.keys(MESSAGES).map((event) => [event, channel(`docs-gate:${event}`)]))
  return (event, details) => {
    const record = { event, ...details }
    log[WARNINGS.has(event) ? 'warn' : 'info'](record, MESSAGES[event])
    const subscribed = channels.get(event)
    if (subscribed?.hasSubscribers) subscribed.publish(record)
  }
}
