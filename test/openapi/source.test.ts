import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { mock } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { loadDocument } from '../../lib/docs/document/load-document.ts'
import { connectSources } from '../../lib/docs/view/connect-sources.ts'
import { createView } from '../../lib/docs/view/view.ts'
import { OptionsError } from '../../lib/errors.ts'
import { faultOfJson } from '../../lib/openapi/source/json-fault.ts'
import { nameOfSource } from '../../lib/openapi/source/source.ts'

type Json = Record<string, unknown>
const PETS = { openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths: {} }

/** The message that a source is refused with. */
async function refusal(source: string | object, ...more: []): Promise<string> {
  const error = await loadDocument(source, 'docs.source', ...more).then(
    () => new Error('nothing was refused'),
    (error: unknown) => error,
  )
  if (error instanceof OptionsError) return error.message
  throw error
}

/** Files by path, as JSON unless they are text. */
function folderOf(t: Test, files: Record<string, unknown>): (name: string) => string {
  const folder = t.testdir({})
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return (name) => join(folder, name)
}

/** Every `$ref` and mapped reference that a bundled document has. */
function referencesIn(value: unknown): readonly string[] {
  const text = JSON.stringify(value)
  return [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref as string)
}

function resolve(document: unknown, ref: string): unknown {
  const keys = ref.slice(2).split('/')
  return keys.reduce<unknown>(
    (value, key) =>
      (value as Json | undefined)?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  )
}

t.test('files that a document refers to are bundled into it, and only local references remain', async (t) => {
  const file = folderOf(t, {
    'api/openapi.yaml': `
openapi: 3.0.3
info: { $ref: info.yaml }
tags: [ { $ref: 'info.yaml#/x-tag' }, { name: own } ]
paths:
  /pets: { $ref: 'paths/pets.yaml', summary: Over the file's }
  /pets/{id}:
    parameters: [ { $ref: 'shared.json#/parameters/Id' } ]
    get:
      parameters: [ { $ref: '#/components/parameters/Limit' } ]
      responses: { $ref: 'shared.json#/allResponses' }
      callbacks: { done: { $ref: 'shared.json#/callback' } }
    delete: { $ref: 'shared.json#/operation' }
components:
  parameters:
    Limit: { $ref: 'shared.json#/parameters/Limit' }
  schemas:
    Pet: { $ref: './schemas/pet.yaml' }
    Named: { $ref: './schemas/pet.yaml#/properties/name' }
    Owner: { type: object, description: The document's own, properties: { pet: { $ref: '#/components/schemas/Pet' } } }
    Kept: { example: { $ref: ../no.yaml }, default: { $ref: /no }, enum: [ { $ref: no } ], x-more: { $ref: no } }
`,
    'api/info.yaml': 'title: From a file\nversion: "1"\nx-tag: { name: first }\n',
    'api/paths/pets.yaml': `
summary: The file's
get:
  operationId: all
  parameters: [ { $ref: '../shared.json#/parameters/Limit' } ]
  responses:
    '200':
      description: Fine
      content: { application/json: { schema: { type: array, items: { $ref: '../schemas/pet.yaml' } } } }
    '404': { $ref: '../shared.json#/responses/NotFound' }
`,
    'api/schemas/pet.yaml': `
$id: https://pets.example/pet
type: object
discriminator: { propertyName: kind, mapping: { dog: dog.yaml, cat: '#/x-cat', other: Owner } }
properties:
  name: { type: string }
  owner: { $ref: 'owner.json' }
  parent: { $ref: 'pet.yaml' }
  child: { $ref: '#' }
  again: { $ref: '../openapi.yaml#/components/schemas/Owner' }
  literally: { $ref: '#/x-cat/properties/a~1b' }
x-cat: { type: object, properties: { a/b: { type: integer } } }
`,
    'api/schemas/dog.yaml': 'allOf: [ { $ref: pet.yaml }, { type: object } ]\n',
    'api/schemas/owner.json': {
      type: 'object',
      properties: { pets: { type: 'array', items: { $ref: 'pet.yaml' } } },
    },
    'api/shared.json': {
      parameters: {
        Limit: { name: 'limit', in: 'query', schema: { type: 'integer' } },
        Id: { name: 'id', in: 'path', required: true, schema: { $ref: '#/id' } },
      },
      id: true,
      responses: { NotFound: { description: 'No', headers: { 'X-A': { $ref: '#/header' } } } },
      allResponses: { 404: { $ref: '#/responses/NotFound' }, 'x-ours': { $ref: 'nothing' } },
      header: { schema: { type: 'string' } },
      operation: { responses: { 204: { description: 'Gone', links: { next: { $ref: '#/link' } } } } },
      link: { operationId: 'all' },
      callback: { '{$url}': { post: { responses: {} } } },
    },
  })
  const document = (await loadDocument(file('api/openapi.yaml'), 'docs.source')) as Json
  for (const ref of referencesIn({
    ...document,
    components: {
      ...(document['components'] as Json),
      schemas: { ...((document['components'] as Json)['schemas'] as Json), Kept: 0 },
    },
  })) {
    if (ref === 'nothing') continue
    t.ok(ref.startsWith('#/'), ref)
    t.not(resolve(document, ref), undefined, `${ref} is there`)
  }
  t.match(document, {
    info: { title: 'From a file' },
    tags: [{ name: 'first' }, { name: 'own' }],
    paths: {
      '/pets': {
        summary: "Over the file's",
        get: {
          operationId: 'all',
          parameters: [{ $ref: '#/components/parameters/Limit' }],
          responses: {
            200: {
              content: { 'application/json': { schema: { items: { $ref: '#/components/schemas/Pet' } } } },
            },
            404: { $ref: '#/components/responses/NotFound' },
          },
        },
      },
      '/pets/{id}': {
        parameters: [{ $ref: '#/components/parameters/Id' }],
        get: {
          parameters: [{ $ref: '#/components/parameters/Limit' }],
          responses: { 404: { $ref: '#/components/responses/NotFound' }, 'x-ours': { $ref: 'nothing' } },
          callbacks: { done: { $ref: '#/components/callbacks/callback' } },
        },
        delete: { responses: { 204: { links: { next: { $ref: '#/components/links/link' } } } } },
      },
    },
  })
  const { schemas, ...others } = document['components'] as Record<string, Json>
  t.same(Object.keys(schemas as Json).sort(), [
    'Kept',
    'Named',
    'Owner',
    'Pet',
    'a_b',
    'dog',
    'id',
    'owner',
    'x-cat',
  ])
  t.same(schemas?.['Pet'], {
    type: 'object',
    discriminator: {
      propertyName: 'kind',
      mapping: { dog: '#/components/schemas/dog', cat: '#/components/schemas/x-cat', other: 'Owner' },
    },
    properties: {
      name: { type: 'string' },
      owner: { $ref: '#/components/schemas/owner' },
      parent: { $ref: '#/components/schemas/Pet' },
      child: { $ref: '#/components/schemas/Pet' },
      again: { $ref: '#/components/schemas/Owner' },
      literally: { $ref: '#/components/schemas/a_b' },
    },
    'x-cat': { type: 'object', properties: { 'a/b': { type: 'integer' } } },
  })
  t.same(schemas?.['Named'], { type: 'string' })
  t.equal(schemas?.['id'], true)
  t.same(schemas?.['Kept'], {
    example: { $ref: '../no.yaml' },
    default: { $ref: '/no' },
    enum: [{ $ref: 'no' }],
    'x-more': { $ref: 'no' },
  })
  t.same(others, {
    parameters: {
      Limit: { name: 'limit', in: 'query', schema: { type: 'integer' } },
      Id: { name: 'id', in: 'path', required: true, schema: { $ref: '#/components/schemas/id' } },
    },
    callbacks: { callback: { '{$url}': { post: { responses: {} } } } },
    headers: { header: { schema: { type: 'string' } } },
    links: { link: { operationId: 'all' } },
    responses: {
      NotFound: { description: 'No', headers: { 'X-A': { $ref: '#/components/headers/header' } } },
    },
  })
  const again = await loadDocument(pathToFileURL(file('api/openapi.yaml')), 'docs.source')
  t.equal(JSON.stringify(again), JSON.stringify(document), 'a file: URL, and the same document each time')
})

