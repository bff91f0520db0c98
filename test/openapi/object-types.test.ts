import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadDocument } from '../../lib/docs/document/load-document.ts'
import { connectSources } from '../../lib/docs/view/connect-sources.ts'
import type { OpenApiDocument } from '../../lib/openapi/document.ts'
import { define, member } from '../../lib/openapi/json.ts'
import {
  COMPONENTS,
  componentType,
  DATA,
  DOCUMENT,
  EXAMPLE_VALUE,
  isReusable,
  type ObjectType,
  OPERATION,
  PATH_ITEM,
  SCHEMA,
  SECURITY_REQUIREMENT,
  SERVER,
  sectionOf,
  UNKNOWN,
} from '../../lib/openapi/object-types.ts'
import { operationsOf, PATH_ITEM_FIELDS } from '../../lib/openapi/operations.ts'
import { filterDocument, secureDocument } from '../document-checks.ts'

type Fields = Record<string, unknown>
type Path = readonly string[]

/** A member that the table names: what type it has, and where a document can have it. */
interface Member {
  readonly path: Path
  readonly type: ObjectType
}

const isList = ({ name }: ObjectType): boolean => name.startsWith('list of')

/** The members of a type: its fields, and one of the others where they have a type, too. */
function membersOf(type: ObjectType): readonly (readonly [string, ObjectType])[] {
  if (isList(type)) return [['0', type.elements]]
  const others: readonly (readonly [string, ObjectType])[] =
    type.members === UNKNOWN ? [] : [[type === DOCUMENT.fields.get('paths') ? '/a' : 'any', type.members]]
  return [...type.fields, ...others]
}

/** Each member of each type below another, at the end of the shortest way that leads there. */
function membersBelow(root: ObjectType): readonly Member[] {
  const found: Member[] = []
  const known = new Set([root])
  const open: Member[] = [{ path: [], type: root }]
  for (let next = open.shift(); next; next = open.shift()) {
    for (const [key, type] of membersOf(next.type)) {
      const below = { path: [...next.path, key], type }
      found.push(below)
      if (!known.has(type)) open.push(below)
      known.add(type)
    }
  }
  return found
}

/** Writes a value at the end of a path. Lists are made where the table has them. */
function write(document: Fields, path: Path, value: unknown): void {
  let [holder, type]: [Fields, ObjectType] = [document, DOCUMENT]
  for (const [depth, key] of path.entries()) {
    const inner = isList(type) ? type.elements : (type.fields.get(key) ?? type.members)
    if (depth === path.length - 1) define(holder, key, value)
    else if (!Object.hasOwn(holder, key)) define(holder, key, isList(inner) ? [] : {})
    ;[holder, type] = [holder[key] as Fields, inner]
  }
}

const SKELETON = {
  openapi: '3.2.0',
  info: { title: 'T', version: '1' },
  tags: [{ name: 'tag' }],
  paths: { '/a': { get: { tags: ['tag'] } }, '/secret': { get: {} } },
}

/** A document with one value in a place of the table, and nothing else. */
function documentWith(path: Path, value: unknown): OpenApiDocument {
  const document = structuredClone(SKELETON) as Fields
  write(document, path, value)
  return document
}

// In these nobody looks for references; in the value of an example, only for references to examples.
const isSearched = (type: ObjectType): boolean => ![DATA, EXAMPLE_VALUE].includes(type)

/** The members in which there may be references, as far as they are reached through such members. */
const SEARCHED = membersBelow(DOCUMENT).filter(({ type }) => isSearched(type))

/** A place of a type, or below it, in which text is data: to whoever does not know the type, it would not be. */
function dataBelow(type: ObjectType): Path | undefined {
  const isData = (below: Member): boolean =>
    below.type === DATA && UNKNOWN.fields.get(below.path.at(-1) as string) !== DATA
  return membersBelow(type).find(isData)?.path
}

const titleOf = ({ path }: Member): string => path.join('.')

