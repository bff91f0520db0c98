import type { LiveDocument } from '../docs/document/live-document.ts'
import type { OpenApiDocument } from '../openapi/document.ts'
import type { UserRecord } from '../options/options.ts'
import type { Exchange } from '../probe/socket.ts'

/** How much the log of a service says. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** What `serve` asks to be started. */
export interface Service {
  readonly document: OpenApiDocument | LiveDocument
  /** A record, or the path of a file. */
  readonly users: UserRecord | string
  /** Title of the documentation's page; undefined: the one of the document. */
  readonly title: string | undefined
  /** Title of the other pages. */
  readonly pagesTitle: string | undefined
  readonly mode: 'basic' | 'form'
  readonly host: string
  readonly port: number
  /** Whose forwarded headers are believed: addresses, networks and names of networks. */
  readonly trustProxy: readonly string[]
  readonly logLevel: LogLevel
  /** Takes the lines of the service's log, in JSON. */
  log(line: string): void
}

/** A connection to a Redis, for one command of ours. */
export interface Redis {
  /** Throws a UsageError where Redis refuses or does not answer. */
  send(command: readonly string[]): Promise<unknown>
  close(): void
}

/** Everything that a command touches of the world. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void
  /** Writes to standard error. */
  error(text: string): void
  /** Which of the two take colours. */
  readonly hasColors: { readonly out: boolean; readonly error: boolean }
  /** How wide the terminal is that standard output goes to; undefined where it goes elsewhere. */
  readonly columns: number | undefined
  /** Whether a person reads standard error. */
  readonly isErrorTerminal: boolean
  /** Whether a person sits at standard input. */
  readonly isInteractive: boolean
  /** Asks a person, without echo; undefined where they gave up. */
  askHidden(question: string): Promise<string | undefined>
  /** All of standard input. */
  readAll(): Promise<Buffer>
  /** Starts a service and resolves to where it listens. */
  start(service: Service): Promise<string>
  /** Resolves when the service is told to stop and has stopped. */
  stopped(): Promise<void>
  /** The URL of a Redis, where the environment has one: an argument could be read by others. */
  readonly redisUrl: string | undefined
  /** Connects to a Redis. Throws a UsageError where it cannot. */
  openRedis(url: string): Promise<Redis>
  /** Sends bytes to a service over a connection of its own. */
  readonly exchange: Exchange
}

/** A mistake of the caller's: printed as a sentence, without a stack. */
export class UsageError extends Error {}