t.test('Swagger 2: bundled values become definitions where possible, others are inlined', async (t) => {
  const file = folderOf(t, {
    'old.json': {
      swagger: '2.0',
      paths: {
        '/a': {
          get: {
            parameters: [{ $ref: 'more.json#/p' }],
            responses: {
              200: { $ref: 'more.json#/r' },
              404: { description: 'x', examples: { $ref: 'more.json#/e' } },
            },
          },
        },
      },
      securityDefinitions: { key: { $ref: 'more.json#/key' } },
    },
    'more.json': {
      p: { name: 'p', in: 'body', schema: { $ref: '#/s' } },
      r: { description: 'r', schema: { $ref: '#/s' } },
      s: { type: 'object', properties: { s: { $ref: '#/s' } } },
      key: { type: 'apiKey', name: 'k', in: 'query' },
    },
  })
  t.same(await loadDocument(file('old.json'), 'docs.source'), {
    swagger: '2.0',
    paths: {
      '/a': {
        get: {
          parameters: [{ $ref: '#/parameters/p' }],
          responses: {
            200: { $ref: '#/responses/r' },
            404: { description: 'x', examples: { $ref: 'more.json#/e' } },
          },
        },
      },
    },
    securityDefinitions: { key: { type: 'apiKey', name: 'k', in: 'query' } },
    definitions: { s: { type: 'object', properties: { s: { $ref: '#/definitions/s' } } } },
    parameters: { p: { name: 'p', in: 'body', schema: { $ref: '#/definitions/s' } } },
    responses: { r: { description: 'r', schema: { $ref: '#/definitions/s' } } },
  })
})

