// OpenAPI documents to measure with: one of any size, and GitHub's.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const GITHUB = fileURLToPath(
  new URL('../node_modules/@octokit/openapi/generated/api.github.com.json', import.meta.url),
)

/** The path of GitHub's document, 13 MB with 1,200 operations; undefined if the package is not installed. */
export const githubDocument = existsSync(GITHUB) ? GITHUB : undefined

const response = (index) => ({
  description: 'The thing.',
  content: { 'application/json': { schema: { $ref: `#/components/schemas/Thing${index}` } } },
})

const operation = (index) => ({
  operationId: `getThing${index}`,
  summary: `Get thing ${index}`,
  description: 'Returns the thing, or says that there is none. Needs the scope `things:read`.',
  tags: [`tag ${index % 20}`],
  parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
  responses: { 200: response(index), 404: { description: 'There is none.' } },
})

const schema = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' }, name: { type: 'string' }, count: { type: 'integer' } },
}

/** A document with this number of operations, each with its own schema. */
export function documentOf(operations) {
  const indexes = [...Array(operations).keys()]
  return {
    openapi: '3.1.0',
    info: { title: `${operations} operations`, version: '1.0.0' },
    paths: Object.fromEntries(indexes.map((index) => [`/things/${index}/{id}`, { get: operation(index) }])),
    components: { schemas: Object.fromEntries(indexes.map((index) => [`Thing${index}`, schema])) },
  }
}

/** Writes documents with these numbers of operations to files, which are removed after the row. */
export function documentFiles(context, sizes) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-gate-bench-'))
  context.onClose(() => rmSync(folder, { recursive: true }))
  return sizes.map((operations) => {
    const file = join(folder, `${operations}.json`)
    writeFileSync(file, JSON.stringify(documentOf(operations)))
    return { name: `${operations.toLocaleString('en')} operations`, operations, file }
  })
}
