import type { LiveDocument } from '../docs/document/live-document.ts'
import type { OpenApiDocument } from '../openapi/document.ts'
import type { UserRecord } from '../options/options.ts'
import type { Exchange } from '../probe/socket.ts'

/** The log level of a service. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** The service that `serve` starts. */
export interface Service {
  readonly document: OpenApiDocument | LiveDocument
  /** A record of users, or the path of a users file. */
  readonly users: UserRecord | string
  /** Title of the documentation page; undefined for the title in the document. */
  readonly title: string | undefined
  /** Title of the other pages. */
  readonly pagesTitle: string | undefined
  readonly mode: 'basic' | 'form'
  readonly host: string
  readonly port: number
  /** Proxies whose X-Forwarded-* headers are trusted: addresses, networks and names of networks. */
  readonly trustProxy: readonly string[]
  readonly logLevel: LogLevel
  /** Called with each line of the service's log, in JSON. */
  log(line: string): void
}

/** A connection to Redis for the duration of one command. */
export interface Redis {
  /** @throws UsageError if Redis refuses the command or does not answer */
  send(command: readonly string[]): Promise<unknown>
  close(): void
}

/** All input and output of the commands, so that tests can replace it. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void
  /** Writes to standard error. */
  error(text: string): void
  /** Whether each of the two streams shows colours. */
  readonly hasColors: { readonly out: boolean; readonly error: boolean }
  /** Width of the terminal that standard output goes to; undefined if it is not a terminal. */
  readonly columns: number | undefined
  /** Whether standard error is a terminal. */
  readonly isErrorTerminal: boolean
  /** Whether standard input is a terminal. */
  readonly isInteractive: boolean
  /** Prompts for input without echo; undefined if the user cancelled. */
  askHidden(question: string): Promise<string | undefined>
  /** Reads standard input to its end. */
  readAll(): Promise<Buffer>
  /** Starts a service and resolves to its origin. */
  start(service: Service): Promise<string>
  /** Resolves when the service has received a signal to stop and has stopped. */
  stopped(): Promise<void>
  /** The Redis URL from the environment. Other users of the machine could read it in an argument. */
  readonly redisUrl: string | undefined
  /** @throws UsageError if it cannot connect */
  openRedis(url: string): Promise<Redis>
  /** Sends bytes to a service over a new connection. */
  readonly exchange: Exchange
}

/** A mistake of the user's: its message is printed without a stack trace. */
export class UsageError extends Error {}