t.test(
  'names in the document are kept, and names from files change if they collide or are invalid',
  async (t) => {
    const file = folderOf(t, {
      'openapi.json': {
        ...PETS,
        paths: {
          '/a': {
            get: {
              requestBody: { content: { 'a/b': { schema: { $ref: 'a/pet.json' } } } },
              responses: {
                1: { content: { 'a/b': { schema: { $ref: 'b/pet.json' } } } },
                2: { content: { 'a/b': { schema: { $ref: 'odd%20name%20%C3%BC.json' } } } },
                3: { content: { 'a/b': { schema: { $ref: 'names.json#/toString' } } } },
                4: { content: { 'a/b': { schema: { $ref: 'names.json#/' } } } },
                5: { content: { 'a/b': { schema: { $ref: 'names.json#/%C3%BC~1' } } } },
                6: { content: { 'a/b': { schema: { description: 'Beside', $ref: 'names.json#/plain' } } } },
              },
            },
          },
        },
        components: { schemas: { pet: { title: 'own' } } },
      },
      'a/pet.json': { title: 'a' },
      'b/pet.json': { title: 'b' },
      'odd name ü.json': { title: 'odd' },
      'names.json': {
        toString: { title: 'toString' },
        '': { title: 'empty' },
        'ü/': { title: 'u' },
        plain: { title: 'plain' },
      },
    })
    const { components, paths } = (await loadDocument(file('openapi.json'), 'docs.source')) as Json
    t.same(components, {
      schemas: {
        pet: { title: 'own' },
        pet_2: { title: 'a' },
        pet_3: { title: 'b' },
        odd_name_: { title: 'odd' },
        toString_2: { title: 'toString' },
        part: { title: 'empty' },
        _: { title: 'u' },
        plain: { title: 'plain' },
      },
    })
    t.match(paths, {
      '/a': {
        get: {
          responses: {
            5: { content: { 'a/b': { schema: { $ref: '#/components/schemas/_' } } } },
            6: {
              content: { 'a/b': { schema: { description: 'Beside', $ref: '#/components/schemas/plain' } } },
            },
          },
        },
      },
    })
  },
)

t.test(
  'whole maps from files, pointers through references, anchors of YAML, cycles between files',
  async (t) => {
    const file = folderOf(t, {
      'openapi.yaml': `
openapi: 3.1.0
paths: { $ref: paths.yaml }
webhooks: { new: { post: { requestBody: { content: { a/b: &media { schema: { $ref: 'schemas.yaml#/B' } } } }, responses: { '200': { content: { a/b: *media } } } } } }
components: { schemas: { $ref: schemas.yaml }, pathItems: 7 }
`,
      'paths.yaml': `
/a: { get: { tags: &tags [ a ], responses: { '200': { content: { a/b: &media { schema: { $ref: 'openapi.yaml#/components/schemas/B' } } } }, '201': { content: { a/b: *media } } } } }
/b: { $ref: '#/~1a' }
/c: { get: { parameters: [ { $ref: 'through.yaml#/a/properties/b' } ], responses: { $ref: 'list.yaml#/responses' } } }
/d: { parameters: { $ref: 'list.yaml#/parameters' } }
`,
      'through.yaml': 'a: { $ref: "#/b" }\nb: { $ref: "other.yaml" }\n',
      'other.yaml':
        'properties: { b: { name: b, in: query, schema: { $ref: "#/properties/c" } }, c: { type: string } }\n',
      'list.yaml': 'parameters: [ { $ref: "through.yaml#/a/properties/b" } ]\nresponses: null\n',
      'schemas.yaml': `
A: { properties: { b: { $ref: '#/B' }, c: { $ref: c.yaml } } }
B: { properties: { a: { $ref: 'openapi.yaml#/components/schemas/A' } } }
C: { $ref: c.yaml }
`,
      'c.yaml': 'properties: { a: { $ref: "schemas.yaml#/A" } }\n',
    })
    const document = (await loadDocument(file('openapi.yaml'), 'docs.source')) as Json
    t.same(document, {
      openapi: '3.1.0',
      paths: {
        '/a': {
          get: {
            tags: ['a'],
            responses: {
              200: { content: { 'a/b': { schema: { $ref: '#/components/schemas/B' } } } },
              201: { content: { 'a/b': { schema: { $ref: '#/components/schemas/B' } } } },
            },
          },
        },
        '/b': (document['paths'] as Json)['/a'],
        '/c': { get: { parameters: [{ $ref: '#/components/parameters/b' }], responses: null } },
        '/d': { parameters: [{ $ref: '#/components/parameters/b' }] },
      },
      webhooks: {
        new: {
          post: {
            requestBody: { content: { 'a/b': { schema: { $ref: '#/components/schemas/B_2' } } } },
            responses: { 200: { content: { 'a/b': { schema: { $ref: '#/components/schemas/B_2' } } } } },
          },
        },
      },
      components: {
        pathItems: 7,
        parameters: { b: { name: 'b', in: 'query', schema: { $ref: '#/components/schemas/c' } } },
        schemas: {
          A: {
            properties: { b: { $ref: '#/components/schemas/B_2' }, c: { $ref: '#/components/schemas/C' } },
          },
          B: { properties: { a: { $ref: '#/components/schemas/A' } } },
          C: { properties: { a: { $ref: '#/components/schemas/A_2' } } },
          c: { type: 'string' },
          A_2: {
            properties: { b: { $ref: '#/components/schemas/B_2' }, c: { $ref: '#/components/schemas/C' } },
          },
          B_2: { properties: { a: { $ref: '#/components/schemas/A' } } },
        },
      },
    })
  },
)

