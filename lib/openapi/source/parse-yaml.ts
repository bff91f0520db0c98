import type { Alias, Document, Node, Scalar } from 'yaml'
import type { Refuse } from '../document-error.ts'
import { ExactNumber, survives } from '../exact-number.ts'
import { yaml } from '../yaml.ts'

/** What the aliases of a document may add to it when they are written out: so many characters in all... */
const MAX_ADDED = 64 * 1024 * 1024
/** ...and so many times what is there. Aliases of aliases multiply. */
const MAX_TIMES = 1000
/** The library looks for the anchor of each anew. */
const MAX_ALIASES = 20_000
/** What a value takes besides its text. */
const VALUE_WEIGHT = 16

const DECIMAL = /^([-+]?)0*(\d*)(?:\.(\d*))?(?:([eE])([-+]?\d+))?$/

/** A decimal number of YAML as JSON has it. */
function decimalText(source: string): string | undefined {
  const [match, sign, whole, fraction, e = '', exponent = ''] = DECIMAL.exec(source) ?? []
  if (match === undefined) return undefined
  return `${sign === '-' ? '-' : ''}${whole || '0'}${fraction ? `.${fraction}` : ''}${e}${exponent}`
}

/** A hexadecimal, octal or binary number of YAML as JSON has it. */
function integerText(source: string): string | undefined {
  const [match, sign, digits] = /^([-+]?)(0[xob][\da-f]+)$/i.exec(source) ?? []
  return match === undefined ? undefined : `${sign === '-' ? '-' : ''}${BigInt(digits as string)}`
}

// YAML 1.1 has more spellings, and other values for some: what is not sure stays what the library read.
function exactNumber(source: string, value: number): number | ExactNumber {
  const text = integerText(source) ?? decimalText(source)
  return text === undefined || survives(text) || Number(text) !== value ? value : new ExactNumber(text)
}

/** A walk through a document of YAML as it was parsed, in the order of its text. */
class YamlWalk {
  readonly #refuse: Refuse
  readonly #anchors = new Map<string, Node>()
  /** How much each value is when its aliases are written out; undefined while it is being looked at. */
  readonly #weights = new Map<Node, number | undefined>()
  #own = 0
  #aliases = 0

  constructor(refuse: Refuse) {
    this.#refuse = refuse
  }

  /** Refuses aliases that make too much of a document, and makes its numbers exact. */
  through(document: Document): void {
    const added = this.#weigh(document.contents, false) - this.#own
    if (this.#aliases > MAX_ALIASES) this.#refuse(`has more than ${MAX_ALIASES} aliases`)
    const limit = Math.min(MAX_ADDED, this.#own * MAX_TIMES)
    if (added > limit)
      this.#refuse(
        `has aliases that would make more than ${limit} characters of it when they are written out`,
      )
  }

  #weigh(node: Node | null, isKey: boolean): number {
    if (node === null) return 0
    if (yaml().isAlias(node)) return this.#weighAlias(node)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    this.#weights.set(node, undefined)
    const own = VALUE_WEIGHT + (yaml().isScalar(node) ? this.#weighScalar(node, isKey) : 0)
    this.#own += own
    const weight = own + this.#weighMembers(node)
    this.#weights.set(node, weight)
    return weight
  }

  #weighAlias({ source }: Alias): number {
    this.#aliases += 1
    const target = this.#anchors.get(source)
    if (!target) return 0
    return this.#weights.get(target) ?? this.#refuse(`has an alias within what it stands for: *${source}`)
  }

  #weighScalar(scalar: Scalar, isKey: boolean): number {
    const { value } = scalar
    const source = scalar.source as string
    if (typeof value === 'number') {
      const exact = exactNumber(source, value)
      scalar.value = isKey ? String(exact) : exact
    }
    return source.length
  }

  #weighMembers(node: Node): number {
    if (!yaml().isCollection(node)) return 0
    let weight = 0
    for (const item of node.items as unknown[]) {
      if (yaml().isPair<Node, Node | null>(item))
        weight += this.#weigh(item.key, true) + this.#weigh(item.value, false)
      else weight += this.#weigh(item as Node, false)
    }
    return weight
  }
}

/** The value of a YAML text: merge keys merged, aliases followed, numbers to the digit. */
export function parseYaml(text: string, refuse: Refuse): unknown {
  const document = yaml().parseDocument(text, { merge: true })
  const [error] = document.errors
  // The first line says what and where; the others show the text around it.
  if (error) refuse(`is not YAML: ${error.message.replace(/:?\n.*$/s, '')}`, error)
  new YamlWalk((what, cause) => refuse(`is not YAML that can be read: it ${what}`, cause)).through(document)
  try {
    return document.toJS({ maxAliasCount: -1 })
  } catch (cause) {
    return refuse(`is not YAML that can be read: ${(cause as Error).message}`, cause)
  }
}
