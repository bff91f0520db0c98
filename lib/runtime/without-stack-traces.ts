/**
 * Runs what throws or makes errors whose stack nobody will read: taking one costs more than all the rest of a refusal.
 * The limit is V8's, of the whole thread, so `run` is synchronous and calls no code of others but a library's.
 */
export function withoutStackTraces<T>(run: () => T): T {
  const { stackTraceLimit } = Error
  // Not an assignment, which throws where the host has frozen the intrinsics.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return run()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}
