import { LRUCache } from 'lru-cache'
import type { MaybePromise } from '../http/request.ts'
import { maxEntries } from '../runtime/max-entries.ts'

/** Answers of Redis, kept until Redis says that they have changed. */
export interface TrackedCache<T> {
  /** The value of a key: at once where it is known, asked for otherwise. */
  get(key: string): MaybePromise<T | null>
  /** Forgets a key; null: all. */
  forget(key: string | null): void
}

const MAX_ENTRIES = 10_000

/**
 * A cache over `ask`. What is not there is kept too. Nothing is served that Redis may have changed unheard: see
 * `isFresh`. Requests that ask for one key at once share one answer.
 */
export function trackedCache<T>(
  ask: (key: string) => Promise<T | null>,
  isFresh: () => boolean,
): TrackedCache<T> {
  const known = new LRUCache<string, { readonly value: T | null }>(maxEntries(MAX_ENTRIES))
  const asked = new Map<string, Promise<T | null>>()

  function forget(key: string | null): void {
    if (key === null) {
      known.clear()
      asked.clear()
    } else {
      known.delete(key)
      asked.delete(key)
    }
  }

  // An answer is kept only while its question stands: a key that is forgotten meanwhile takes the question with it.
  function question(key: string): Promise<T | null> {
    const stands = (): boolean => asked.get(key) === answer
    const answer: Promise<T | null> = ask(key)
      .then((value) => {
        if (stands()) known.set(key, { value })
        return value
      })
      .finally(() => {
        if (stands()) asked.delete(key)
      })
    asked.set(key, answer)
    return answer
  }

  return {
    get(key) {
      if (!isFresh()) known.clear()
      const entry = known.get(key)
      return entry ? entry.value : (asked.get(key) ?? question(key))
    },
    forget,
  }
}
