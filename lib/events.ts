import { channel } from 'node:diagnostics_channel'

/** What happened. */
export type GateEvent = 'login' | 'login_failed' | 'login_throttled' | 'logout' | 'session_ended' | 'denied'

/** What is known of it. Never a password, a token, or a cookie. */
export interface EventDetails {
  readonly username?: string | undefined
  readonly ip?: string | undefined
  readonly reqId?: string | undefined
  readonly reason?: string | undefined
}

/** What every event of a request says of it. */
export const about = ({
  ip,
  id: reqId,
}: {
  readonly ip: string | undefined
  readonly id?: string | undefined
}): EventDetails => (ip === undefined ? { reqId } : { ip, reqId })

/** What is said of a request that an error of ours refuses. */
export const denial = (
  request: Parameters<typeof about>[0],
  { code }: { readonly code: string },
): EventDetails => ({
  ...about(request),
  reason: code.slice('DOCS_GATE_'.length).toLowerCase(),
})

/** What is needed of a logger. */
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

/** Tells the log and `node:diagnostics_channel` (`docs-gate:<event>`) what happens. */
export function eventEmitter(log: EventLogger): Emit {
  const channels = new Map(Object.keys(MESSAGES).map((event) => [event, channel(`docs-gate:${event}`)]))
  return (event, details) => {
    const record = { event, ...details }
    log[WARNINGS.has(event) ? 'warn' : 'info'](record, MESSAGES[event])
    const subscribed = channels.get(event)
    if (subscribed?.hasSubscribers) subscribed.publish(record)
  }
}
