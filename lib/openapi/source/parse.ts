import type { Refuse } from '../document-error.ts'
import { parseJson } from '../exact-json.ts'
import { faultOfJson, foundInsteadOfJson } from './json-fault.ts'
import { parseYaml } from './parse-yaml.ts'

const LOGIN_PAGE =
  'it may be a login, or a page that shows a document: write where the document itself is, like openapi.json'

// Where a sign of JSON is unexpected, the text is JSON with a mistake. Anything else may be YAML in its flow style: a word
// without quotes, a comment.
const isSlip = (found: string | undefined): boolean => found === undefined || /[\]}[{,:"\\/]/.test(found)

function parseBracketed(text: string, refuse: Refuse): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    if (isSlip(foundInsteadOfJson(text))) refuse(`is not JSON: ${faultOfJson(text)}`, cause)
    return parseYaml(text, refuse)
  }
}

/** JSON or YAML, whatever its name says. */
export function parseText(text: string, refuse: Refuse): unknown {
  const bare = text.replace(/^\uFEFF/, '')
  if (!/\S/.test(bare)) refuse('is empty; write an OpenAPI 3 or Swagger 2 document')
  if (/^\s*</.test(bare)) refuse(`is no OpenAPI document but an HTML or XML page; ${LOGIN_PAGE}`)
  return /^\s*[[{]/.test(bare) ? parseBracketed(bare, refuse) : parseYaml(bare, refuse)
}