/** A folder with two files: a document, and what its references lead to. */
function bundling(t: Test): (document: OpenApiDocument) => Promise<string> {
  const folder = t.testdir({ 'part.json': '{"part":{"title":"MARKED"}}' })
  return async (document) => {
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document))
    return JSON.stringify(await loadDocument(join(folder, 'openapi.json'), 'docs.source'))
  }
}

const isSection = (path: Path): boolean => componentType(path) !== undefined

/** A document that is split at these places: each path item, component and tag is looked at by itself. */
const isContainer = (path: Path): boolean =>
  (path.length === 1 &&
    (PATH_ITEM_FIELDS.has(path[0] as string) || /^(?:components|tags)$/.test(String(path)))) ||
  (isSection(path) && path.length === (path[0] === 'components' ? 2 : 1))

/** What a reader sees of a document, of which one operation is hidden, and in which the component of a path is used. */
function seen(document: OpenApiDocument, path: Path): string {
  const given = structuredClone(document) as Fields
  write(given, ['components', 'schemas', 'Marked'], { title: 'MARKED' })
  const component = path.slice(0, path[0] === 'components' ? 3 : 2)
  if (isSection(path))
    write(given, ['paths', '/b'], { get: { 'x-use': { $ref: `#/${component.join('/')}` } } })
  return JSON.stringify(filterDocument(given, ({ path: name }) => name !== '/secret'))
}

/** Checks that bundling and filtering find a reference in a place, and know what type it is of. */
async function checkMember(
  t: Test,
  bundled: (document: OpenApiDocument) => Promise<string>,
  { path, type }: Member,
): Promise<void> {
  const title = path.join('.')
  const text = await bundled(documentWith(path, { $ref: 'part.json#/part' }))
  // The members of a security requirement are names of schemes, and a scheme may be called anything.
  const isReference = type !== SECURITY_REQUIREMENT
  t.equal(text.includes('MARKED'), isReference, `${title}: bundled`)
  t.equal(text.includes('part.json'), !isReference, `${title}: bundled`)
  if (isContainer(path)) return
  // A path item is seen with an operation only, a tag by its name.
  const reference = { $ref: '#/components/schemas/Marked' }
  const more = { name: 'tag', ...(type === PATH_ITEM && { get: {} }) }
  t.match(seen(documentWith(path, { ...reference, ...more }), path), 'MARKED', `${title}: filtered`)
  const data = dataBelow(type)
  if (!data) return
  const place = [...path, ...data]
  t.notMatch(seen(documentWith(place, reference), place), 'MARKED', `${place.join('.')}: data`)
}

t.test('bundling and filtering visit every member that the table names, and know its type', async (t) => {
  const bundled = bundling(t)
  for (const member of SEARCHED) await checkMember(t, bundled, member)
  t.ok(SEARCHED.length > 150, `${SEARCHED.length} members`)
  t.ok(SEARCHED.filter(({ type }) => dataBelow(type)).length > 100)
})

t.test('a line that is added to the table reaches everything that walks through documents', async (t) => {
  const bundled = bundling(t)
  const added: readonly (readonly [Member, ObjectType, string])[] = [
    [
      { path: ['components', 'schemas', 'any', 'optionalProperties', 'any'], type: SCHEMA },
      SCHEMA,
      'properties',
    ],
    [{ path: ['paths', '/a', 'summon'], type: OPERATION }, PATH_ITEM, 'get'],
    [{ path: ['components', 'things', 'any'], type: SCHEMA }, COMPONENTS, 'schemas'],
    [{ path: ['moreServers', '0'], type: SERVER }, DOCUMENT, 'servers'],
  ]
  for (const [member, type, like] of added) {
    const fields = type.fields as Map<string, ObjectType>
    const [name = ''] = member.path.filter((key) => /^(?:opt|summon|things|more)/.test(key))
    const reference = documentWith(member.path, { $ref: 'part.json#/part' })
    t.match(await bundled(reference), 'part.json', `${name}: unknown`)
    fields.set(name, type.fields.get(like) as ObjectType)
    try {
      await checkMember(t, bundled, member)
    } finally {
      fields.delete(name)
    }
  }
})

