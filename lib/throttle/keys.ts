import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { copyOfText } from '../runtime/copy-of-text.ts'

// A directory may treat different spellings as one account: another case, accents, compatibility forms, white space,
// invisible characters. If each spelling had its own budget, guesses would be unlimited; two accounts that happen to
// share a budget do no harm.
function fold(username: string): string {
  const plain = username.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Z}\s]/gu, '')
  return plain.toUpperCase().toLowerCase()
}

const digest = (text: string): string =>
  copyOfText(createHash('sha256').update(text).digest('base64url').slice(0, 22))

/** The throttle's key for an account. Its length is fixed, however long the name was. */
export const accountKey = (username: string): string => digest(fold(username))

/** The throttle's key for one exact name. Several names can have the same account key. */
export const nameKey = (username: string): string => digest(username.normalize('NFC'))

// Prefixes of IPv6 addresses that hold an IPv4 address in the last 32 bits: dual-stack sockets (RFC 4291, section
// 2.5.5.2) and NAT64 (RFC 6052, section 2.1). Without this, all IPv4 clients would share one /64.
const PREFIXES_OF_IPV4 = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']

// The URL parser writes an IPv6 address in its canonical form (RFC 5952); only its `::` is left to expand.
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

// Proxies may write an address with brackets, a port or a zone.
const IN_BRACKETS = /^\[([^\]]*)\](?::\d{1,5})?$/
const WITH_PORT = /^([\d.]+):\d{1,5}$/

function bareAddress(ip: string): string {
  const inner = (IN_BRACKETS.exec(ip) ?? WITH_PORT.exec(ip))?.[1] ?? ip
  return inner.split('%', 1)[0] as string
}

/**
 * The throttle's key for an address. IPv4: the whole address, even when it is written as IPv6. IPv6: its /64, which is
 * what one customer gets. Everything that is not an IP address (a Unix socket, a closed connection, a proxy's
 * placeholder) has one key in common.
 * @see RFC 6177
 */
export function addressKey(ip: string | undefined): string {
  const address = bareAddress(ip ?? '')
  const family = isIP(address)
  if (family === 0) return 'unknown'
  // A slice would keep the whole `X-Forwarded-For` header in memory, up to 16 KB.
  if (family === 4) return copyOfText(address)
  const groups = ipv6Groups(address)
  return ipv4In(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
}
