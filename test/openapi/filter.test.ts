import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { gateSecurity } from '../../lib/docs/document/gate-security.ts'
import { visibleSet } from '../../lib/docs/view/visible-set.ts'
import type { OpenApiDocument } from '../../lib/openapi/document.ts'
import { filtering, prepareFilter } from '../../lib/openapi/filter/filter.ts'
import { type Operation, operationCount, operationsOf } from '../../lib/openapi/operations.ts'
import { DocumentPatch } from '../../lib/openapi/patch.ts'
import { locate, referenceTo } from '../../lib/openapi/pointer.ts'
import { securing } from '../../lib/openapi/security/security.ts'
import { runInSlices, type Steps } from '../../lib/openapi/time-slices.ts'
import { danglingIn, deepFreeze, filterDocument, secureDocument } from '../document-checks.ts'

type Json = Record<string, unknown>

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (value: unknown) => ({ 'application/json': { schema: value } })
const answer = (value: unknown) => ({ '200': { description: 'Fine.', content: json(value) } })
/** An operation that answers with a schema, and more. */
const answering = (value: unknown, more: Json = {}) => ({ responses: answer(value), ...more })

const open = (name: string): boolean => !name.includes('secret')
/** Hides the operations whose path, or webhook's name, has "secret" in it. */
const notSecret = ({ path }: Operation): boolean => open(path)

const INFO = { title: 'T', version: '1' }
const document = (fields: Json): OpenApiDocument => ({ openapi: '3.1.0', info: INFO, ...fields })

const example = (name: string): Json => ({ $ref: `#/components/examples/${name}` })
const named = (...names: string[]): Json => Object.fromEntries(names.map((name) => [name, { title: name }]))

t.test('operations are found in paths and webhooks, through references, in lower case', async (t) => {
  const shared = { get: { summary: 'G' }, parameters: [] }
  const given = document({
    paths: {
      '/a': {
        get: {},
        post: null,
        put: [],
        parameters: [],
        summary: 'text',
        additionalOperations: { COPY: {} },
      },
      '/b': { $ref: '#/components/pathItems/Shared', delete: {} },
      '/c': { $ref: '#/paths/~1d' },
      '/d': { $ref: '#/paths/~1c', query: {} },
      '/e': { $ref: 'other.yaml#/paths/~1a' },
      '/f': { $ref: '#/nowhere' },
      '/g': null,
      '/h': { additionalOperations: null },
      'x-h': { get: {} },
    },
    webhooks: { 'x-w': { post: {} } },
    'x-webhooks': { v: { post: { callbacks: { c: { '{$url}': { post: {} } } } } } },
    components: { pathItems: { Shared: shared } },
  })
  const operations = operationsOf(given)
  t.same(
    operations.map(({ kind, method, path, at }) => [kind, method, path, at.join(' ')]),
    [
      ['path', 'get', '/a', 'paths /a get'],
      ['path', 'copy', '/a', 'paths /a additionalOperations COPY'],
      ['path', 'get', '/b', 'paths /b get'],
      ['path', 'delete', '/b', 'paths /b delete'],
      ['path', 'query', '/c', 'paths /c query'],
      ['path', 'query', '/d', 'paths /d query'],
      ['webhook', 'post', 'x-w', 'webhooks x-w post'],
      ['webhook', 'post', 'v', 'x-webhooks v post'],
    ],
  )
  t.equal(operations[2]?.operation, shared.get)
  t.same(operations[2]?.pathItem, { ...shared, delete: {} })
  t.equal(operationCount(given), 8)
  for (const paths of [undefined, null, [], 'text', {}]) t.same(operationsOf({ paths }), [])
})

t.test('pointers are parsed: escaped, percent-encoded, with %2F for a slash, and invalid ones', async (t) => {
  const given = { 'a/b': { 'c~d': [{ é: 1 }] }, a: { b: 2 }, '%zz': 3 }
  for (const [reference, value] of [
    ['#/a~1b/c~0d/0/é', 1],
    ['#/a~1b/c~0d/0/%C3%A9', 1],
    ['#/a%7E1b/c%7e0d/0', { é: 1 }],
    ['#/a%2Fb/c~0d/0/é', 1],
    ['#/a%2fb', { 'c~d': [{ é: 1 }] }],
    ['other.json#/a/b', 2],
    ['#/%zz', 3],
    ['#/toString', undefined],
    ['#/a/b/c', undefined],
  ] as const) {
    t.same(locate(given, reference)?.value, value, reference)
  }
  t.same(locate({ a: { b: 2 } }, '#/a%2Fb'), { tokens: ['a', 'b'], value: 2 }, 'as RFC 6901 reads it')
  for (const reference of ['#', '#anchor', 'other.json', '']) t.equal(locate(given, reference), undefined)
  for (const tokens of [
    ['a/b', 'c~d'],
    ['{x}', 'ä #%'],
  ]) {
    t.same(locate({}, referenceTo(tokens))?.tokens, tokens)
  }
})

interface Case {
  readonly title: string
  readonly given: Json
  /** What is in the result; all fields but openapi and info. */
  readonly left: Json
  readonly isVisible?: (operation: Operation) => unknown
}

