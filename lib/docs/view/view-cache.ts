import type { View } from './view.ts'

/** Views by what is seen in them; those that were read longest ago go first. */
export interface ViewCache {
  /**
   * The view of a key; `create` makes it, once for all who ask meanwhile, and tells `grown` whenever the view holds more.
   */
  get(key: string, create: (grown: () => void) => Promise<View>): Promise<View>
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
    async get(key, create) {
      const view = views.get(key)
      if (view) return keep(key, view)
      const made = making.get(key) ?? make(key, create)
      making.set(key, made)
      return made
    },
  }
}
