import { isTemporary } from './classify.ts'
import type { Service } from './request.ts'
import { type ProbeRequest, requestText } from './request.ts'
import { type ProbeResponse, parseResponse } from './response.ts'
import type { Exchange } from './socket.ts'

/** Asks one service, within bounds. */
export interface ProbeClient {
  /** Undefined where no answer came, or none is asked for any more. */
  request(request: ProbeRequest): Promise<ProbeResponse | undefined>
  /** The same for what has to be known: asked again once, and counted where it stays unanswered. */
  requestWithRetry(request: ProbeRequest): Promise<ProbeResponse | undefined>
  /** How many requests are left. */
  remaining(): number
  readonly counts: { readonly asked: number; readonly unanswered: number; readonly hasStopped: boolean }
}

/** The service cannot be reached: nothing was asked. */
export class UnreachableError extends Error {}

const MAX_REQUESTS = 2000
// Of a service that lets so many requests hang, nothing more can be learned in a reasonable time.
const MAX_LATE = 20

// Of a name with several addresses, Node says only the code.
function unreachable(cause: unknown): UnreachableError {
  const { message, code } = cause as NodeJS.ErrnoException
  return new UnreachableError(message || code, { cause })
}

/** @throws UnreachableError, from `request`, where the very first request gets no connection */
export function createProbeClient(service: Service, exchange: Exchange): ProbeClient {
  const counts = { asked: 0, unanswered: 0, hasStopped: false }
  let late = 0

  async function send(request: ProbeRequest): Promise<ProbeResponse | undefined> {
    if (counts.asked >= MAX_REQUESTS || late >= MAX_LATE) {
      counts.hasStopped = true
      return undefined
    }
    const isFirst = counts.asked++ === 0
    try {
      const { bytes, isLate } = await exchange(service, requestText(request))
      if (isLate) late++
      return parseResponse(bytes)
    } catch (error) {
      if (isFirst) throw unreachable(error)
      return undefined
    }
  }

  async function requestWithRetry(request: ProbeRequest): Promise<ProbeResponse | undefined> {
    const first = await send(request)
    if (first && !isTemporary(first)) return first
    const second = await send(request)
    if (second && !isTemporary(second)) return second
    counts.unanswered++
    return undefined
  }

  return { request: send, requestWithRetry, remaining: () => MAX_REQUESTS - counts.asked, counts }
}

const AT_ONCE = 6

/** Works on a list, a few at a time, in order. */
export async function forEachConcurrently<T>(
  list: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const items = list[Symbol.iterator]() as IterableIterator<T>
  async function worker(): Promise<void> {
    for (let next = items.next(); !next.done; next = items.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