const CASES: readonly Case[] = [
  {
    title: 'operations that are not visible go, and path items and webhooks with none',
    given: {
      paths: {
        '/a': { summary: 'A', get: answering(true), post: answering(true) },
        '/secret': { get: answering(true) },
        'x-paths': { any: 1 },
      },
      webhooks: { seen: { post: {} }, secret: { post: {} } },
      'x-webhooks': { secret: { post: {} } },
    },
    isVisible: ({ method, path }) => method !== 'post' || path === 'seen',
    left: {
      paths: {
        '/a': { summary: 'A', get: answering(true) },
        '/secret': { get: answering(true) },
        'x-paths': { any: 1 },
      },
      webhooks: { seen: { post: {} } },
    },
  },
  {
    title: 'nothing visible: empty paths',
    given: {
      paths: { '/secret': { get: { tags: ['a'] } } },
      webhooks: { secret: { post: {} } },
      tags: [{ name: 'a' }],
      'x-tagGroups': [{ name: 'g', tags: ['a'] }],
      components: { schemas: named('A') },
    },
    left: { paths: {} },
  },
  {
    title: 'nothing visible of webhooks alone: empty paths',
    given: { webhooks: { secret: { post: {} } } },
    left: { paths: {} },
  },
  {
    title: 'path items without operations go, null and lists too',
    given: { paths: { '/a': {}, '/b': null, '/c': [], '/d': { get: {} }, '/secret': { get: {} } } },
    left: { paths: { '/d': { get: {} } } },
  },
  {
    title: 'additional methods go one by one',
    given: {
      paths: {
        '/a': { additionalOperations: { COPY: answering(schema('A')), MOVE: answering(schema('B')) } },
      },
      components: { schemas: named('A', 'B') },
    },
    isVisible: ({ method }) => method === 'copy',
    left: {
      paths: { '/a': { additionalOperations: { COPY: answering(schema('A')) } } },
      components: { schemas: named('A') },
    },
  },
  {
    title: 'components: used ones stay, transitively and in cycles; names are own names',
    given: {
      paths: { '/a': { get: answering(schema('A')) }, '/secret': { get: answering(schema('constructor')) } },
      components: {
        schemas: {
          A: { properties: { b: schema('B'), 'x/y': { $ref: '#/components/schemas/x~1y' } } },
          B: { items: { anyOf: [schema('A'), { $ref: '#/components/schemas/%C3%84/properties/q' }] } },
          'x/y': { not: { $ref: '#/components/schemas/t~0t' } },
          't~t': true,
          Ä: { properties: { q: true } },
          ...named('constructor', 'toString', 'Unused'),
        },
        responses: { Unused: { description: 'U' } },
      },
    },
    left: {
      paths: { '/a': { get: answering(schema('A')) } },
      components: {
        schemas: {
          A: { properties: { b: schema('B'), 'x/y': { $ref: '#/components/schemas/x~1y' } } },
          B: { items: { anyOf: [schema('A'), { $ref: '#/components/schemas/%C3%84/properties/q' }] } },
          'x/y': { not: { $ref: '#/components/schemas/t~0t' } },
          't~t': true,
          Ä: { properties: { q: true } },
        },
      },
    },
  },
  {
    title: 'components of every kind',
    given: {
      paths: {
        '/a': {
          parameters: [{ $ref: '#/components/parameters/P' }],
          get: {
            requestBody: { $ref: '#/components/requestBodies/B' },
            responses: { default: { $ref: '#/components/responses/R' } },
            callbacks: { c: { $ref: '#/components/callbacks/C' } },
          },
        },
        '/secret': { get: {} },
      },
      components: {
        parameters: {
          P: { name: 'p', in: 'query', examples: { e: { $ref: '#/components/examples/E' } } },
          Q: {},
        },
        requestBodies: { B: { content: { 'x/y': { $ref: '#/components/mediaTypes/M' } } }, Q: {} },
        mediaTypes: {
          M: {
            itemSchema: schema('S'),
            encoding: { s: { headers: { h: { $ref: '#/components/headers/H2' } } } },
          },
          Q: {},
        },
        responses: { R: { description: 'R', headers: { h: { $ref: '#/components/headers/H' } } }, Q: {} },
        headers: { H: { content: json(schema('T')) }, H2: {}, Q: {} },
        examples: {
          E: { value: [{ $ref: '#/components/examples/F' }, { $ref: '#/components/schemas/Q' }] },
          F: {},
          Q: {},
        },
        callbacks: { C: { '{$url}': { $ref: '#/components/pathItems/I' } }, Q: {} },
        pathItems: { I: { post: { security: [{ key: [] }] } }, Q: {} },
        securitySchemes: { key: { type: 'apiKey', in: 'query', name: 'k' }, q: {} },
        links: { Q: {} },
        schemas: { ...named('S', 'T', 'Q') },
        strange: { Q: {} },
        'x-kept': { s: { $ref: '#/components/schemas/X' } },
      },
    },
    left: {
      paths: {
        '/a': {
          parameters: [{ $ref: '#/components/parameters/P' }],
          get: {
            requestBody: { $ref: '#/components/requestBodies/B' },
            responses: { default: { $ref: '#/components/responses/R' } },
            callbacks: { c: { $ref: '#/components/callbacks/C' } },
          },
        },
      },
      components: {
        parameters: { P: { name: 'p', in: 'query', examples: { e: { $ref: '#/components/examples/E' } } } },
        requestBodies: { B: { content: { 'x/y': { $ref: '#/components/mediaTypes/M' } } } },
        mediaTypes: {
          M: {
            itemSchema: schema('S'),
            encoding: { s: { headers: { h: { $ref: '#/components/headers/H2' } } } },
          },
        },
        responses: { R: { description: 'R', headers: { h: { $ref: '#/components/headers/H' } } } },
        headers: { H: { content: json(schema('T')) }, H2: {} },
        examples: {
          E: { value: [{ $ref: '#/components/examples/F' }, { $ref: '#/components/schemas/Q' }] },
          F: {},
        },
        callbacks: { C: { '{$url}': { $ref: '#/components/pathItems/I' } } },
        pathItems: { I: { post: { security: [{ key: [] }] } } },
        securitySchemes: { key: { type: 'apiKey', in: 'query', name: 'k' } },
        schemas: { ...named('S', 'T') },
        'x-kept': { s: { $ref: '#/components/schemas/X' } },
      },
    },
  },
  {
    title: 'Swagger 2: definitions, parameters, responses, securityDefinitions',
    given: {
      openapi: undefined,
      swagger: '2.0',
      paths: {
        '/a': {
          get: {
            parameters: [
              { in: 'body', name: 'b', schema: { $ref: '#/definitions/A' } },
              { $ref: '#/parameters/P' },
            ],
            responses: { 200: { $ref: '#/responses/R' } },
            security: [{ o: ['read'] }],
          },
        },
        '/secret': { get: { security: [{ o: ['write', 'read'] }, { k: [] }] } },
      },
      definitions: { A: { discriminator: 'kind' }, Heir: { allOf: [{ $ref: '#/definitions/A' }] }, B: {} },
      parameters: {
        P: { name: 'p', in: 'query', type: 'array', items: { default: { $ref: '#/definitions/B' } } },
        Q: {},
      },
      responses: {
        R: { description: 'R', schema: {}, examples: { 'a/b': { $ref: '#/definitions/B' } } },
        Q: {},
      },
      securityDefinitions: {
        o: {
          type: 'oauth2',
          flow: 'password',
          tokenUrl: '/t',
          scopes: { read: 'R', write: 'W', other: 'O' },
        },
        k: {},
      },
    },
    left: {
      openapi: undefined,
      swagger: '2.0',
      paths: {
        '/a': {
          get: {
            parameters: [
              { in: 'body', name: 'b', schema: { $ref: '#/definitions/A' } },
              { $ref: '#/parameters/P' },
            ],
            responses: { 200: { $ref: '#/responses/R' } },
            security: [{ o: ['read'] }],
          },
        },
      },
      definitions: { A: { discriminator: 'kind' }, Heir: { allOf: [{ $ref: '#/definitions/A' }] } },
      parameters: {
        P: { name: 'p', in: 'query', type: 'array', items: { default: { $ref: '#/definitions/B' } } },
      },
      responses: { R: { description: 'R', schema: {}, examples: { 'a/b': { $ref: '#/definitions/B' } } } },
      securityDefinitions: {
        o: { type: 'oauth2', flow: 'password', tokenUrl: '/t', scopes: { read: 'R', other: 'O' } },
      },
    },
  },
  {
    title: 'examples, defaults, enumerations and constants are data; properties of these names are not',
    given: {
      paths: {
        '/a': {
          get: answering({
            example: schema('Data'),
            examples: [schema('Data')],
            default: schema('Data'),
            enum: [schema('Data')],
            const: schema('Data'),
            properties: {
              example: schema('Example'),
              examples: schema('Examples'),
              default: schema('Default'),
              enum: schema('Enum'),
              const: schema('Const'),
              $ref: schema('Named'),
            },
          }),
        },
        '/secret': { get: {} },
      },
      components: { schemas: named('Data', 'Example', 'Examples', 'Default', 'Enum', 'Const', 'Named') },
    },
    left: {
      paths: {
        '/a': {
          get: answering({
            example: schema('Data'),
            examples: [schema('Data')],
            default: schema('Data'),
            enum: [schema('Data')],
            const: schema('Data'),
            properties: {
              example: schema('Example'),
              examples: schema('Examples'),
              default: schema('Default'),
              enum: schema('Enum'),
              const: schema('Const'),
              $ref: schema('Named'),
            },
          }),
        },
      },
      components: { schemas: named('Example', 'Examples', 'Default', 'Enum', 'Const', 'Named') },
    },
  },
  {
    title: 'discriminators: mapped by reference and by name, and heirs that nothing else names',
    given: {
      paths: {
        '/a': { get: answering(schema('Pet')) },
        '/b': { get: answering(schema('Plain')) },
        '/secret': { get: answering(schema('Tiger')) },
      },
      components: {
        schemas: {
          Pet: {
            discriminator: {
              propertyName: 'kind',
              mapping: { cat: '#/components/schemas/Cat', dog: 'Dog', fish: 'Fish.json', number: 7 },
              defaultMapping: 'Other',
            },
          },
          ...named('Cat', 'Dog', 'Fish', 'Other', 'Plain'),
          Lion: { allOf: [schema('Pet'), true] },
          Cub: { allOf: [schema('Lion')] },
          Tiger: { allOf: [schema('Pet')] },
          Loop: { allOf: [schema('Loop'), schema('Cub')] },
          NoHeir: { allOf: [schema('Plain'), schema('Nowhere')] },
        },
      },
    },
    left: {
      paths: { '/a': { get: answering(schema('Pet')) }, '/b': { get: answering(schema('Plain')) } },
      components: {
        schemas: {
          Pet: {
            discriminator: {
              propertyName: 'kind',
              mapping: { cat: '#/components/schemas/Cat', dog: 'Dog', fish: 'Fish.json', number: 7 },
              defaultMapping: 'Other',
            },
          },
          ...named('Cat', 'Dog', 'Other', 'Plain'),
          Lion: { allOf: [schema('Pet'), true] },
          Cub: { allOf: [schema('Lion')] },
          Loop: { allOf: [schema('Loop'), schema('Cub')] },
        },
      },
    },
  },
  {
    title: 'references by anchor and by $id keep whatever bears the name',
    given: {
      paths: {
        '/a': {
          get: answering({
            $ref: '#leaf',
            items: { $dynamicRef: '#node' },
            not: { $ref: 'https://s.example/tree#/x' },
          }),
        },
        '/b': { get: answering({ $dynamicRef: '#/components/schemas/Direct', not: { $ref: '#unknown' } }) },
        '/secret': { get: {} },
      },
      components: {
        schemas: {
          Leaf: { $defs: { l: { $anchor: 'leaf' } } },
          Node: { $dynamicAnchor: 'node' },
          Tree: { $id: 'https://s.example/tree' },
          ...named('Direct', 'Other'),
        },
      },
    },
    left: {
      paths: {
        '/a': {
          get: answering({
            $ref: '#leaf',
            items: { $dynamicRef: '#node' },
            not: { $ref: 'https://s.example/tree#/x' },
          }),
        },
        '/b': { get: answering({ $dynamicRef: '#/components/schemas/Direct', not: { $ref: '#unknown' } }) },
      },
      components: {
        schemas: {
          Leaf: { $defs: { l: { $anchor: 'leaf' } } },
          Node: { $dynamicAnchor: 'node' },
          Tree: { $id: 'https://s.example/tree' },
          ...named('Direct'),
        },
      },
    },
  },
  {
    title: 'security: of the document and of visible operations, with the scopes that they ask for',
    given: {
      security: [{ global: [] }, {}],
      paths: {
        '/inherits': { get: {} },
        '/a': { get: { security: [{ flows: ['read'] }] } },
        '/b': { get: { security: [{ absent: 'text' }, null] } },
        '/secret': { get: { security: [{ flows: ['write', 'read'] }, { other: [] }] } },
      },
      components: {
        securitySchemes: {
          global: { type: 'http', scheme: 'basic' },
          flows: {
            type: 'oauth2',
            flows: {
              password: { scopes: { read: 'R', write: 'W', free: 'F' } },
              implicit: { scopes: { write: 'W' } },
            },
          },
          other: { type: 'http', scheme: 'basic' },
        },
      },
    },
    left: {
      security: [{ global: [] }, {}],
      paths: {
        '/inherits': { get: {} },
        '/a': { get: { security: [{ flows: ['read'] }] } },
        '/b': { get: { security: [{ absent: 'text' }, null] } },
      },
      components: {
        securitySchemes: {
          global: { type: 'http', scheme: 'basic' },
          flows: {
            type: 'oauth2',
            flows: { password: { scopes: { read: 'R', free: 'F' } }, implicit: { scopes: {} } },
          },
        },
      },
    },
  },
  {
    title:
      'security of the document that only hidden operations leave to it goes, with its schemes and scopes',
    given: {
      security: [{ global: [] }, { flows: ['write'] }],
      paths: {
        '/a': {
          get: {
            security: [{ flows: ['read'] }],
            callbacks: { c: { '{$url}': { post: { security: [] } } } },
          },
        },
        '/secret': { get: {} },
      },
      components: {
        securitySchemes: {
          global: { type: 'http', scheme: 'basic' },
          flows: { type: 'oauth2', flows: { password: { scopes: { read: 'R', write: 'W' } } } },
        },
      },
    },
    left: {
      paths: {
        '/a': {
          get: {
            security: [{ flows: ['read'] }],
            callbacks: { c: { '{$url}': { post: { security: [] } } } },
          },
        },
      },
      components: {
        securitySchemes: { flows: { type: 'oauth2', flows: { password: { scopes: { read: 'R' } } } } },
      },
    },
  },
  {
    title:
      'what only a hidden tag, or a group of hidden tags, refers to is gone; what a seen tag refers to is there',
    given: {
      tags: [
        { name: 'open', 'x-model': schema('Open') },
        { name: 'deep', 'x-model': schema('Deep') },
        { name: 'secret', 'x-model': schema('Secret'), externalDocs: { 'x-model': schema('SecretDocs') } },
        { name: 'unused', 'x-model': schema('Unused') },
      ],
      'x-tagGroups': [
        { name: 'open', tags: ['open'], 'x-model': schema('OpenGroup') },
        { name: 'secret', tags: ['secret'], 'x-model': schema('SecretGroup') },
      ],
      paths: {
        '/a': { get: { tags: ['open'] } },
        '/secret': { get: { tags: ['secret'], ...answering(schema('Secret')) } },
      },
      components: {
        callbacks: { C: { '{$url}': { post: { tags: ['deep'] } } } },
        schemas: {
          ...named('Deep', 'OpenGroup', 'Secret', 'SecretDocs', 'SecretGroup', 'Unused'),
          Open: { 'x-callback': { $ref: '#/components/callbacks/C' } },
        },
      },
    },
    left: {
      tags: [
        { name: 'open', 'x-model': schema('Open') },
        { name: 'deep', 'x-model': schema('Deep') },
      ],
      'x-tagGroups': [{ name: 'open', tags: ['open'], 'x-model': schema('OpenGroup') }],
      paths: { '/a': { get: { tags: ['open'] } } },
      components: {
        callbacks: { C: { '{$url}': { post: { tags: ['deep'] } } } },
        schemas: {
          ...named('Deep', 'OpenGroup'),
          Open: { 'x-callback': { $ref: '#/components/callbacks/C' } },
        },
      },
    },
  },
  {
    title:
      'what every reader is shown brings nothing with it that hidden operations use and visible ones do not',
    given: {
      info: { ...INFO, 'x-model': schema('Secret') },
      externalDocs: { url: 'https://docs.example', 'x-model': schema('SecretOfPath') },
      servers: [{ url: '/', 'x-model': schema('SecretHeir') }],
      'x-models': {
        own: schema('Own'),
        both: schema('Both'),
        secret: schema('Secret'),
        list: [schema('SecretOfTag'), 'text', schema('SecretByName')],
        place: { $ref: '#/paths/~1secret/get/responses/200' },
        of: { $ref: '#/paths/~1a/get' },
        scheme: { $ref: '#/components/securitySchemes/secret' },
        inherited: { $ref: '#/components/securitySchemes/inherited' },
        deep: { $ref: '#/components/schemas/SecretDeep/properties/a' },
        parameter: { $ref: '#/components/parameters/SecretLinked' },
      },
      security: [{ inherited: [] }],
      tags: [{ name: 'secret', 'x-model': schema('SecretOfTag') }],
      paths: {
        'x-paths': schema('Secret'),
        '/a': { get: { ...answering(schema('Both')), security: [] } },
        '/secret': {
          'x-model': schema('SecretOfPath'),
          get: {
            tags: ['secret'],
            security: [{ secret: [] }],
            responses: {
              200: {
                description: 'Fine.',
                content: json({ anyOf: [schema('Secret'), schema('Both'), { $ref: '#by-name' }] }),
                links: { l: { 'x-parameter': { $ref: '#/components/parameters/SecretLinked' } } },
              },
            },
          },
          post: {
            ...answering({ $ref: '#/paths/~1secret/get/responses/200/content/application~1json/schema' }),
          },
          put: { ...answering({ items: [schema('SecretBase'), schema('SecretDeep')] }) },
        },
      },
      components: {
        'x-components': schema('Secret'),
        parameters: { SecretLinked: { name: 'p', in: 'query' } },
        schemas: {
          ...named('Both', 'Secret', 'SecretOfTag', 'SecretOfPath', 'SecretDeep'),
          SecretByName: { $anchor: 'by-name' },
          Own: {
            title: 'Own',
            properties: { both: schema('Both'), secret: schema('Secret') },
            discriminator: {
              propertyName: 'p',
              mapping: {
                bare: 'Secret',
                reference: '#/components/schemas/Secret',
                both: 'Both',
                unknown: 'unknown',
              },
            },
            not: { $ref: '#by-name' },
          },
          SecretBase: { discriminator: { propertyName: 'p' } },
          SecretHeir: { allOf: [schema('SecretBase')] },
        },
        securitySchemes: {
          secret: { type: 'http', scheme: 'basic' },
          inherited: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    left: {
      info: { ...INFO, 'x-model': {} },
      externalDocs: { url: 'https://docs.example', 'x-model': {} },
      servers: [{ url: '/', 'x-model': {} }],
      'x-models': {
        own: schema('Own'),
        both: schema('Both'),
        secret: {},
        list: [{}, 'text', {}],
        place: {},
        of: { $ref: '#/paths/~1a/get' },
        scheme: {},
        inherited: {},
        deep: {},
        parameter: {},
      },
      paths: {
        'x-paths': {},
        '/a': { get: { ...answering(schema('Both')), security: [] } },
      },
      components: {
        'x-components': {},
        schemas: {
          ...named('Both'),
          Own: {
            title: 'Own',
            properties: { both: schema('Both'), secret: {} },
            discriminator: { propertyName: 'p', mapping: { both: 'Both', unknown: 'unknown' } },
            not: { $ref: '#by-name' },
          },
        },
      },
    },
  },
  {
    title: 'a name in a mapping is not one of a section of another version',
    given: {
      definitions: named('Secret'),
      paths: {
        '/secret': { get: answering({ $ref: '#/definitions/Secret' }) },
        '/a': { get: answering(schema('Own')) },
      },
      components: {
        schemas: { Own: { discriminator: { propertyName: 'p', mapping: { s: 'Secret' } } } },
      },
    },
    left: {
      paths: { '/a': { get: answering(schema('Own')) } },
      components: {
        schemas: { Own: { discriminator: { propertyName: 'p', mapping: { s: 'Secret' } } } },
      },
    },
  },
  {
    title: 'an example that every reader is shown is not put together from one that a hidden operation uses',
    given: {
      'x-response': { $ref: '#/components/responses/Own' },
      paths: {
        '/secret': { get: { requestBody: { content: { a: { examples: { e: example('Secret') } } } } } },
        '/a': { get: {} },
      },
      components: {
        examples: { Secret: { value: 'secret' }, Own: { value: 'own' } },
        responses: {
          Own: {
            description: 'Fine.',
            content: {
              a: { examples: { e: { value: [example('Secret'), example('Own'), schema('Data')] } } },
            },
          },
        },
      },
    },
    left: {
      'x-response': { $ref: '#/components/responses/Own' },
      paths: { '/a': { get: {} } },
      components: {
        examples: { Own: { value: 'own' } },
        responses: {
          Own: {
            description: 'Fine.',
            content: { a: { examples: { e: { value: [{}, example('Own'), schema('Data')] } } } },
          },
        },
      },
    },
  },
  {
    title: 'a response that every reader is shown does not name a link that a hidden operation uses',
    given: {
      'x-response': { $ref: '#/components/responses/Own' },
      paths: {
        '/secret': { get: { responses: { 200: { links: { l: { $ref: '#/components/links/Secret' } } } } } },
        '/a': { get: {} },
      },
      components: {
        links: { Secret: { operationId: 'elsewhere' }, Own: { operationId: 'elsewhere' } },
        responses: {
          Own: {
            links: { l: { $ref: '#/components/links/Secret' }, m: { $ref: '#/components/links/Own' } },
          },
        },
      },
    },
    left: {
      'x-response': { $ref: '#/components/responses/Own' },
      paths: { '/a': { get: {} } },
      components: {
        links: { Own: { operationId: 'elsewhere' } },
        responses: { Own: { links: { l: {}, m: { $ref: '#/components/links/Own' } } } },
      },
    },
  },
  {
    title:
      'Swagger 2: what every reader is shown brings nothing hidden with it, wherever a reference points into it',
    given: {
      'x-models': {
        secret: { $ref: '#/definitions/Secret' },
        within: { $ref: '#/definitions/Secret/properties/a/items' },
        own: { $ref: '#/definitions/Own' },
      },
      paths: {
        '/a': { get: {} },
        '/secret': { get: { responses: { 200: { schema: { $ref: '#/definitions/Secret' } } } } },
      },
      definitions: { ...named('Own'), Secret: { properties: { a: { items: { title: 'deep' } } } } },
    },
    left: {
      'x-models': { secret: {}, within: {}, own: { $ref: '#/definitions/Own' } },
      paths: { '/a': { get: {} } },
      definitions: named('Own'),
    },
  },
  {
    title: 'tags: used ones with those above them; groups with what is left of them',
    given: {
      tags: [
        { name: 'a', parent: 'top' },
        { name: 'b' },
        { name: 'top', parent: 'a' },
        { name: 'unused' },
        { name: 'callback' },
        null,
      ],
      'x-tagGroups': [
        { name: 'both', tags: ['a', 'b'] },
        { name: 'hidden', tags: ['b'] },
        { name: 'seen', tags: ['a'] },
        { name: 'empty' },
      ],
      paths: {
        '/a': {
          get: {
            tags: ['a', 'undeclared'],
            callbacks: { c: { '{$url}': { post: { tags: ['callback'] } } } },
          },
        },
        '/secret': { get: { tags: ['b'] } },
      },
    },
    left: {
      tags: [{ name: 'a', parent: 'top' }, { name: 'top', parent: 'a' }, { name: 'callback' }],
      'x-tagGroups': [
        { name: 'both', tags: ['a'] },
        { name: 'seen', tags: ['a'] },
      ],
      paths: {
        '/a': {
          get: {
            tags: ['a', 'undeclared'],
            callbacks: { c: { '{$url}': { post: { tags: ['callback'] } } } },
          },
        },
      },
    },
  },
  {
    title: 'links to hidden operations go, by id, by reference, and among the components',
    given: {
      paths: {
        '/a': {
          get: {
            operationId: 'getA',
            responses: {
              200: {
                description: 'Fine.',
                links: {
                  id: { operationId: 'secretId' },
                  callback: { operationId: 'secretCallback' },
                  reference: { operationRef: '#/paths/~1secret/get' },
                  encoded: { operationRef: '#/paths/%2Fsecret/get' },
                  elsewhere: { operationRef: 'https://api.example/#/paths/~1secret/get' },
                  method: { operationRef: '#/paths/~1a/delete' },
                  component: { $ref: '#/components/links/Hidden' },
                  kept: { operationId: 'getA', parameters: { p: { $ref: '#/components/schemas/Data' } } },
                  keptCallback: { operationId: 'ownCallback' },
                  keptReference: { operationRef: '#/paths/~1a/get' },
                  keptComponent: { $ref: '#/components/links/Seen' },
                  unknown: { operationId: 'unknown', operationRef: 'https://api.example/' },
                  circle: { $ref: '#/components/links/Circle' },
                },
              },
            },
            callbacks: { c: { '{$url}': { post: { operationId: 'ownCallback' } } } },
          },
          delete: { operationId: 'secretDelete' },
        },
        '/secret': {
          get: {
            operationId: 'secretId',
            callbacks: { c: { '{$url}': { post: { operationId: 'secretCallback' } } } },
          },
        },
      },
      components: {
        links: {
          Hidden: { $ref: '#/components/links/Hidden2' },
          Hidden2: { operationId: 'secretDelete' },
          Seen: { operationId: 'getA', 'x-s': schema('Seen') },
          Circle: { $ref: '#/components/links/Circle' },
        },
        schemas: named('Data', 'Seen'),
      },
    },
    isVisible: ({ method, path }) => open(path) && method !== 'delete',
    left: {
      paths: {
        '/a': {
          get: {
            operationId: 'getA',
            responses: {
              200: {
                description: 'Fine.',
                links: {
                  kept: { operationId: 'getA', parameters: { p: { $ref: '#/components/schemas/Data' } } },
                  keptCallback: { operationId: 'ownCallback' },
                  keptReference: { operationRef: '#/paths/~1a/get' },
                  keptComponent: { $ref: '#/components/links/Seen' },
                  unknown: { operationId: 'unknown', operationRef: 'https://api.example/' },
                  circle: { $ref: '#/components/links/Circle' },
                },
              },
            },
            callbacks: { c: { '{$url}': { post: { operationId: 'ownCallback' } } } },
          },
        },
      },
      components: {
        links: {
          Seen: { operationId: 'getA', 'x-s': schema('Seen') },
          Circle: { $ref: '#/components/links/Circle' },
        },
        schemas: named('Seen'),
      },
    },
  },
  {
    title: 'shared path items: shared where all is seen, written out where some is, gone where none is',
    given: {
      paths: {
        '/all': { $ref: '#/components/pathItems/All' },
        '/some': { $ref: '#/components/pathItems/Some', summary: 'own' },
        '/secret': { $ref: '#/components/pathItems/None' },
        '/other': { $ref: '#/paths/~1secret-target' },
        '/secret-target': {
          get: answering(schema('T')),
          parameters: [{ $ref: '#/components/parameters/P' }],
        },
      },
      webhooks: { w: { $ref: '#/components/pathItems/All' } },
      components: {
        pathItems: {
          All: { get: answering(schema('A')) },
          Some: { get: answering(schema('S')), delete: answering(schema('D')), summary: 'S' },
          None: { get: answering(schema('N')) },
        },
        schemas: named('A', 'S', 'D', 'N', 'T'),
        parameters: { P: { name: 'p', in: 'query' } },
      },
    },
    isVisible: ({ method, path }) => open(path) && method !== 'delete',
    left: {
      paths: {
        '/all': { $ref: '#/components/pathItems/All' },
        '/some': { get: answering(schema('S')), summary: 'own' },
        '/other': { get: answering(schema('T')), parameters: [{ $ref: '#/components/parameters/P' }] },
      },
      webhooks: { w: { $ref: '#/components/pathItems/All' } },
      components: {
        pathItems: { All: { get: answering(schema('A')) } },
        schemas: named('A', 'S', 'T'),
        parameters: { P: { name: 'p', in: 'query' } },
      },
    },
  },
  {
    title: 'values that stand in a hidden operation and are used by a visible one get a place of their own',
    given: {
      paths: {
        '/a': {
          get: {
            parameters: [
              { $ref: '#/paths/~1secret/get/parameters/0' },
              { $ref: '#/paths/~1secret/parameters/0' },
            ],
            responses: {
              200: { $ref: '#/paths/~1secret/get/responses/200' },
              201: { $ref: '#/paths/~1secret/get/responses/200' },
              202: {
                description: 'D',
                content: json({
                  discriminator: {
                    mapping: {
                      s: '#/paths/~1secret/get/x-schema',
                      gone: '#/paths/~1secret/get',
                    },
                  },
                  items: { $ref: '#/paths/~1a/get/responses/200' },
                }),
              },
              203: { $ref: '#/paths/~1secret/get/responses/203' },
            },
            'x-any': { $ref: '#/paths/~1secret/get/x-any' },
            'x-operation': [{ $ref: '#/paths/~1secret/get' }, { $ref: '#/paths/~1secret' }],
            'x-there': { $ref: '#/x-there/a' },
            callbacks: { c: { '{$url}': { $ref: '#/paths/~1secret' }, '{$other}': { $ref: '#/paths/~1a' } } },
          },
          delete: { 'x-deleted': { any: true } },
        },
        '/b': {
          get: {
            'x-part': { $ref: '#/paths/~1a/delete/x-deleted' },
            'x-paths': { $ref: '#/paths/x-paths/a' },
          },
        },
        '/secret': {
          parameters: [{ name: 'shared', in: 'query' }],
          get: {
            parameters: [{ name: 'p', in: 'query', schema: schema('P') }],
            responses: {
              200: {
                description: 'Moved.',
                content: json({
                  properties: {
                    again: { $ref: '#/paths/~1secret/get/responses/200/content/application~1json/schema' },
                  },
                }),
              },
            },
            'x-schema': { title: 'S' },
            'x-any': { $ref: '#/paths/~1secret/get/x-schema' },
          },
        },
        'x-paths': { a: 1 },
      },
      'x-there': { a: 1 },
      components: { schemas: { ...named('P', 'Shared3') } },
    },
    isVisible: ({ method, path }) => open(path) && method !== 'delete',
    left: {
      paths: {
        '/a': {
          get: {
            parameters: [
              { $ref: '#/components/parameters/Shared7' },
              { $ref: '#/components/parameters/Shared6' },
            ],
            responses: {
              200: { $ref: '#/components/responses/Shared5' },
              201: { $ref: '#/components/responses/Shared5' },
              202: {
                description: 'D',
                content: json({
                  discriminator: { mapping: { s: '#/components/schemas/Shared4' } },
                  items: { $ref: '#/paths/~1a/get/responses/200' },
                }),
              },
              203: {},
            },
            'x-any': { $ref: '#/x-shared/Shared2' },
            'x-operation': [{}, {}],
            'x-there': { $ref: '#/x-there/a' },
            callbacks: { c: { '{$url}': {}, '{$other}': { $ref: '#/paths/~1a' } } },
          },
        },
        '/b': { get: { 'x-part': { $ref: '#/x-shared/Shared1' }, 'x-paths': { $ref: '#/paths/x-paths/a' } } },
        'x-paths': { a: 1 },
      },
      'x-there': { a: 1 },
      components: {
        schemas: {
          P: { title: 'P' },
          Shared4: { title: 'S' },
          Shared8: { properties: { again: schema('Shared8') } },
        },
        responses: {
          Shared5: { description: 'Moved.', content: json({ properties: { again: schema('Shared8') } }) },
        },
        parameters: {
          Shared6: { name: 'shared', in: 'query' },
          Shared7: { name: 'p', in: 'query', schema: schema('P') },
        },
      },
      'x-shared': {
        Shared1: { any: true },
        Shared2: { $ref: '#/x-shared/Shared9' },
        Shared9: { title: 'S' },
      },
    },
  },
]

t.test(
  'components that only hidden operations use are removed, others stay, and the given document is unchanged',
  async (t) => {
    for (const { title, given, left, isVisible = notSecret } of CASES) {
      const whole = deepFreeze(document(given))
      const before = JSON.stringify(whole)
      const result = filterDocument(whole, isVisible)
      t.same(result, { ...document({}), ...left }, title)
      t.equal(JSON.stringify(whole), before)
      t.equal(filterDocument(result, isVisible), result, `${title}: filtered again`)
      t.equal(
        filterDocument(whole, () => true),
        whole,
        'all visible: the same object',
      )
    }
  },
)

t.test(
  'a path item among the components that contains a hidden operation is shown nowhere else',
  async (t) => {
    const reference = (rest: string) => ({ $ref: `#/components/pathItems/${rest}` })
    const given = document({
      paths: {
        '/a': {
          get: {
            'x-whole': reference('Hidden'),
            'x-operation': reference('Hidden/get'),
            'x-part': reference('Hidden/get/x-part'),
            'x-seen': reference('Seen/get'),
          },
        },
        '/secret': reference('Hidden'),
        '/seen': reference('Seen'),
      },
      components: {
        pathItems: {
          Hidden: { get: { operationId: 'hidden', 'x-part': { a: 1 } } },
          Seen: { get: { operationId: 'seen' } },
        },
      },
    })
    t.same(filterDocument(given, notSecret), {
      ...document({}),
      paths: {
        '/a': {
          get: {
            'x-whole': {},
            'x-operation': {},
            'x-part': { $ref: '#/x-shared/Shared1' },
            'x-seen': reference('Seen/get'),
          },
        },
        '/seen': reference('Seen'),
      },
      'x-shared': { Shared1: { a: 1 } },
      components: { pathItems: { Seen: { get: { operationId: 'seen' } } } },
    })
  },
)

t.test('values are placed where a document of their version may have them', async (t) => {
  const hidden = {
    parameters: [{ name: 'p', in: 'query', type: 'string' }],
    responses: { 200: { description: 'R', schema: { type: 'string' }, headers: { h: { type: 'string' } } } },
  }
  const at = (rest: string) => ({ $ref: `#/paths/~1secret/get/${rest}` })
  const given = {
    swagger: '2.0',
    paths: {
      '/a': {
        get: {
          parameters: [at('parameters/0')],
          responses: {
            200: at('responses/200'),
            201: {
              description: 'R',
              schema: at('responses/200/schema'),
              headers: { h: at('responses/200/headers/h') },
            },
          },
        },
      },
      '/secret': { get: hidden },
    },
  }
  const { paths: _, ...rest } = filterDocument(given, notSecret)
  t.same(rest, {
    swagger: '2.0',
    parameters: { Shared4: hidden.parameters[0] },
    responses: { Shared3: hidden.responses[200] },
    definitions: { Shared2: { type: 'string' } },
    'x-shared': { Shared1: { type: 'string' } },
  })
})

t.test('any result but true hides an operation, and so does an exception', async (t) => {
  const given = document({ paths: { '/a': { get: {} }, '/b': { get: {} } } })
  const answers: unknown[] = [false, undefined, null, 1, 'true', {}, Promise.resolve(true)]
  for (const result of answers) {
    const isVisible = ({ path }: Operation) => (path === '/a' ? true : result)
    t.same(filterDocument(given, isVisible)['paths'], { '/a': { get: {} } }, String(result))
  }
  const throwing = () => {
    throw new Error('no')
  }
  t.same(filterDocument(given, throwing)['paths'], {})
  t.same(filterDocument(given, visibleSet(operationsOf(given), throwing).has)['paths'], {})
})

t.test('an invalid document is filtered as far as it is valid', async (t) => {
  const proto = JSON.parse('{"__proto__":{"get":{}},"/secret":{"get":{}},"constructor":{"get":{}}}') as Json
  const given = document({
    paths: proto,
    components: { schemas: null, responses: [], parameters: 'text' },
    tags: 'text',
    'x-tagGroups': {},
    webhooks: [],
    'x-number': 7,
  })
  const result = filterDocument(given, notSecret)
  t.equal(JSON.stringify(result['paths']), '{"__proto__":{"get":{}},"constructor":{"get":{}}}')
  t.same(result['components'], given['components'])
  t.equal(operationCount(result), 2)
  const partly = filterDocument(given, ({ path }) => path === '__proto__')
  t.equal(JSON.stringify(partly['paths']), '{"__proto__":{"get":{}}}')
  t.same(
    filterDocument({ paths: { '/a': { get: {} }, '/secret': { get: {} } }, components: null }, notSecret),
    {
      paths: { '/a': { get: {} } },
      components: null,
    },
  )
  const secured = { get: { security: [{ odd: [] }] } }
  const securitySchemes = { odd: 'text', secret: {} }
  t.same(
    filterDocument(
      { paths: { '/a': secured, '/secret': secured }, components: { securitySchemes } },
      notSecret,
    ),
    {
      paths: { '/a': secured },
      components: { securitySchemes: { odd: 'text' } },
    },
  )
  const patch = new DocumentPatch({})
  patch.write({ at: ['__proto__', 'a'], value: 1 })
  t.equal(JSON.stringify(patch.document), '{"__proto__":{"a":1}}')
})

t.test('a schema may be nested very deeply; a document that contains itself is an error', async (t) => {
  let deep: Json = schema('Bottom')
  for (let depth = 0; depth < 50_000; depth++) deep = { items: deep }
  const fields = { paths: { '/a': { get: answering(schema('Deep')) }, '/secret': { get: {} } } }
  const given = document({ ...fields, components: { schemas: { Deep: deep, ...named('Bottom', 'Other') } } })
  const result = filterDocument(given, notSecret) as { components?: { schemas: Json } }
  t.same(Object.keys(result.components?.schemas ?? {}), ['Deep', 'Bottom'])
  const circular: Json = { properties: {} }
  circular['items'] = [circular]
  const round = document({ ...fields, components: { schemas: { Deep: circular } } })
  t.throws(() => filterDocument(round, notSecret), {
    name: 'TypeError',
    message: /^The document contains itself, at items\.0\.items/,
  })
})

t.test('unchanged parts are shared with the given document', async (t) => {
  const given = document({
    paths: { '/a': { get: answering(schema('A')) }, '/secret': { get: {} } },
    components: { schemas: named('A') },
  })
  const result = filterDocument(given, notSecret) as Record<string, Json>
  const from = given as unknown as Record<string, Json>
  t.equal(result['paths']?.['/a'], from['paths']?.['/a'])
  t.equal(result['components'], from['components'])
})

t.test('a set of operations has the same key for all users who see the same', async (t) => {
  const given = document({
    paths: { '/a': { get: {}, post: {} }, '/b': { get: {} } },
    webhooks: { '/a': { get: {} } },
  })
  const operations = operationsOf(given)
  let asked = 0
  const get = visibleSet(operations, ({ method }) => {
    asked++
    return method === 'get'
  })
  t.equal(asked, 4)
  t.match(get.key, /^[\w-]{22}$/)
  t.equal(get.key, visibleSet(operationsOf(structuredClone(given)), ({ method }) => method === 'get').key)
  t.same(operationsOf(structuredClone(given)).map(get.has), [true, false, true, true], 'of a copy too')
  t.notOk(operationsOf({ paths: { '/c': { get: {} } } }).some(get.has), 'and none of another document')
  const keys = Array.from(
    { length: 16 },
    (_, bits) => visibleSet(operations, (one) => (bits >> operations.indexOf(one)) % 2 === 1).key,
  )
  t.equal(new Set(keys).size, 16)
  const twins = operationsOf({ webhooks: { a: { get: {} } }, 'x-webhooks': { a: { get: {} } } })
  const one = visibleSet(twins, (operation) => operation === twins[0])
  t.same(twins.map(one.has), [false, false], 'what cannot be told apart is seen only where all of it is')
})

// Small documents with references between everything, at random.
const NAMES = ['A', 'B', 'C', 'D', 'E']
const anySchema = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...NAMES).map(schema),
    fc.record(
      {
        properties: fc.dictionary(fc.constantFrom('example', 'p', '$ref', '__proto__'), tie('schema'), {
          maxKeys: 2,
        }),
        allOf: fc.array(tie('schema'), { maxLength: 2 }),
        discriminator: fc.record({
          mapping: fc.record({ m: fc.constantFrom(...NAMES, '#/components/schemas/A') }),
        }),
        default: fc.constantFrom(...NAMES).map(schema),
      },
      { requiredKeys: [] },
    ),
  ),
})).schema
const PATHS = ['/p', '/q', '/r~s']
const anyReference = fc
  .tuple(fc.constantFrom(...PATHS), fc.constantFrom('get', 'post'))
  .map(([path, method]) => ({
    $ref: `${pointerTo(path)}/${method}/responses/200/content/application~1json/schema`,
  }))
