/**
 * The bound of an LRU cache, in entries. By size: of `max`, lru-cache makes the places at start, all of them.
 */
export const maxEntries = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })
