import { define } from './json.ts'
import type { Steps } from './time-slices.ts'

/** A value to write at a place of a document; undefined takes away what is there. */
export interface Change {
  readonly at: readonly string[]
  readonly value: unknown
}

type Container = Record<string, unknown>

const copyOf = (value: object): Container =>
  (Array.isArray(value) ? [...value] : { ...value }) as unknown as Container

/** A changed copy of a document, which shares with the given one whatever is not changed. */
export class DocumentPatch {
  readonly document: Container
  readonly #copied: WeakSet<object>

  constructor(document: object) {
    this.document = copyOf(document)
    this.#copied = new WeakSet([this.document])
  }

  write({ at, value }: Change): void {
    const name = at.at(-1) as string
    const container = this.#container(at.slice(0, -1))
    if (value === undefined) delete container[name]
    else define(container, name, value)
  }

  /** Writes changes, one in a step. */
  *writeAll(changes: Iterable<Change>): Steps<void> {
    for (const change of changes) {
      this.write(change)
      yield
    }
  }

  // Objects and lists on the way to a change are copied once; those that are missing are made.
  #container(at: readonly string[]): Container {
    let container = this.document
    for (const name of at) {
      const given = Object.hasOwn(container, name) ? container[name] : {}
      const copy = this.#copied.has(given as object) ? (given as Container) : copyOf(given as object)
      this.#copied.add(copy)
      define(container, name, copy)
      container = copy
    }
    return container
  }
}