const anyOperation = fc
  .tuple(fc.oneof(anySchema, anyReference), fc.constantFrom('t', 'u'))
  .map(([of, tag]) => answering(of, { tags: [tag] }))
const anyDocument = fc
  .record({
    paths: fc.dictionary(
      fc.constantFrom(...PATHS),
      fc.oneof(
        fc.record({ get: anyOperation, post: anyOperation }, { requiredKeys: [] }),
        fc.constant({ $ref: '#/components/pathItems/I' }),
      ),
    ),
    item: anyOperation,
    schemas: fc.record(Object.fromEntries(NAMES.map((name) => [name, anySchema]))),
  })
  .map(({ paths, item, schemas }) =>
    document({
      paths,
      tags: [{ name: 't' }],
      components: { schemas, pathItems: { I: { get: item, put: item } } },
    }),
  )

const pointerTo = (path: string): string => `#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`

t.test('properties: filtering breaks no reference, is idempotent, and may change nothing', async () => {
  fc.assert(
    fc.property(anyDocument, fc.func(fc.boolean()), (generated, seed) => {
      const given = deepFreeze(JSON.parse(JSON.stringify(generated)) as OpenApiDocument)
      const isVisible = ({ method, path }: Operation) => seed(method, path)
      const result = filterDocument(given, isVisible)
      assert.equal(filterDocument(result, isVisible), result)
      assert.equal(
        filterDocument(given, () => true),
        given,
      )
      const namesOf = (operations: readonly Operation[]) =>
        operations.map(({ method, path }) => `${method} ${path}`)
      const seen = operationsOf(given).filter(isVisible)
      assert.deepEqual(namesOf(operationsOf(result)), namesOf(seen))
      if (danglingIn(given).length === 0) assert.deepEqual(danglingIn(result), [])
      if (result === given) return
      const shown = JSON.stringify(result)
      for (const path of PATHS.filter((name) => !seen.some((operation) => operation.path === name))) {
        assert.ok(!shown.includes(JSON.stringify(path)), `shows ${path}`)
        assert.ok(!shown.includes(`${pointerTo(path)}/`), `refers to ${path}`)
      }
    }),
    { numRuns: 500 },
  )
})

