/**
 * A document cannot be used. The message names the file and the place in it, says what is wrong there, and what to write
 * instead. It shows no credentials and no query of a URL.
 */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
}

/** Throws a {@link DocumentError}: `what` says what is wrong. */
export type Refuse = (what: string, cause?: unknown) => never

/** @param subject what it is that is wrong, and where: a file, a place in one */
export const refuser =
  (subject: string): Refuse =>
  (what, cause) => {
    throw new DocumentError(`${subject} ${what}`, cause === undefined ? undefined : { cause })
  }
