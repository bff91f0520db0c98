import type { MaybePromise } from '../http/request.ts'

const unchanged = <V, T>(value: V): T => value as unknown as T

/**
 * Runs what somebody else wrote (a store, a user directory) and lets it neither hang nor throw its own errors:
 * whatever goes wrong becomes `failure`, with the reason as its cause. `read` makes of the answer what the caller uses,
 * and throws where the answer is nonsense.
 */
export function withDeadline<V, T = V>(
  run: () => MaybePromise<V>,
  milliseconds: number,
  failure: (options: ErrorOptions) => Error,
  read: (value: V) => T = unchanged,
): MaybePromise<T> {
  let value: MaybePromise<V>
  try {
    value = run()
    if (!isThenable(value)) return read(value)
  } catch (cause) {
    throw failure({ cause })
  }
  return raceDeadline(value, milliseconds, failure, read)
}

export const isThenable = <T>(value: MaybePromise<T>): value is Promise<T> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'

function raceDeadline<V, T>(
  promise: Promise<V>,
  milliseconds: number,
  failure: (options: ErrorOptions) => Error,
  read: (value: V) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      clearTimeout(timer)
      reject(failure({ cause }))
    }
    const late = (): void => fail(new Error(`no answer within ${milliseconds} ms`))
    // Timers go before the sockets where the process was busy: the answer may be there.
    const timer = setTimeout(() => setImmediate(late), milliseconds)
    // What a host wrote may be a thenable of its own, which throws; and so may what it answers, where it is read.
    const settle = (value: V): void => {
      clearTimeout(timer)
      resolve(read(value))
    }
    try {
      Promise.resolve(promise).then(settle).catch(fail)
    } catch (cause) {
      fail(cause)
    }
  })
}

/** What a promise gives, or this error where it takes longer. Its own errors stay as they are. */
export async function within<T>(promise: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}