t.test(
  'all work on a document is done in slices, so that the event loop stays free for other requests',
  async (t) => {
    const { now } = performance
    t.teardown(() => {
      performance.now = now
    })
    const responses = { 200: { description: 'It.' } }
    const paths = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`/p${i}`, { get: { responses } }]))
    const document = (): OpenApiDocument => ({ openapi: '3.1.0', info: { title: 'T' }, paths })
    const isVisible = ({ path }: Operation): boolean => path !== '/p7'
    const schemes = { tokenUrl: '/token', cookieName: 'c', scopes: {} }
    const works: readonly (readonly [string, () => Steps<unknown>, unknown])[] = [
      ['looked at', () => prepareFilter(document()), operationsOf(document())],
      ['filtered', () => filtering(document(), isVisible), filterDocument(document(), isVisible)],
      [
        'secured',
        () => securing(document(), () => ({ scopes: [] }), gateSecurity(document(), schemes)),
        secureDocument(document(), () => ({ scopes: [] }), schemes),
      ],
    ]
    for (const [name, work, result] of works) {
      // Each step takes longer than a turn may.
      let time = 0
      performance.now = () => {
        time += 20
        return time
      }
      let turns = 0
      let timer = setImmediate(function count() {
        turns++
        timer = setImmediate(count)
      })
      t.same(await runInSlices(work()), result, name)
      clearImmediate(timer)
      performance.now = now
      t.ok(turns >= 40, `${name}: ${turns} turns`)
    }
  },
)