t.test('a reference that leads out of the folder of the source is an error with its place', async (t) => {
  const file = folderOf(t, {
    'secret.json': { title: 'SECRET' },
    'api-secret/x.json': { title: 'SECRET' },
    'api/sub/inside.json': { $ref: '../../secret.json' },
    'api/good.json': { title: 'good' },
  })
  symlinkSync(file('secret.json'), file('api/link.json'))
  symlinkSync(file('.'), file('api/up'))
  symlinkSync('good.json', file('api/good-link.json'))
  const outside = /is outside of the folder of the source/
  const cases: [string, RegExp][] = [
    ['../secret.json', outside],
    ['../api-secret/x.json', outside],
    ['%2e%2e/secret.json', outside],
    ['sub/../../secret.json', outside],
    ['..%2fsecret.json', outside],
    ['..%5csecret.json', outside],
    ['..\\secret.json', outside],
    ['good.json%00', outside],
    [file('secret.json'), outside],
    ['/etc/passwd', outside],
    [pathToFileURL(file('secret.json')).href, outside],
    ['//evil.example/x.json', outside],
    ['http://127.0.0.1:9/x.json', outside],
    ['data:application/json,{}', outside],
    ['urn:example:pet', outside],
    ['link.json', outside],
    ['up/secret.json', outside],
    [
      'absent.json',
      /cannot be read \(ENOENT\); there is no such file: correct the \$ref, or put the file there$/,
    ],
    ['sub', /is no file/],
    ['good.json/x.json', /cannot be read \(ENOTDIR\)$/],
    ['good.json#/no', /leads to nothing: there is no \/no in that file/],
    ['good.json#/title/x', /leads to nothing/],
    ['good.json#/toString', /leads to nothing/],
    ['good.json#anchor', /does not end with a JSON pointer/],
    ['good.json#/%', /does not end with a JSON pointer/],
    ['http://[', /is no reference to a file/],
  ]
  for (const [$ref, what] of cases) {
    writeFileSync(
      file('api/openapi.json'),
      JSON.stringify({ ...PETS, components: { schemas: { 'a/b': { items: { $ref } } } } }),
    )
    const message = await refusal(file('api/openapi.json'))
    t.match(message, what, $ref)
    t.ok(
      message.startsWith(
        `docs.source: ${JSON.stringify(file('api/openapi.json'))} at /components/schemas/a~1b/items: $ref `,
      ),
      message,
    )
    t.notMatch(message, 'SECRET')
  }
  const write = (document: object, name = 'api/openapi.json') =>
    writeFileSync(file(name), JSON.stringify({ ...PETS, ...document }))
  const command = (path: string) => `write its path instead: npx @redocly/cli bundle ${path} -o bundled.yaml`
  write({ components: { schemas: { a: { $ref: 'https://h.example/pet.yaml' } } } })
  const path = relative('', file('api/openapi.json'))
  t.ok((await refusal(file('api/openapi.json'))).endsWith(command(path)))
  const odd = "api/it's $1.json"
  write({ components: { schemas: { a: { $ref: '/x.json' } } } }, odd)
  const quoted = `'${relative('', file(odd)).replace("'", "'\\''")}'`
  t.ok((await refusal(file(odd))).endsWith(command(quoted)), 'quoted for a shell')
  write({ components: { schemas: { a: { $ref: 'sub/inside.json' } } } })
  t.match(
    await refusal(file('api/openapi.json')),
    /sub\/inside\.json" at \/: \$ref "\.\.\/\.\.\/secret\.json" is outside/,
  )
  write({ components: { schemas: { a: { $ref: 'good-link.json' } } } })
  t.match(await loadDocument(file('api/openapi.json'), 'docs.source'), {
    components: { schemas: { a: { title: 'good' } } },
  })
  symlinkSync(file('api/openapi.json'), file('linked.json'))
  t.match(
    await refusal(file('linked.json')),
    /good-link\.json" cannot be read \(ENOENT\)/,
    'its own folder is where it was named',
  )
})

t.test('names in a discriminator that refer to nothing stay as they are', async (t) => {
  const file = folderOf(t, {
    'secret.json': {},
    'api/there.json': { title: 'there' },
  })
  const document = (mapping: Json) => ({
    ...PETS,
    components: { schemas: { a: { discriminator: { mapping } } } },
  })
  const write = (mapping: Json) => writeFileSync(file('api/openapi.json'), JSON.stringify(document(mapping)))
  const mapping = {
    a: 'gone.yml#/a',
    b: '../secret.json',
    c: 'there.json#/no',
    d: 'there.json#anchor',
    e: 'Name',
  }
  write({ ...mapping, f: 'there.json', g: 'openapi.json#/components/schemas/a' })
  t.same(await loadDocument(file('api/openapi.json'), 'docs.source'), {
    ...PETS,
    components: {
      schemas: {
        a: {
          discriminator: {
            mapping: { ...mapping, f: '#/components/schemas/there', g: '#/components/schemas/a' },
          },
        },
        there: { title: 'there' },
      },
    },
  })
})

