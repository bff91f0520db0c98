import { isIP } from 'node:net'
import { UsageError } from '../io.ts'

// The names that Fastify's `trustProxy` knows.
const NETWORKS = ['loopback', 'linklocal', 'uniquelocal']

// Proxies on this machine are the usual setup, and no client elsewhere can have a loopback address.
const DEFAULT = ['loopback']

const REMEDY =
  'write addresses and networks with commas, like 10.0.0.0/8,192.0.2.1 or loopback, or write none'

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  if (bits === undefined) return true
  // A prefix of 0 bits would trust every client, and a trusted client can forge its address.
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128)
}

// Fastify no longer accepts a number of hops, because it would trust clients that connect directly like a proxy.
const remedyFor = (wrong: string): string =>
  /^\d+$/.test(wrong) ? `a number of hops does not tell a proxy from a client; ${REMEDY}` : REMEDY

/** The proxies that `--trust-proxy` names, or those on this machine. */
export function trustedProxies(text: string | undefined): readonly string[] {
  if (text === undefined) return DEFAULT
  if (text === 'none') return []
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !NETWORKS.includes(name) && !isNetwork(name))
  if (wrong === undefined) return names
  throw new UsageError(`--trust-proxy: ${JSON.stringify(wrong)} is no proxy; ${remedyFor(wrong)}.`)
}
