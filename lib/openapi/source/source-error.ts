import { OptionsError } from '../../errors.ts'

/** Refuses a source: says what is wrong with what. */
export type Refuse = (what: string, cause?: unknown) => never

/** @param from what it is that is wrong, and where: a file, a place in one */
export const refuser =
  (option: string, from: string): Refuse =>
  (what, cause) => {
    throw new OptionsError(`${option}: ${from} ${what}`, cause === undefined ? undefined : { cause })
  }
