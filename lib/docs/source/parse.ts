import { yaml } from '../document/yaml.ts'
import { faultOfJson } from './json-fault.ts'
import type { Refuse } from './refuse.ts'

function parseJson(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return refuse(`is not JSON: ${faultOfJson(text)}`, cause)
  }
}

function parseYaml(text: string, refuse: Refuse): unknown {
  const document = yaml().parseDocument(text)
  const [error] = document.errors
  // The first line says what and where; the others show the text around it.
  if (error) refuse(`is not YAML: ${error.message.replace(/:?\n.*$/s, '')}`, error)
  try {
    return document.toJS({ maxAliasCount: 1000 })
  } catch (cause) {
    return refuse(`is not YAML that can be read: ${(cause as Error).message}`, cause)
  }
}

/** JSON or YAML, whatever its name says. */
export function parseText(text: string, refuse: Refuse): unknown {
  const bare = text.replace(/^\uFEFF/, '')
  return /^\s*[[{]/.test(bare) ? parseJson(bare, refuse) : parseYaml(bare, refuse)
}
