import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Service } from './request.ts'

/** What came over one connection. */
export interface Exchanged {
  readonly bytes: Buffer
  /** Whether the service had not closed the connection when the time was up. */
  readonly isLate: boolean
}

/** Sends text, one byte per character, over a connection of its own. Rejects where there is none to be had. */
export type Exchange = (service: Service, text: string) => Promise<Exchanged>

const DEADLINE_MILLISECONDS = 5000
// A page, the head of any document: what more there is says nothing more.
const MAX_BYTES = 512 * 1024

function open({ isTls, hostname, port }: Service, onOpen: () => void): Socket {
  if (!isTls) return connect({ host: hostname, port }, onOpen)
  // RFC 6066, section 3: an address is no server name.
  const servername = /^[\d.]+$|:/.test(hostname) ? '' : hostname
  return connectTls({ host: hostname, port, servername, ALPNProtocols: ['http/1.1'] }, onOpen)
}

/** Sockets that wait for an answer no longer than this. */
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
        // A connection that was reset may have carried an answer.
        if (isOpen) finish(false)
        else reject(error)
      })
      socket.on('close', () => finish(false))
    })

/** The sockets of the command. */
export const exchange: Exchange = exchangeWithin(DEADLINE_MILLISECONDS)
