/**
 * Runs code that creates errors without capturing stack traces, which costs more than the rest of a refusal. V8's limit
 * applies to the whole thread, so `run` must be synchronous and must not call code of the app.
 */
export function withoutStackTraces<T>(run: () => T): T {
  const { stackTraceLimit } = Error
  // Not an assignment, which throws if the app has frozen the intrinsics.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return run()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}