t.test('a document that cannot be read is an error with the place', async (t) => {
  const file = folderOf(t, {
    'broken.json': '{"a": }',
    'circle-a.json': { $ref: 'circle-b.json' },
    'circle-b.json': { $ref: 'circle-a.json' },
    'hops.json': { a: { $ref: '#/a/b' } },
    'item.json': { $ref: 'item-2.json' },
    'item-2.json': { $ref: 'item.json' },
    'deep.json': '{"openapi":"3.1.0","components":{"schemas":{"a":'.concat(
      '{"not":'.repeat(20_000),
      '{}',
      '}'.repeat(20_000),
      '}}}',
    ),
    'deep-part.json': '{"not":'.repeat(20_000).concat('{}', '}'.repeat(20_000)),
  })
  const cases: [string, object, RegExp][] = [
    [
      'a file that is not JSON',
      { components: { schemas: { a: { $ref: 'broken.json' } } } },
      /at \/components\/schemas\/a: \$ref "broken\.json" is not JSON: /,
    ],
    [
      'schemas that are each other',
      { components: { schemas: { a: { $ref: 'circle-a.json' } } } },
      /\$ref "circle-[ab]\.json" leads back to itself/,
    ],
    [
      'paths that are each other',
      { paths: { '/a': { $ref: 'item.json' } } },
      /item-2\.json" at \/: \$ref "item\.json" leads back to itself/,
    ],
    [
      'a pointer through itself',
      { components: { schemas: { a: { $ref: 'hops.json#/a/b/c' } } } },
      /leads from reference to reference without end/,
    ],
    [
      'a file without an end',
      { components: { schemas: { a: { $ref: 'deep-part.json' } } } },
      /is nested too deeply/,
    ],
  ]
  for (const [name, document, what] of cases) {
    writeFileSync(file('openapi.json'), JSON.stringify({ ...PETS, ...document }))
    t.match(await refusal(file('openapi.json')), what, name)
  }
  t.match(await refusal(file('deep.json')), /deep\.json" is nested too deeply/)
})

t.test('the error for invalid JSON has the first place that is wrong', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'it ends too early, at line 1, column 1'],
    ['{', 'it ends too early, at line 1, column 2'],
    ['{"a":1', 'it ends too early, at line 1, column 7'],
    ['[1,\n]', 'unexpected "]" at line 2, column 1'],
    ['{"a":1,}', 'unexpected "}" at line 1, column 8'],
    ['{\r\n\t"a" 1}', 'unexpected "1" at line 2, column 6'],
    ["{'a':1}", 'unexpected "\'" at line 1, column 2'],
    ['{a:1}', 'unexpected "a" at line 1, column 2'],
    ['{"a":[1 2]}', 'unexpected "2" at line 1, column 9'],
    ['[1}', 'unexpected "}" at line 1, column 3'],
    ['[] x', 'unexpected "x" at line 1, column 4'],
    ['[01]', 'unexpected "1" at line 1, column 3'],
    ['[-]', 'unexpected "-" at line 1, column 2'],
    ['[nul]', 'unexpected "n" at line 1, column 2'],
    ['["a\nb"]', 'unexpected "\\n" at line 1, column 4'],
    ['["\\x"]', 'unexpected "\\\\" at line 1, column 3'],
    ['["a', 'it ends too early, at line 1, column 4'],
    [`["${'\\n'.repeat(1_000_000)}",]`, 'unexpected "]" at line 1, column 2000005'],
    ['[\u{1f436}]', 'unexpected "\u{1f436}" at line 1, column 2'],
    ['// no\n{}', 'unexpected "/" at line 1, column 1'],
  ]
  for (const [text, fault] of cases) t.equal(faultOfJson(text), fault, text)
  t.end()
})

// Where the engine says that a text is not JSON, or its length where it is; undefined where it does not say.
function placeByEngine(text: string): number | undefined {
  try {
    JSON.parse(text)
    return text.length
  } catch (error) {
    const position = / at position (\d+)/.exec((error as Error).message)?.[1]
    return position === undefined ? undefined : Number(position)
  }
}

t.test(
  'the place is the one that the engine reports, if it does; inside escapes and words, it is their start',
  (t) => {
    const signs = fc.constantFrom('', '}', ']', ',', ':', '"', '\\', '\n', ' ', 'x', '-', '.', '0')
    const texts = fc.tuple(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom(0, 2),
      fc.nat(),
      signs,
      fc.boolean(),
    )
    fc.assert(
      fc.property(texts, ([value, indent, seed, sign, isSpoilt]) => {
        const whole = JSON.stringify(value, null, indent)
        const spot = seed % whole.length
        const text = isSpoilt ? whole.slice(0, spot) + sign + whole.slice(spot + 1) : whole
        const [, line, column] = /at line (\d+), column (\d+)$/.exec(faultOfJson(text)) as RegExpExecArray
        const lines = text.split('\n').slice(0, Number(line) - 1)
        const place = lines.reduce((sum, { length }) => sum + length + 1, 0) + Number(column) - 1
        const told = placeByEngine(text)
        return (
          told === undefined || told === place || (told > place && /[\\\-.\da-zE]/.test(text[place] ?? ''))
        )
      }),
      { numRuns: 2000 },
    )
    t.end()
  },
)

t.test('references that multiply the document are an error', async (t) => {
  const files: Record<string, unknown> = { 'openapi.json': { ...PETS, paths: { '/a': { $ref: '0.json' } } } }
  for (let level = 0; level < 8; level++) {
    const callbacks = Object.fromEntries(
      [...Array(10).keys()].map((key) => [key, { a: { $ref: `${level + 1}.json` } }]),
    )
    files[`${level}.json`] = { get: { callbacks } }
  }
  files['8.json'] = {}
  const file = folderOf(t, files)
  t.match(await refusal(file('openapi.json')), /is one of more than 100000 references/)
})

t.test('an object is used as it is; one that refers to files is an error with the remedy', async (t) => {
  const local = {
    ...PETS,
    components: { schemas: { a: { $ref: '#/components/schemas/b', $id: 'urn:a' }, b: { $ref: 'urn:a#/x' } } },
  }
  t.equal(await loadDocument(local, 'docs.source'), local)
  const message = await refusal({
    ...PETS,
    paths: { '/a': { get: { responses: { 200: { $ref: 'https://u:p@h.example/r.json?token=t#/a' } } } } },
  })
  t.equal(
    message,
    'docs.source: the object at /paths/~1a/get/responses/200: $ref "https://h.example/r.json#/a" leads out of it; write the path or the URL of its file instead, or bundle it first: npx @redocly/cli bundle openapi.yaml -o bundled.yaml',
  )
  for (const discriminator of ['name', 7, {}, { mapping: { a: 1, b: 'Name', c: 'Name.v1', d: 'd.json' } }]) {
    const named = { ...PETS, components: { schemas: { a: { discriminator } } } }
    t.equal(await loadDocument(named, 'docs.source'), named)
  }
  let circle: Json = {}
  circle['not'] = circle
  t.match(await refusal({ ...PETS, components: { schemas: { circle } } }), /the object is nested too deeply/)
  circle = {}
})

