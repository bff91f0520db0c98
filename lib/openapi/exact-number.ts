/**
 * A number of a document that a JavaScript number would change: `9223372036854775807`, `1.0`, `-0`. It calculates and
 * compares as the nearest number, and is written as it was read.
 *
 * @example
 * operation.parameters[0].schema.maximum > 100
 */
export class ExactNumber {
  /** As JSON has it. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  valueOf(): number {
    return Number(this.text)
  }

  toString(): string {
    return this.text
  }

  toJSON(): number {
    return Number(this.text)
  }
}

/** Whether a number in this spelling comes out of JavaScript as it went in. */
export const survives = (text: string): boolean => String(Number(text)) === text

/** The digits of a number that `JSON.stringify` would change or refuse; undefined for every other value. */
export function exactText(value: unknown): string | undefined {
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'bigint' ? String(value) : undefined
}
