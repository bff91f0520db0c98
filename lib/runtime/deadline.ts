import type { MaybePromise } from '../http/request.ts'

const unchanged = <V, T>(value: V): T => value as unknown as T

/**
 * Calls code of the app (a store, a user directory) with a deadline. If it throws, rejects or is late, the error is
 * that of `failure`, with the reason as its cause. `read` converts the result, and throws if the result is invalid.
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
    // After the process was busy, Node runs timers before it reads sockets: the result may be there already.
    const timer = setTimeout(() => setImmediate(late), milliseconds)
    // Anything of the app can throw: `then` of its own thenable, or a getter of the result while it is read.
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

/** Waits for a promise, and throws the error of `late` if that takes too long. Its own rejections are passed on. */
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