t.test('a value that can be read but not written is an error at start, whatever its source', async (t) => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const text = (levels: number) =>
    `{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"paths":{},"x-deep":${nested(levels)}}`
  const folder = t.testdir({ 'fits.json': text(499), 'deep.json': text(500), 'deeper.json': text(100_000) })
  const fits = await loadDocument(`${folder}/fits.json`, 'docs.source')
  const view = createView(fits)
  t.same(JSON.parse((await view.json()).plain.body.toString()), fits)
  t.same(parse((await view.yaml()).plain.body.toString()), fits)
  t.equal(await loadDocument(fits, 'docs.source'), fits)
  const depth = /is nested too deeply: more than 500 objects and lists in one another/
  for (const source of [
    `${folder}/deep.json`,
    `${folder}/deeper.json`,
    JSON.parse(text(500)),
    JSON.parse(text(9000)),
  ])
    t.match(await refusal(source), depth)
})

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

async function serverOf(t: Test, routes: Record<string, Answer | object | string>) {
  const asked: { url: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url as string, 'http://x')
    asked.push({ url: request.url as string, authorization: request.headers.authorization })
    const answer = routes[pathname]
    if (typeof answer === 'function') return answer(request, response)
    response.statusCode = answer === undefined ? 404 : 200
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, port, asked }
}

const redirectTo =
  (location: string | undefined, status = 302): Answer =>
  (_request, response) =>
    response.writeHead(status, location === undefined ? {} : { location }).end('moved')

const WITH_REFS = { ...PETS, components: { schemas: { Pet: { $ref: 'schemas/pet.yaml' } } } }

t.test(
  'a document is fetched, with its files, credentials in the URL and redirects within its origin',
  async (t) => {
    const pet =
      "type: object\nproperties: { tag: { $ref: '../tag.json?v=1#/Tag' }, all: { $ref: '../openapi.json#/components' } }\n"
    const { origin, port, asked } = await serverOf(t, {
      '/v1/openapi.json': WITH_REFS,
      '/v1/schemas/pet.yaml': pet,
      '/v1/tag.json': (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"Tag":{"type":"string"}}')),
      '/latest': redirectTo('/v1/openapi.json?token=again', 307),
      '/plain.yaml': '\uFEFFopenapi: 3.1.0\n',
    })
    const expected = {
      ...PETS,
      servers: [{ url: origin }],
      components: {
        schemas: {
          Pet: {
            type: 'object',
            properties: { tag: { $ref: '#/components/schemas/Tag' }, all: { $ref: '#/components' } },
          },
          Tag: { type: 'string' },
        },
      },
    }
    for (const url of ['/v1/openapi.json', '/v1/openapi.json?token=t#part', '/latest']) {
      asked.length = 0
      t.same(await loadDocument(origin + url, 'docs.source'), expected, url)
      t.ok(asked.every(({ authorization }) => authorization === undefined))
      t.same(
        asked.filter(({ url: path }) => path.includes('token')).map(({ url: path }) => path.split('?')[0]),
        url === '/v1/openapi.json' ? [] : ['/v1/openapi.json'],
        'a query is of its own URL only',
      )
    }
    asked.length = 0
    t.same(
      await loadDocument(new URL(`http://us%40er:p%3Aw@127.0.0.1:${port}/latest`), 'docs.source'),
      expected,
    )
    const basic = `Basic ${Buffer.from('us@er:p:w').toString('base64')}`
    t.same(
      asked.map(({ authorization }) => authorization),
      [basic, basic, basic, basic],
    )
    asked.length = 0
    await loadDocument(`http://u:100%@127.0.0.1:${port}/plain.yaml`, 'docs.source')
    const asTyped = `Basic ${Buffer.from('u:100%').toString('base64')}`
    t.equal(asked[0]?.authorization, asTyped, 'a password with a % in it')
    const plain = { openapi: '3.1.0', servers: [{ url: origin }] }
    t.same(await loadDocument(`HTTP://127.0.0.1:${port}/plain.yaml`, 'docs.source'), plain)
    t.same(await loadDocument(`http://only-user@127.0.0.1:${port}/plain.yaml`, 'docs.source'), plain)
  },
)

