import { define } from './json.ts'
import type { Steps } from './time-slices.ts'

/** A value to write at a place of a document, or undefined: to take it away. */
export interface Change {
  readonly at: readonly string[]
  readonly value: unknown
}

type Container = Record<string, unknown>

const copyOf = (value: object): Container =>
  (Array.isArray(value) ? [...value] : { ...value }) as unknown as Container

/** A document being written: shares with the given one whatever is not written. */
export class Draft {
  readonly document: Container
  readonly #own: WeakSet<object>

  constructor(document: object) {
    this.document = copyOf(document)
    this.#own = new WeakSet([this.document])
  }

  /** Writes a value, or takes it away where it is undefined. */
  write({ at, value }: Change): void {
    const name = at.at(-1) as string
    const container = this.#container(at.slice(0, -1))
    if (value === undefined) delete container[name]
    else define(container, name, value)
  }

  /** Writes one change in a step. */
  *writeAll(changes: Iterable<Change>): Steps<void> {
    for (const change of changes) {
      this.write(change)
      yield
    }
  }

  // What is above a change becomes the draft's own; what is not there yet is made.
  #container(at: readonly string[]): Container {
    let container = this.document
    for (const name of at) {
      const given = Object.hasOwn(container, name) ? container[name] : {}
      const own = this.#own.has(given as object) ? (given as Container) : copyOf(given as object)
      this.#own.add(own)
      define(container, name, own)
      container = own
    }
    return container
  }
}
