import type { View } from './view.ts'

export interface ViewCacheOptions {
  readonly maxViews?: number
  /** Limit for the bytes of all views together. A single view may be larger. */
  readonly maxBytes?: number
}

/** Views by the operations that they show. */
export type ViewCache = ReturnType<typeof createViewCache>

/** A cache of limited size. The least recently used views are removed; requests that wait for one still get it. */
export function createViewCache({ maxViews = 100, maxBytes = 268_435_456 }: ViewCacheOptions = {}) {
  // In the order of their last use.
  const views = new Map<string, View>()
  const making = new Map<string, Promise<View>>()

  const isFull = (): boolean => {
    const bytes = [...views.values()].reduce((sum, view) => sum + view.bytes, 0)
    return views.size > maxViews || bytes > maxBytes
  }

  function trim(): void {
    while (views.size > 1 && isFull()) views.delete(views.keys().next().value as string)
  }

  function keep(key: string, view: View): View {
    views.delete(key)
    views.set(key, view)
    trim()
    return view
  }

  async function make(key: string, create: (grown: () => void) => Promise<View>): Promise<View> {
    try {
      return keep(key, await create(trim))
    } finally {
      making.delete(key)
    }
  }

  return {
    /** The view for a key. `create` makes it once for all callers, and calls `grown` when it takes more memory. */
    async get(key: string, create: (grown: () => void) => Promise<View>): Promise<View> {
      const view = views.get(key)
      if (view) return keep(key, view)
      const made = making.get(key) ?? make(key, create)
      making.set(key, made)
      return made
    },
  }
}