t.test(
  'servers that are relative to a document keep their URL, wherever the document is read from',
  async (t) => {
    const rows: readonly (readonly [url: unknown, expected: string | undefined])[] = [
      ['/', ''],
      ['/v1', '/v1'],
      ['v1/', '/api/v1/'],
      ['../v2', '/v2'],
      ['.', '/api/'],
      ['', '/api/openapi.json'],
      ['/{region}/v1', '/{region}/v1'],
      ['/%7Bliteral%7D', '/%7Bliteral%7D'],
      ['?key=1', '/api/openapi.json?key=1'],
      ['https://pets.example/v1', undefined],
      ['{scheme}://pets.example', undefined],
      ['\\\\[', undefined],
      [7, undefined],
    ]
    const listed = (urls: readonly unknown[]) => urls.map((url) => ({ url }))
    const inFile = { servers: listed(['./below']), get: { servers: listed(['/op']) } }
    const document = {
      ...PETS,
      servers: listed(rows.map(([url]) => url)),
      paths: {
        '/a': { servers: listed(['item']), get: { servers: listed(['//other.example/op']), responses: {} } },
        '/b': { $ref: 'paths/b.yaml' },
      },
      components: {
        links: { next: { server: { url: '/links' } } },
        schemas: { Data: { properties: { servers: { default: [{ url: '/data' }] } } } },
      },
    }
    type Loaded = Omit<typeof document, 'openapi'> & { paths: { '/b': typeof inFile } }
    const { origin, port } = await serverOf(t, {
      '/api/openapi.json': document,
      '/api/paths/b.yaml': inFile,
      '/latest': redirectTo('/api/openapi.json'),
      '/none.json': { ...PETS, servers: [] },
      '/old.json': { swagger: '2.0', paths: {} },
      '/old-host.json': { swagger: '2.0', host: 'pets.example', paths: {} },
      '/old-schemes.json': { swagger: '2.0', schemes: ['wss'], paths: {} },
    })
    for (const url of [`${origin}/api/openapi.json?token=t`, `http://user:pass@127.0.0.1:${port}/latest`]) {
      const loaded = (await loadDocument(url, 'docs.source')) as unknown as Loaded
      t.same(
        loaded.servers,
        listed(rows.map(([given, expected]) => (expected === undefined ? given : origin + expected))),
        url,
      )
      t.same(loaded.paths['/a'].servers, listed([`${origin}/api/item`]))
      t.same(loaded.paths['/a'].get.servers, listed(['http://other.example/op']))
      t.same(loaded.paths['/b'].servers, listed([`${origin}/api/paths/below`]), 'relative to their own file')
      t.same(loaded.paths['/b'].get.servers, listed([`${origin}/op`]))
      t.equal(loaded.components.links.next.server.url, `${origin}/links`)
      t.same(loaded.components.schemas, document.components.schemas, 'data is data')
      t.notMatch(JSON.stringify(loaded), /token=t|user:pass/)
      t.ok(connectSources(loaded).includes(origin), 'the page may reach them')
    }
    const none = { ...PETS, servers: [{ url: origin }] }
    t.same(await loadDocument(`${origin}/none.json`, 'docs.source'), none, 'none at all')
    for (const [file, fields] of [
      ['old.json', { host: `127.0.0.1:${port}`, schemes: ['http'] }],
      ['old-host.json', { host: 'pets.example' }],
      ['old-schemes.json', { host: `127.0.0.1:${port}`, schemes: ['wss'] }],
    ] as const)
      t.same(
        await loadDocument(`${origin}/${file}`, 'docs.source'),
        { swagger: '2.0', paths: {}, ...fields },
        file,
      )
    const folder = folderOf(t, { 'api/openapi.json': document, 'api/paths/b.yaml': inFile })
    const local = (await loadDocument(folder('api/openapi.json'), 'docs.source')) as unknown as Loaded
    t.same(local.servers, document.servers, 'of a file they are left')
    t.same(local.paths['/b'], inFile)
    const { '/b': _, ...paths } = document.paths
    const object = { ...document, paths }
    t.equal(await loadDocument(object, 'docs.source'), object, 'and of an object')
    t.equal(object.servers[0]?.url, '/')
  },
)

