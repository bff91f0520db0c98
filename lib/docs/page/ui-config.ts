import { Script } from 'node:vm'
import { invalidOption } from '../../validation/option.ts'

const compiles = (source: string): boolean => {
  try {
    new Script(source)
    return true
  } catch {
    return false
  }
}

// The source text of a method (`{ onComplete() {} }`) is only valid as a member of an object.
function functionSource(option: string, value: { toString(): string; name: string }): string {
  const source = value.toString()
  if (compiles(`(${source})`)) return `(${source})`
  const method = `({${source}})[${JSON.stringify(value.name)}]`
  return compiles(method)
    ? method
    : invalidOption(option, value, 'write an arrow function, whose source text can be sent')
}

type Parents = readonly object[]

function listSource(option: string, values: readonly unknown[], parents: Parents): string {
  return `[${values.map((value, index) => sourceOf(`${option}[${index}]`, value, parents)).join(',')}]`
}

function objectSource(option: string, value: object, parents: Parents): string {
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sources = members.map(
    ([name, member]) => `${JSON.stringify(name)}:${sourceOf(`${option}.${name}`, member, parents)}`,
  )
  return `{${sources.join(',')}}`
}

function sourceOf(option: string, value: unknown, parents: Parents): string {
  if (typeof value === 'function') return functionSource(option, value)
  if (value instanceof RegExp) return value.toString()
  if (typeof value === 'object' && value !== null) {
    if (parents.includes(value)) invalidOption(option, value, 'write a value that does not contain itself')
    const below = [...parents, value]
    return Array.isArray(value) ? listSource(option, value, below) : objectSource(option, value, below)
  }
  const source = typeof value === 'bigint' ? undefined : JSON.stringify(value)
  if (source === undefined) invalidOption(option, value, 'write data, a regular expression or a function')
  return source
}

/** The JavaScript source of a value: JSON, regular expressions, and the source text of functions. */
export const scriptSource = (option: string, value: unknown): string => sourceOf(option, value, [])

/** Whether a value contains no code, so that its source text is JSON. */
export function isData(value: unknown): boolean {
  if (typeof value === 'function' || value instanceof RegExp) return false
  return typeof value !== 'object' || value === null || Object.values(value).every(isData)
}
