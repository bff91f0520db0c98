import { executionAsyncResource } from 'node:async_hooks'

/** Holds one tick, or a few if several gates are registered at the same time. */
export const heldTicks: object[] = []

/**
 * Holds a tick of `process.nextTick`, so that V8 does not forget what ticks look like.
 *
 * Each request takes Node several ticks. The inline cache for their object literal holds its hidden class weakly, and
 * takes a class that is gone for another one: a full garbage collection at a moment without a tick, during a start or an
 * idle minute, leaves `nextTick` at a sixth of its speed for as long as the process lives (Node 20, 22 and 24). A tick
 * that is alive keeps the class alive.
 */
export function holdTickShape(): void {
  if (heldTicks.length > 0) return
  process.nextTick(hold)
}

function hold(): void {
  const resource = executionAsyncResource()
  if (!isTickOf(resource, hold)) return
  heldTicks.push(resource)
  process.nextTick(empty, resource)
}

/**
 * Whether this is the tick that Node made for a callback. Other runtimes return objects that must not be changed: Bun
 * returns `process.stdin`.
 */
export function isTickOf(resource: object, callback: () => void): resource is Record<PropertyKey, unknown> {
  const isPlain = Object.getPrototypeOf(resource) === Object.prototype
  return isPlain && (resource as { callback?: unknown }).callback === callback
}

// Only the shape is needed. The values are cleared, because they would keep the caller's AsyncLocalStorage alive.
function empty(tick: Record<PropertyKey, unknown>): void {
  for (const key of Reflect.ownKeys(tick)) if (typeof tick[key] !== 'number') tick[key] = undefined
}