t.test(
  'a source that cannot be fetched is an error with the reason, without credentials and query',
  async (t) => {
    const other = await serverOf(t, { '/openapi.json': PETS })
    const routes: Record<string, Answer | object | string> = {
      '/api/500': (_request, response) => response.writeHead(500).end('secret-body'),
      '/api/login': redirectTo('/login?token=secret-query'),
      '/api/away': redirectTo(`${other.origin}/openapi.json?secret-query`),
      '/api/circle': redirectTo('/api/circle'),
      '/api/nowhere': redirectTo(undefined),
      '/api/bad': redirectTo('http://['),
      '/api/304': (_request, response) => response.writeHead(304).end(),
      '/api/204': (_request, response) => response.writeHead(204).end(),
      '/api/401': (_request, response) => response.writeHead(401).end(),
      '/api/403': (_request, response) => response.writeHead(403).end(),
      '/api/html': '<!doctype html><title>Log in</title>',
      '/api/broken': '{"openapi": ',
      '/api/cut': (_request, response) => response.writeHead(200, { 'content-length': '100' }).end('{'),
      '/api/down': (request) => request.socket.destroy(),
      '/api/not': { swagger: '1.2' },
      '/outside.json': { title: 'secret-body' },
      '/api/out.json': redirectTo('/outside.json'),
      '/api/pet.json': { $ref: 'absent.json?secret-query' },
    }
    const refs: Record<string, string> = {
      '/api/up': '../outside.json?secret-query',
      '/api/root': '/outside.json',
      '/api/host': `${other.origin}/openapi.json`,
      '/api/protocol': 'file:///etc/passwd',
      '/api/redirected': 'out.json',
      '/api/encoded': '..%2foutside.json',
      '/api/chained': 'pet.json',
    }
    for (const [path, $ref] of Object.entries(refs)) {
      routes[path] = { ...PETS, components: { schemas: { a: { $ref } } } }
    }
    const { origin, port } = await serverOf(t, routes)
    const outside =
      /at \/components\/schemas\/a: \$ref ".*" is outside of the folder of the source; .* npx @redocly\/cli bundle http:\/\/127\.0\.0\.1:\d+\/api\/\w+ -o bundled\.yaml$/
    const cases: [string, RegExp][] = [
      ['/api/500', /^answered 500; write the URL where the document is$/],
      ['/api/absent', /^answered 404; write the URL where the document is$/],
      ['/api/login', /^answered 404; /],
      ['/api/away', new RegExp(`^is redirected to another origin, ${other.origin}; write the URL`)],
      ['/api/circle', /^is redirected more than 5 times$/],
      ['/api/nowhere', /^answered 302 without a location$/],
      ['/api/bad', /^answered 302 without a location$/],
      ['/api/304', /^answered 304 without a location$/],
      ['/api/204', /^is empty; write an OpenAPI 3 or Swagger 2 document$/],
      ['/api/401', /^answered 401; write a user and a password into its URL, or save the document/],
      ['/api/403', /^answered 403; write a user and a password/],
      ['/api/html', /^is no OpenAPI document but an HTML or XML page; it may be a login/],
      ['/api/broken', /^is not JSON: /],
      ['/api/cut', /^cannot be fetched \(.+\); correct the URL, or save the document/],
      ['/api/down', /^cannot be fetched \(UND_ERR_SOCKET\); /],
      ['/api/not', /^is no OpenAPI 3 or Swagger 2 document/],
      ['/api/up', outside],
      ['/api/root', outside],
      ['/api/host', outside],
      ['/api/protocol', outside],
      ['/api/encoded', outside],
      [
        '/api/redirected',
        /\$ref "out\.json" is redirected to http:\/\/127\.0\.0\.1:\d+\/outside\.json, which is outside/,
      ],
      ['/api/chained', /pet\.json" at \/: \$ref "absent\.json" answered 404; /],
    ]
    for (const [path, what] of cases) {
      const message = await refusal(
        `http://secret-user:secret-password@127.0.0.1:${port}${path}?secret-query`,
      )
      const place = path === '/api/chained' ? '' : `docs.source: "${origin}${path}" `
      t.ok(message.startsWith(place), message)
      t.match(message.slice(place.length), what, path)
      t.notMatch(message, /secret/)
    }
    t.match(await refusal('http://127.0.0.1:1/x'), /cannot be fetched \(bad port\)/)
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port: closedPort } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    t.match(
      await refusal(`http://127.0.0.1:${closedPort}/x`),
      /cannot be fetched \(ECONNREFUSED\); nothing listens there/,
    )
    // A name that is longer than names are is asked of nobody.
    t.match(
      await refusal(`http://${'a'.repeat(64)}/x`),
      /\(ENOTFOUND\); there is no such host: correct the URL$/,
    )
    t.match(await refusal('https:///x:y'), /cannot be read|cannot be fetched/)
  },
)

t.test('an untrusted certificate is an error with the remedy', async (t) => {
  const codes = [
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ]
  let error: unknown
  const fetching = mock.method(globalThis, 'fetch', () => Promise.reject(error))
  t.teardown(() => fetching.mock.restore())
  for (const code of codes) {
    error = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })
    t.match(
      await refusal('https://127.0.0.1/x'),
      new RegExp(`cannot be fetched \\(${code}\\); for a certificate .* set NODE_EXTRA_CA_CERTS, or save`),
    )
  }
})

t.test('an endless file is read only to a limit', async (t) => {
  t.match(await refusal('/dev/zero'), /"\/dev\/zero" is too large for one document/)
})

t.test('all files of a source together have a deadline and a size limit', async (t) => {
  const { origin } = await serverOf(t, {
    '/silent': () => {},
    '/slow': (_request, response) => response.writeHead(200).write('{'),
    '/large': 'x'.repeat(2001),
    '/bomb': (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(1_000_000))),
    '/parts.json': { ...PETS, components: { schemas: { a: { $ref: 'a.json' }, b: { $ref: 'b.json' } } } },
    '/a.json': { description: 'x'.repeat(1000) },
    '/b.json': { description: 'x'.repeat(1000) },
    '/hangs.json': { ...PETS, components: { schemas: { a: { $ref: 'silent' } } } },
  })
  const cases: [string, RegExp][] = [
    ['/silent', /silent" was not there within 0\.3 seconds; save the document/],
    ['/slow', /slow" was not there within 0\.3 seconds; save the document/],
    ['/hangs.json', /\$ref "silent" was not there within 0\.3 seconds; save the document/],
    ['/large', /large" is too large: 2000 bytes are taken/],
    ['/bomb', /bomb" is too large/],
    [
      '/parts.json',
      /\$ref "[ab]\.json" is too large: 2000 bytes are taken, with all files that it refers to; save the document/,
    ],
  ]
  for (const [path, what] of cases) {
    const limits = { seconds: /silent|slow|hangs/.test(path) ? 0.3 : 8, bytes: 2000 }
    await t.rejects(
      loadDocument(origin + path, 'docs.source', { limits }),
      { message: what, code: 'DOCS_GATE_OPTIONS' },
      path,
    )
  }
})

t.test('an error that is not about the document is not taken for a wrong option', async (t) => {
  const defect = new Error('a defect')
  const reads = () => {
    throw defect
  }
  await t.rejects(loadDocument('openapi.json', 'docs.source', { reads }), defect)
})

t.test('the name of a source has only what may be shown', (t) => {
  t.equal(nameOfSource('https://u:p@h.example:8443/a/b.json?token=t#x'), 'https://h.example:8443/a/b.json')
  t.equal(nameOfSource('openapi.yaml?x'), 'openapi.yaml?x')
  t.equal(nameOfSource('file:///a/b.json'), 'file:///a/b.json')
  t.equal(nameOfSource('http://['), 'http://[')
  t.end()
})
