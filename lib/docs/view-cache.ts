import type { View } from './view.ts'

/** Views by what is seen in them; those that were read longest ago go first. */
export interface ViewCache {
  /** The view of a key; `create` makes it, and tells `grown` whenever the view holds more. */
  get(key: string, create: (grown: () => void) => View): View
}

export interface ViewCacheOptions {
  readonly maxViews?: number
  /** Of all bytes of all views; one view may be larger. */
  readonly maxBytes?: number
}

/**
 * A bounded number of views. One that has to go is only forgotten: whoever reads it, or waits for it, still gets it.
 */
export function createViewCache({
  maxViews = 100,
  maxBytes = 268_435_456,
}: ViewCacheOptions = {}): ViewCache {
  // In the order of their last use.
  const views = new Map<string, View>()

  const isFull = (): boolean => {
    const bytes = [...views.values()].reduce((sum, view) => sum + view.bytes, 0)
    return views.size > maxViews || bytes > maxBytes
  }

  function trim(): void {
    while (views.size > 1 && isFull()) views.delete(views.keys().next().value as string)
  }

  return {
    get(key, create) {
      const view = views.get(key) ?? create(trim)
      views.delete(key)
      views.set(key, view)
      trim()
      return view
    },
  }
}