t.test('every operation of the table is one: it is counted, secured and hidden', async (t) => {
  const methods = [...PATH_ITEM.fields].filter(([, type]) => type === OPERATION).map(([name]) => name)
  t.ok(methods.length > 30 && methods.includes('query') && methods.includes('propfind'), methods.join(' '))
  const operation = { operationId: 'SECRET' }
  const item = {
    ...Object.fromEntries(methods.map((method) => [method, operation])),
    additionalOperations: { COPYING: operation },
  }
  const containers = [...DOCUMENT.fields].filter(([, { members }]) => members === PATH_ITEM)
  t.same(
    containers.map(([name]) => name),
    ['paths', 'webhooks', 'x-webhooks'],
  )
  const given = {
    openapi: '3.2.0',
    ...Object.fromEntries(containers.map(([name]) => [name, { '/a': item }])),
  }
  const operations = operationsOf(given)
  t.equal(operations.length, 3 * (methods.length + 1))
  t.same(
    operations.slice(0, methods.length + 1).map(({ method }) => method),
    [...methods, 'copying'],
  )
  const schemes = { tokenUrl: '/token', cookieName: 'c', scopes: {} }
  const secured = secureDocument(given, () => ({ scopes: ['a'] }), schemes)
  for (const { at } of operations) {
    const { security } = at.reduce<unknown>(member, secured) as Fields
    t.match(security, [{ bearer: ['a'] }], at.join('.'))
  }
  t.notMatch(JSON.stringify(filterDocument(secured, () => false)), 'SECRET')
})

t.test('servers are reached wherever the table has them, but for those of webhooks and links', async (t) => {
  const lists = membersBelow(DOCUMENT).filter(({ type }) => isList(type) && type.elements === SERVER)
  t.same(lists.map(titleOf), ['servers', 'paths./a.servers', 'paths./a.get.servers'])
  for (const { path } of lists) {
    const document = documentWith(path, [{ url: 'https://api.example/v1' }])
    t.same(connectSources(document), ['https://api.example'], path.join('.'))
  }
  for (const path of [
    ['webhooks', 'any'],
    ['paths', '/a', 'get', 'responses', '200', 'links', 'any'],
  ])
    for (const name of ['server', 'servers'])
      t.same(connectSources(documentWith([...path, name], [{ url: 'https://api.example' }])), [])
})

t.test(
  'components are where their version has them, and only what may be referred to becomes one',
  async (t) => {
    const documents = [{ openapi: '3.0.4' }, { swagger: '2.0' }]
    for (const document of documents) {
      const types = membersBelow(DOCUMENT).filter(({ type }) => isReusable(type, document))
      const sections = [...new Set(types.map(({ type }) => type))].map((type) => {
        const section = sectionOf(type, document)
        t.equal(componentType(section), type, section.join('.'))
        return section.join('.')
      })
      const expected = document.swagger
        ? ['definitions', 'parameters', 'responses']
        : ['callbacks', 'examples', 'headers', 'links', 'parameters', 'requestBodies', 'responses', 'schemas']
            .concat('securitySchemes')
            .map((name) => `components.${name}`)
      t.same(sections.sort(), expected)
    }
    for (const name of COMPONENTS.fields.keys())
      t.equal(componentType(['components', name]), COMPONENTS.fields.get(name)?.members)
    for (const path of [
      ['info'],
      ['paths'],
      ['webhooks'],
      ['tags'],
      ['components'],
      ['components', 'x-a'],
      [],
    ])
      t.equal(componentType(path), undefined, path.join('.'))
    t.equal(componentType(['components', 'strange']), UNKNOWN)
    t.equal(componentType(['securityDefinitions'])?.name, 'Security Scheme Object')
  },
)

/** A document with a reference to a file in each place that a schema has, or a path item. */
function referring(file: string) {
  const ref = { $ref: `${file}#/schema` }
  const inSchema = [...SCHEMA.fields].flatMap(([field, type]): [string, unknown][] => {
    if (type === SCHEMA)
      return [
        [field, ref],
        [`${field}-list`, [ref]],
      ]
    return type.members === SCHEMA ? [[field, { name: ref, 'x-name': ref }]] : []
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
