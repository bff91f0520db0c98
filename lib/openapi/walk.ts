import type { JsonObject } from './json.ts'
import type { ObjectType, ReferenceTexts } from './object-types.ts'

/** An object or a list of a document, with the way to it. */
export interface DocumentNode {
  readonly value: object
  readonly type: ObjectType
  /** Its name in the object, or its index in the list, that it stands in. */
  readonly key: string
  readonly parent: DocumentNode | undefined
  readonly depth: number
}

/** An object of a document, with the way to it. */
export interface ObjectNode extends DocumentNode {
  readonly value: JsonObject
}

/** A text of an object that refers to something else. */
export interface ReferenceText extends ReferenceTexts {
  readonly key: string
  readonly text: string
}

export interface Visitor {
  /** Called with each object, before its members are visited. Where it returns false, they are not. */
  visit(node: ObjectNode): boolean
  /** Whether a member of an object is to be visited, with all that is in it. */
  enters(type: ObjectType, key: string, within: ObjectType): boolean
}

/** The keys that lead to a node from where the walk began. */
export function pathOf(node: DocumentNode): readonly string[] {
  const path: string[] = []
  for (let at = node; at.parent; at = at.parent) path.push(at.key)
  return path.reverse()
}

function isWithinItself(node: DocumentNode): boolean {
  for (let above = node.parent; above; above = above.parent) if (above.value === node.value) return true
  return false
}

// JSON cannot contain itself, an object in memory can. Each check climbs all the way up, so it is made now and then only.
const DEPTH_OF_CHECKS = 1000

function refuseCycle(node: DocumentNode): void {
  if (node.depth % DEPTH_OF_CHECKS === 0 && isWithinItself(node))
    throw new TypeError(`The document contains itself, at ${pathOf(node).slice(0, 5).join('.')}`)
}

/** The texts of an object that refer to something else. */
export function referencesOf({ value, type }: ObjectNode): readonly ReferenceText[] {
  const { references, everyText } = type
  const found: ReferenceText[] = []
  const find = (key: string, text: unknown, texts: ReferenceTexts): void => {
    if (typeof text === 'string') found.push({ key, text, ...texts })
  }
  if (everyText) for (const key of Object.keys(value)) find(key, value[key], everyText)
  else if (typeof value['$ref'] === 'string') find('$ref', value['$ref'], { form: 'reference', to: type })
  for (const [key, texts] of references) find(key, value[key], texts)
  return found
}

/**
 * Walks through a value of a document and all that is in it, and tells the type of each object on the way. The members of
 * an object are visited from the last to the first. A loop instead of recursion: no depth of nesting is too much.
 *
 * @param keys the members of the first object to visit, instead of all
 * @throws TypeError where the value contains itself
 */
export function walk(value: object, type: ObjectType, visitor: Visitor, keys?: readonly string[]): void {
  const open: DocumentNode[] = [{ value, type, key: '', parent: undefined, depth: 1 }]

  function addMembers(parent: DocumentNode, names: readonly string[]): void {
    const { fields, members } = parent.type
    const depth = parent.depth + 1
    for (const key of names) {
      const member = (parent.value as JsonObject)[key]
      if (typeof member !== 'object' || member === null) continue
      const memberType = fields.get(key) ?? members
      if (visitor.enters(memberType, key, parent.type))
        open.push({ value: member, type: memberType, key, parent, depth })
    }
  }

  function addElements(parent: DocumentNode, elements: readonly unknown[]): void {
    const depth = parent.depth + 1
    for (const [index, element] of elements.entries())
      if (typeof element === 'object' && element !== null)
        open.push({ value: element, type: parent.type.elements, key: String(index), parent, depth })
  }

  for (let node = open.pop(); node; node = open.pop()) {
    refuseCycle(node)
    if (Array.isArray(node.value)) addElements(node, node.value)
    else if (visitor.visit(node as ObjectNode))
      addMembers(node, (node.parent ? undefined : keys) ?? Object.keys(node.value))
  }
}
