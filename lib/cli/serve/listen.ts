import { UsageError } from '../io.ts'

const NO_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EAI_AGAIN', 'EINVAL', 'ENOTFOUND']
const LISTENING = ['bind', 'getaddrinfo', 'listen']

/** Turns an error of `listen()` into a UsageError that says what to do; returns any other error unchanged. */
export function listenRefusal(error: unknown, host: string): unknown {
  const { code = '', syscall = '', port } = error as NodeJS.ErrnoException & { port?: number }
  if (!LISTENING.includes(syscall)) return error
  if (code === 'EADDRINUSE')
    return new UsageError(`Port ${port} is in use. Choose another with --port, or 0 for a free one.`)
  if (code === 'EACCES')
    return new UsageError(`Port ${port} may not be opened by this user. Choose one above 1023 with --port.`)
  if (NO_ADDRESS.includes(code))
    return new UsageError(
      `This machine has no address ${JSON.stringify(host)}. Choose another with --host, like 127.0.0.1 or 0.0.0.0.`,
    )
  return new UsageError(
    `The system does not let it listen on ${JSON.stringify(host)} (${code}). Choose another address with --host, or another port with --port.`,
  )
}
