import { isTemporary } from './classify.ts'
import type { Service } from './request.ts'
import { type ProbeRequest, requestText } from './request.ts'
import { type ProbeResponse, parseResponse } from './response.ts'
import type { Exchange } from './socket.ts'

/** Sends requests to one service, up to a limit. */
export type ProbeClient = ReturnType<typeof createProbeClient>

/** The service cannot be reached, so nothing was probed. */
export class UnreachableError extends Error {}

const MAX_REQUESTS = 2000
// After so many requests that time out, the rest would take too long.
const MAX_LATE = 20

// If a name has several addresses and none can be reached, Node's error has a code and no message.
function unreachable(cause: unknown): UnreachableError {
  const { message, code } = cause as NodeJS.ErrnoException
  return new UnreachableError(message || code, { cause })
}

export function createProbeClient(service: Service, exchange: Exchange) {
  const counts = { requests: 0, unanswered: 0, hasStopped: false }
  let late = 0

  /**
   * Undefined if no response came, or the limit has been reached.
   *
   * @throws UnreachableError if the very first request gets no connection
   */
  async function send(request: ProbeRequest): Promise<ProbeResponse | undefined> {
    if (counts.requests >= MAX_REQUESTS || late >= MAX_LATE) {
      counts.hasStopped = true
      return undefined
    }
    const isFirst = counts.requests++ === 0
    try {
      const { bytes, isLate } = await exchange(service, requestText(request))
      if (isLate) late++
      return parseResponse(bytes)
    } catch (error) {
      if (isFirst) throw unreachable(error)
      return undefined
    }
  }

  /** For requests whose response is needed: tries twice, and counts those that stay unanswered. */
  async function requestWithRetry(request: ProbeRequest): Promise<ProbeResponse | undefined> {
    const first = await send(request)
    if (first && !isTemporary(first)) return first
    const second = await send(request)
    if (second && !isTemporary(second)) return second
    counts.unanswered++
    return undefined
  }

  return {
    request: send,
    requestWithRetry,
    /** How many requests are left. */
    remaining: () => MAX_REQUESTS - counts.requests,
    counts,
  }
}

const MAX_CONCURRENT = 6

/** Starts `work` for each item in order, a few at a time. */
export async function forEachConcurrently<T>(
  list: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const items = list[Symbol.iterator]() as IterableIterator<T>
  async function worker(): Promise<void> {
    for (let next = items.next(); !next.done; next = items.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, worker))
}
