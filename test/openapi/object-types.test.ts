import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as grammar from '../../lib/openapi/object-types.ts'
import { componentKind, type Kind } from '../../lib/openapi/object-types.ts'
import { operationsOf, PATH_ITEMS } from '../../lib/openapi/operations.ts'
import { SHAPES, type Shape } from '../../lib/openapi/source/shapes.ts'
import { loadDocument } from '../../lib/openapi/source/source.ts'

const { ANY, DATA, DISCRIMINATOR, EXAMPLE_VALUE, OPERATION, PATH_ITEM, SCHEMA, SECURITY } = grammar

/** What filtering calls a thing, and what bundling calls it. */
const SAME: readonly (readonly [Kind, string])[] = [
  [SCHEMA, 'schema'],
  [grammar.RESPONSE, 'response'],
  [grammar.PARAMETER, 'parameter'],
  [grammar.EXAMPLE, 'example'],
  [grammar.REQUEST_BODY, 'requestBody'],
  [grammar.HEADER, 'header'],
  [grammar.SECURITY_SCHEME, 'securityScheme'],
  [grammar.LINK, 'link'],
  [grammar.CALLBACK, 'callback'],
  [grammar.MEDIA_TYPE, 'mediaType'],
  [PATH_ITEM, 'pathItem'],
  [OPERATION, 'operation'],
]

/** Shapes with nothing but references in them: to filtering they are what has no shape. */
const SIMPLE: readonly (string | undefined)[] = [undefined, 'plain', 'server', 'servers']
/** Kinds with no reference in them that would lead to a file. */
const WITHOUT_FILES: readonly Kind[] = [DATA, EXAMPLE_VALUE, DISCRIMINATOR, SECURITY]

const shapeOf = (name: string): Shape => SHAPES[name] as Shape

/** Where the two tables differ, below a thing that both know. */
function* differences(kind: Kind, name: string, at: string, seen: Set<string>): Iterable<string> {
  const isListOf = kind.fields.size > 0 && shapeOf(name).fields === undefined && shapeOf(name).each
  const shape = shapeOf(isListOf || name)
  const key = `${at.split('.').at(-1)} ${isListOf || name}`
  if (seen.has(key)) return
  seen.add(key)
  const fields = new Set([...kind.fields.keys(), ...Object.keys(shape.fields ?? {})])
  const members = [...fields].map(
    (field) => [field, kind.fields.get(field) ?? kind.rest, shape.fields?.[field]] as const,
  )
  for (const [field, inner, innerName] of [...members, ['*', kind.rest, shape.each] as const]) {
    const place = `${at}.${field}`
    if (
      WITHOUT_FILES.includes(inner) ? innerName !== undefined : inner === ANY && !SIMPLE.includes(innerName)
    )
      yield `${place}: only bundling knows it, as ${innerName}`
    else if (!WITHOUT_FILES.includes(inner) && inner !== ANY) {
      if (innerName === undefined) yield `${place}: only filtering knows it`
      else yield* differences(inner, innerName, place, seen)
    }
  }
}

t.test('what filtering knows of OpenAPI bundling knows too, and the other way round', async (t) => {
  for (const [kind, name] of SAME) t.same([...differences(kind, name, name, new Set())], [], name)
  for (const [kind, name] of SAME) {
    const { component, swagger2 } = shapeOf(name)
    if (component !== undefined) t.equal(component, kind.section, name)
    if (swagger2 !== undefined) t.equal(swagger2, kind.section2, name)
  }
  const { fields: roots = {} } = shapeOf('document')
  const { fields: sections = {} } = shapeOf('components')
  const withPathItems = Object.keys(roots).filter(
    (root) => shapeOf(roots[root] as string).each === 'pathItem',
  )
  t.same(withPathItems.sort(), [...PATH_ITEMS.keys()].sort())
  for (const [section, shape] of Object.entries(sections))
    t.equal(
      componentKind(['components', section]),
      SAME.find(([, name]) => name === shapeOf(shape).each)?.[0],
      section,
    )
  for (const [kind, name] of SAME) {
    if (kind.section !== undefined)
      t.equal(shapeOf(sections[kind.section] as string).each, name, kind.section)
    if (kind.section2 !== undefined) {
      t.equal(componentKind([kind.section2]), kind)
      t.equal(shapeOf(roots[kind.section2] as string).each, name, kind.section2)
    }
  }
  const methods = [...PATH_ITEM.fields].flatMap(([field, kind]) => (kind === OPERATION ? [field] : []))
  const item = Object.fromEntries(methods.map((method) => [method, {}]))
  t.same(
    operationsOf({ paths: { '/a': item } })
      .map(({ method }) => method)
      .sort(),
    methods.sort(),
  )
})

