/** The service that is probed: the only host that anything is sent to. */
export interface Service {
  readonly isTls: boolean
  /** A name or an address, as a socket takes it. */
  readonly hostname: string
  readonly port: number
  /** The Host header. */
  readonly host: string
  readonly origin: string
  /** The path of the URL without a slash at its end; empty for the root. */
  readonly base: string
}
