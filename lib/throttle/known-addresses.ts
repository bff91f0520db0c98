const MAX_ADDRESSES = 50

/**
 * Remembers from which addresses names have logged in: the latest addresses of the latest names. Every user who ever
 * logged in has an entry, so each entry is a single string to save memory: addresses from the oldest to the latest.
 */
export function knownAddresses(maxNames: number) {
  // A Map keeps insertion order: deleting and setting a key makes it the latest.
  const addressesOf = new Map<string, string>()

  function touch(name: string, addresses: string): void {
    addressesOf.delete(name)
    addressesOf.set(name, addresses)
  }

  const listOf = (addresses: string | undefined): readonly string[] => addresses?.split(' ') ?? []

  return {
    has(name: string, address: string): boolean {
      const addresses = addressesOf.get(name)
      if (addresses === undefined) return false
      touch(name, addresses)
      return listOf(addresses).includes(address)
    },
    add(name: string, address: string): void {
      const others = listOf(addressesOf.get(name)).filter((other) => other !== address)
      touch(name, [...others, address].slice(-MAX_ADDRESSES).join(' '))
      if (addressesOf.size <= maxNames) return
      const [oldest] = addressesOf.keys()
      addressesOf.delete(oldest as string)
    },
  }
}