/** A document with a reference to a file in each place that a schema has, or a path item. */
function referring(file: string) {
  const ref = { $ref: `${file}#/schema` }
  const inSchema = [...SCHEMA.fields].flatMap(([field, kind]): [string, unknown][] => {
    if (kind === SCHEMA)
      return [
        [field, ref],
        [`${field}-list`, [ref]],
      ]
    return WITHOUT_FILES.includes(kind) ? [] : [[field, { name: ref, 'x-name': ref }]]
  })
  const schemas = inSchema.map(([field, value]) => [field, { [field.replace('-list', '')]: value }])
  const item = { $ref: `${file}#/item` }
  return {
    openapi: '3.2.0',
    info: { title: 'T', version: '1' },
    paths: { '/a': item },
    webhooks: { w: item, 'x-w': item },
    'x-webhooks': { w: item, 'x-w': item },
    components: {
      schemas: { ...Object.fromEntries(schemas), 'x-schema': ref },
      pathItems: { p: item, 'x-p': item },
      responses: { 'x-r': { $ref: `${file}#/response` } },
    },
  }
}

const PARTS = {
  schema: {
    $dynamicRef: '#/other',
    discriminator: { propertyName: 'p', mapping: { a: '#/other' }, defaultMapping: 'parts.json#/other' },
    properties: { anchored: { $dynamicRef: '#node' } },
  },
  other: { $dynamicRef: 'whole.json' },
  item: {
    additionalOperations: {
      COPY: { responses: { 200: { $ref: '#/response' }, 'x-kept': { $ref: 'no.json' } } },
    },
    query: { callbacks: { 'x-c': { '{$url}': { $ref: '#/leaf' }, 'x-kept': { $ref: 'no.json' } } } },
  },
  leaf: { post: { responses: {} } },
  response: {
    description: 'Fine.',
    headers: { 'x-rate-limit': { schema: { $ref: '#/schema' } } },
    links: {
      root: { operationRef: 'openapi.json#/paths/~1a/query' },
      away: { operationRef: 'https://api.example/#/paths/~1a/get' },
      other: { operationRef: 'parts.json#/item/query' },
      broken: { operationRef: 'http://[' },
    },
  },
}

t.test(
  'whatever can refer to a file is brought in: every keyword of a schema, webhooks, names that begin with x-',
  async (t) => {
    const folder = t.testdir({})
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(referring('parts.json')))
    writeFileSync(join(folder, 'parts.json'), JSON.stringify(PARTS))
    writeFileSync(join(folder, 'whole.json'), '{"title":"whole"}')
    const document = await loadDocument(join(folder, 'openapi.json'), 'docs.source')
    const text = JSON.stringify(document)
    const outward = [...text.matchAll(/"(?:\$ref|\$dynamicRef|operationRef|a|defaultMapping)":"([^"]*)"/g)]
      .map(([, reference]) => reference as string)
      .filter((reference) => !reference.startsWith('#'))
    t.same([...new Set(outward)].sort(), [
      'http://[',
      'https://api.example/#/paths/~1a/get',
      'no.json',
      'parts.json#/item/query',
    ])
    const { schemas, responses } = document['components'] as Record<string, Record<string, object>>
    t.match(schemas?.['x-schema'], {
      $dynamicRef: '#/components/schemas/other',
      discriminator: {
        mapping: { a: '#/components/schemas/other' },
        defaultMapping: '#/components/schemas/other',
      },
      properties: { anchored: { $dynamicRef: '#node' } },
    })
    t.same(schemas?.['other'], { $dynamicRef: '#/components/schemas/whole' })
    t.match(responses?.['x-r'], { links: { root: { operationRef: '#/paths/~1a/query' } } })
    t.equal(operationsOf(document).length, 10)
  },
)
