/** Limits an LRU cache to a number of entries. Not by `max`, for which lru-cache allocates all slots at the start. */
export const maxEntries = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })
