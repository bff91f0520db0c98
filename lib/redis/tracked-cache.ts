import { LRUCache } from 'lru-cache'
import type { MaybePromise } from '../http/request.ts'
import { maxEntries } from '../runtime/max-entries.ts'

const MAX_ENTRIES = 10_000

/**
 * Caches what `read` returns until Redis reports a change of the key. Missing values are cached too. While `isFresh` is
 * false, reports may be missing, so nothing is served from the cache. Concurrent reads of one key share one request.
 */
export function trackedCache<T>(read: (key: string) => Promise<T | null>, isFresh: () => boolean) {
  const cached = new LRUCache<string, { readonly value: T | null }>(maxEntries(MAX_ENTRIES))
  const pending = new Map<string, Promise<T | null>>()

  /** Drops a key from the cache; null drops all keys. */
  function forget(key: string | null): void {
    if (key === null) {
      cached.clear()
      pending.clear()
    } else {
      cached.delete(key)
      pending.delete(key)
    }
  }

  // If the key is forgotten while it is being read, the value may be outdated and is not cached.
  function readAndCache(key: string): Promise<T | null> {
    const isCurrent = (): boolean => pending.get(key) === reading
    const reading: Promise<T | null> = read(key)
      .then((value) => {
        if (isCurrent()) cached.set(key, { value })
        return value
      })
      .finally(() => {
        if (isCurrent()) pending.delete(key)
      })
    pending.set(key, reading)
    return reading
  }

  return {
    /** The value of a key: returned at once if it is cached, read otherwise. */
    get(key: string): MaybePromise<T | null> {
      if (!isFresh()) cached.clear()
      const entry = cached.get(key)
      return entry ? entry.value : (pending.get(key) ?? readAndCache(key))
    },
    forget,
  }
}
