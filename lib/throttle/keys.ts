import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { copyOfText } from '../runtime/copy-of-text.ts'

// What a directory might take for the same name: another case, accents, compatibility forms, white space, invisible
// characters. Two accounts that share a budget by accident lose nothing; one account with many budgets loses all.
function fold(username: string): string {
  const plain = username.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Z}\s]/gu, '')
  return plain.toUpperCase().toLowerCase()
}

const digest = (text: string): string =>
  copyOfText(createHash('sha256').update(text).digest('base64url').slice(0, 22))

/** What stands for an account in the throttle: of a fixed length, whatever was typed. */
export const accountKey = (username: string): string => digest(fold(username))

/** What stands for a name, and for no other name of the same account key. */
export const nameKey = (username: string): string => digest(username.normalize('NFC'))

// IPv4 in the last 32 bits: addresses of sockets that take both (RFC 4291, section 2.5.5.2), and what a translator in front
// of an IPv6 network makes of IPv4 clients (RFC 6052, section 2.1), who would all share one /64.
const PREFIXES_OF_IPV4 = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']

// The URL parser spells an IPv6 address canonically (RFC 5952); what is left is to fill the gap of its `::`.
function ipv6Groups(address: string): readonly string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':'))) as [
    string[],
    string[],
  ]
  return tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
}

function ipv4In(groups: readonly string[]): string | undefined {
  if (!PREFIXES_OF_IPV4.includes(groups.slice(0, 6).join(':'))) return undefined
  const bytes = groups.slice(6).flatMap((group) => {
    const bits = Number.parseInt(group, 16)
    return [bits >> 8, bits & 0xff]
  })
  return bytes.join('.')
}

// As a proxy may spell them: brackets, a port, a zone.
const IN_BRACKETS = /^\[([^\]]*)\](?::\d{1,5})?$/
const WITH_PORT = /^([\d.]+):\d{1,5}$/

function bareAddress(ip: string): string {
  const inner = (IN_BRACKETS.exec(ip) ?? WITH_PORT.exec(ip))?.[1] ?? ip
  return inner.split('%', 1)[0] as string
}

/**
 * What stands for an address: IPv4 whole, in whatever spelling and within IPv6 too; IPv6 by its /64, which is what one
 * customer gets. Whoever has none that is known shares one: a Unix socket, a peer that has gone, whatever a proxy wrote.
 * @see RFC 6177
 */
export function addressKey(ip: string | undefined): string {
  const address = bareAddress(ip ?? '')
  const family = isIP(address)
  if (family === 0) return 'unknown'
  // Of a header of 16 KB no more than the address.
  if (family === 4) return copyOfText(address)
  const groups = ipv6Groups(address)
  return ipv4In(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
}
