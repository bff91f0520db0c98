import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Service } from './request.ts'

/** The bytes that came over one connection. */
export interface Exchanged {
  readonly bytes: Buffer
  /** Whether the connection was still open at the deadline. */
  readonly isLate: boolean
}

/** Sends a string, one byte per character, over a new connection. Rejects if there is no connection. */
export type Exchange = (service: Service, text: string) => Promise<Exchanged>

const DEADLINE_MILLISECONDS = 5000
// Enough to recognise a page or the beginning of a document.
const MAX_BYTES = 512 * 1024

function open({ isTls, hostname, port }: Service, onOpen: () => void): Socket {
  if (!isTls) return connect({ host: hostname, port }, onOpen)
  // RFC 6066, section 3: an IP address is not allowed as a server name.
  const servername = /^[\d.]+$|:/.test(hostname) ? '' : hostname
  return connectTls({ host: hostname, port, servername, ALPNProtocols: ['http/1.1'] }, onOpen)
}

/** Exchanges bytes over sockets, with a deadline. */
export const exchangeWithin =
  (milliseconds: number): Exchange =>
  (service, text) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let length = 0
      let isOpen = false
      const socket = open(service, () => {
        isOpen = true
        socket.write(text, 'latin1')
      })
      const finish = (isLate: boolean): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve({ bytes: Buffer.concat(chunks), isLate })
      }
      const timer = setTimeout(() => {
        if (isOpen) return finish(true)
        socket.destroy()
        reject(new Error(`no connection within ${milliseconds} ms`))
      }, milliseconds)
      socket.on('data', (chunk) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > MAX_BYTES) finish(false)
      })
      socket.on('error', (error) => {
        clearTimeout(timer)
        // A response may have come before the connection was reset.
        if (isOpen) finish(false)
        else reject(error)
      })
      socket.on('close', () => finish(false))
    })

/** Exchanges bytes with the deadline that the command uses. */
export const exchange: Exchange = exchangeWithin(DEADLINE_MILLISECONDS)
