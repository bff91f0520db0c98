/** From which addresses names have logged in. */
export interface KnownAddresses {
  has(name: string, address: string): boolean
  add(name: string, address: string): void
}

const MAX_ADDRESSES = 50

/**
 * The latest addresses of the latest names. Every user who ever logged in has an entry, so it is as small as can be: of a
 * name one text, its addresses from the oldest to the latest.
 */
export function knownAddresses(maxNames: number): KnownAddresses {
  // A map keeps the order in which its keys came: what is taken out and put back is the latest.
  const addressesOf = new Map<string, string>()

  function touch(name: string, addresses: string): void {
    addressesOf.delete(name)
    addressesOf.set(name, addresses)
  }

  const listOf = (addresses: string | undefined): readonly string[] => addresses?.split(' ') ?? []

  return {
    has(name, address) {
      const addresses = addressesOf.get(name)
      if (addresses === undefined) return false
      touch(name, addresses)
      return listOf(addresses).includes(address)
    },
    add(name, address) {
      const others = listOf(addressesOf.get(name)).filter((other) => other !== address)
      touch(name, [...others, address].slice(-MAX_ADDRESSES).join(' '))
      if (addressesOf.size <= maxNames) return
      const [oldest] = addressesOf.keys()
      addressesOf.delete(oldest as string)
    },
  }
}
