import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadDocument } from '../../lib/docs/document/load-document.ts'
import { connectSources } from '../../lib/docs/view/connect-sources.ts'
import { checkDocument, titleOf } from '../../lib/openapi/document.ts'
import { ExactNumber } from '../../lib/openapi/exact-number.ts'
import { operationCount } from '../../lib/openapi/operations.ts'
import { rejection } from '../docs/fixtures.ts'

const JSON_TEXT = '{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"paths":{}}'
const YAML_TEXT = "openapi: '3.1.0'\ninfo:\n  title: Pets\n  version: '1'\npaths: {}\n"
const PETS = { openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths: {} }

t.test(
  'a document is read from an object, a JSON file and a YAML file, byte order mark or not',
  async (t) => {
    const folder = t.testdir({
      'pets.json': JSON_TEXT,
      'bom.json': `\uFEFF  \n${JSON_TEXT}`,
      'pets.yaml': YAML_TEXT,
      'bom.yml': `\uFEFF${YAML_TEXT}`,
      // The extension says nothing: this is YAML that happens to be called .json.
      'yaml.json': YAML_TEXT,
      'aliases.yaml': `${YAML_TEXT}x-base: &base { a: 1 }\nx-copy: *base\n`,
    })
    for (const name of ['pets.json', 'bom.json', 'pets.yaml', 'bom.yml', 'yaml.json']) {
      t.same(await loadDocument(join(folder, name), 'docs.source'), PETS, name)
    }
    t.match(await loadDocument(join(folder, 'aliases.yaml'), 'docs.source'), { 'x-copy': { a: 1 } })
    t.equal(await loadDocument(PETS, 'docs.source'), PETS, 'an object is taken as it is')
  },
)

t.test('OpenAPI 3.0, 3.1, 3.2 and Swagger 2 are accepted; info may be absent', async (t) => {
  for (const document of [
    { openapi: '3.0.3' },
    { openapi: '3.1.1' },
    { openapi: '3.2.0' },
    { openapi: '3.0.3', info: null },
    { openapi: '3.0.3', info: 'Pets' },
    { openapi: '3.0.3', info: [] },
    { swagger: '2.0' },
  ]) {
    t.equal(checkDocument(document, 'the object'), document)
  }
})

/** Merge keys that multiply by ten, seven times. */
function mergeBomb(): string {
  const names = [...Array(10).keys()].map((key) => `k${key}`)
  const level = (depth: number): string =>
    `x-${depth}: &a${depth}\n${names.map((name) => `  ${name}: { <<: *a${depth - 1} }\n`).join('')}`
  const bottom = `x-0: &a0 {${names.map((name) => `${name}: v`).join(', ')}}\n`
  return `openapi: 3.1.0\n${bottom}${[1, 2, 3, 4, 5, 6, 7].map(level).join('')}`
}

/** Text in UTF-32, for ASCII. */
const utf32 = (text: string, isLittleEndian: boolean): Buffer =>
  Buffer.from([...text].map((sign) => (isLittleEndian ? `${sign}\0\0\0` : `\0\0\0${sign}`)).join(''))

t.test('an invalid source is an error with the option, the source, the reason and the place', async (t) => {
  const bomb = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
  for (const [name, before] of ['ba', 'cb', 'dc', 'ed'].map((pair) => [...pair] as [string, string])) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`)
  }
  const files = {
    'broken.json': '{"openapi": "3.1.0",\n  "info": }',
    'list.json': '[]',
    'broken.yaml': 'openapi: 3.1.0\ninfo: {title: Pets\n',
    'tabs.yaml': 'openapi: 3.1.0\ninfo:\n\ttitle: Pets\n',
    'text.yaml': 'just words',
    'empty.yaml': '',
    'wrong.yaml': 'openapi: 2.0\n',
    'bomb.yaml': `openapi: 3.1.0\n${bomb.join('\n')}\n`,
    'blank.json': ' \n\t',
    'comment.yaml': '# nothing\n',
    'page.html': '\n<!doctype html><title>Log in</title>',
    'feed.xml': '\ufeff<?xml version="1.0"?><feed/>',
    'swagger.yaml': 'swagger: 2.0\ninfo: {title: A version without quotes}\n',
    'openapi-3.0.yaml': 'openapi: 3.0\n',
    'openapi-3.1.yaml': 'openapi: 3.1\n',
    'flow.yaml': '{openapi: 3.1.0, info: {title: Pets}',
    'comment.json': '{// no\n"openapi": "3.1.0"}',
    'self.yaml': 'openapi: 3.1.0\nx-a: &a\n  b: [*a]\n',
    'merge.yaml': 'openapi: 3.1.0\n<<: text\n',
    'aliases.yaml': `openapi: 3.1.0\nx-a: &a 1\nx-b: [${'*a,'.repeat(20_001)}]\n`,
    'merges.yaml': mergeBomb(),
    'absent-alias.yaml': 'openapi: 3.1.0\nx-a: *nothing\n',
  }
  const folder = t.testdir({ ...files, folder: {} })
  const file = (name: string) => join(folder, name)
  writeFileSync(file('utf32le.json'), utf32('{}', true))
  writeFileSync(file('utf32be.json'), utf32('{}', false))
  writeFileSync(file('utf32le-bom.json'), Buffer.from([0xff, 0xfe, 0, 0, 0xe9, 0, 0, 0]))
  writeFileSync(file('utf32be-bom.json'), Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0xe9]))
  const noDocument = /is no OpenAPI 3 or Swagger 2 document/
  const cases: [string | object, string, RegExp][] = [
    [file('broken.json'), 'broken.json', /is not JSON: unexpected "\}" at line 2, column 11$/],
    [file('list.json'), 'list.json', /is not an object/],
    [file('broken.yaml'), 'broken.yaml', /is not YAML: .* at line \d+, column \d+/s],
    [file('tabs.yaml'), 'tabs.yaml', /is not YAML: .*at line 3, column 1/s],
    [file('text.yaml'), 'text.yaml', /is not an object/],
    [file('empty.yaml'), 'empty.yaml', /is empty; write an OpenAPI 3 or Swagger 2 document$/],
    [file('blank.json'), 'blank.json', /is empty; /],
    [file('comment.yaml'), 'comment.yaml', /is not an object/],
    [file('page.html'), 'page.html', /is no OpenAPI document but an HTML or XML page; it may be a login/],
    [file('feed.xml'), 'feed.xml', /is no OpenAPI document but an HTML or XML page/],
    [file('utf32le.json'), 'utf32le.json', /is in UTF-32, which is not read here; save it as UTF-8$/],
    [file('utf32be.json'), 'utf32be.json', /is in UTF-32/],
    [file('utf32le-bom.json'), 'utf32le-bom.json', /is in UTF-32/],
    [file('utf32be-bom.json'), 'utf32be-bom.json', /is in UTF-32/],
    [file('swagger.yaml'), 'swagger.yaml', /: swagger: 2\.0 is a number; quote it: swagger: "2\.0"$/],
    [
      file('openapi-3.0.yaml'),
      'openapi-3.0.yaml',
      /: openapi: 3\.0 is a number; quote it: openapi: "3\.0\.0"$/,
    ],
    [
      file('openapi-3.1.yaml'),
      'openapi-3.1.yaml',
      /: openapi: 3\.1 is a number; quote it: openapi: "3\.1\.0"$/,
    ],
    [file('flow.yaml'), 'flow.yaml', /is not YAML: .*flow/i],
    [file('comment.json'), 'comment.json', /is not JSON: unexpected "\/" at line 1, column 2$/],
    [
      file('self.yaml'),
      'self.yaml',
      /is not YAML that can be read: it has an alias within what it stands for: \*a$/,
    ],
    [file('merge.yaml'), 'merge.yaml', /is not YAML that can be read: Merge sources must be maps/],
    [file('aliases.yaml'), 'aliases.yaml', /is not YAML that can be read: it has more than 20000 aliases$/],
    [
      file('merges.yaml'),
      'merges.yaml',
      /is not YAML that can be read: it has aliases that would make more than \d+ char/,
    ],
    [file('absent-alias.yaml'), 'absent-alias.yaml', /is not YAML that can be read: Unresolved alias/],
    [file('wrong.yaml'), 'wrong.yaml', noDocument],
    [file('bomb.yaml'), 'bomb.yaml', /is not YAML that can be read: .*alias/i],
    [file('absent.json'), 'absent.json', /cannot be read \(ENOENT\); write the path of a file, from /],
    [
      file('folder'),
      'folder',
      /cannot be read \(EISDIR\); it is a folder: write the path of the document in it$/,
    ],
    [{}, 'the object', noDocument],
    [{ openapi: 3.1 }, 'the object', /: openapi: 3\.1 is a number; quote it: openapi: "3\.1\.0"$/],
    [{ openapi: 3 }, 'the object', /quote it: openapi: "3\.0\.0"$/],
    [{ openapi: 2 }, 'the object', noDocument],
    [{ openapi: '3.1' }, 'the object', /: openapi: "3\.1" lacks its last number; write openapi: "3\.1\.0"$/],
    [{ openapi: '3.0' }, 'the object', /: openapi: "3\.0" lacks its last number; write openapi: "3\.0\.0"$/],
    [
      { openapi: '3.0.0-rc2' },
      'the object',
      /Swagger UI does not show openapi: "3\.0\.0-rc2"; write a version/,
    ],
    [{ openapi: '3.1.' }, 'the object', /Swagger UI does not show openapi: "3\.1\."/],
    [{ openapi: '3.3.0' }, 'the object', /Swagger UI does not show openapi: "3\.3\.0"/],
    [{ openapi: '3.1.0 ' }, 'the object', /Swagger UI does not show/],
    [{ openapi: `3.1.0${'x'.repeat(1000)}` }, 'the object', /"3\.1\.0x{15}"/],
    [{ openapi: '4.0.0' }, 'the object', noDocument],
    [{ openapi: '3' }, 'the object', noDocument],
    [{ openapi: 'x3.1.0' }, 'the object', noDocument],
    [{ swagger: 2 }, 'the object', /: swagger: 2 is a number; quote it: swagger: "2\.0"$/],
    [{ swagger: 1.2 }, 'the object', noDocument],
    [{ swagger: '1.2' }, 'the object', noDocument],
    [[], 'the object', /is not an object/],
  ]
  for (const [source, from, what] of cases) {
    const error = await rejection(loadDocument(source, 'docs[1].source'))
    t.equal(error.code, 'DOCS_GATE_OPTIONS', from)
    t.ok(error.message.startsWith('docs[1].source: '), error.message)
    t.ok(error.message.includes(from), error.message)
    t.match(error.message, what)
  }
  const { cause } = await rejection(loadDocument(file('broken.json'), 'docs.source'))
  t.ok(cause instanceof SyntaxError, 'the cause is kept')
})

t.test('the title of a document is used if it is a string', async (t) => {
  t.equal(titleOf({ info: { title: 'Pets' } }), 'Pets')
  const without = [{}, { info: {} }, { info: { title: '' } }, { info: { title: 7 } }, { info: null }]
  for (const document of without) {
    t.equal(titleOf(document), undefined, JSON.stringify(document))
  }
})

t.test('the operations of a document are counted', async (t) => {
  const item = { get: {}, post: {}, query: {}, parameters: [], summary: 'x', put: null, servers: [{}] }
  t.equal(operationCount({ paths: { '/a': item, '/b': { delete: {} }, '/c': null, 'x-d': 'text' } }), 4)
  for (const document of [{}, { paths: null }, { paths: [] }]) t.equal(operationCount(document), 0)
})

t.test('a page may connect to the origins of its document’s servers and token endpoints', async (t) => {
  const many = Array.from({ length: 80 }, (_, index) => ({ url: `https://s${index}.example` }))
  const region = { default: 'eu', enum: ['eu', 'us', 'ap'] }
  const cases: [string, Record<string, unknown>, string[]][] = [
    ['nothing', { openapi: '3.1.0' }, []],
    [
      'lists that stand where an object should be, or in a list of servers',
      {
        servers: [[{ url: 'https://a.example' }]],
        paths: {
          '/x': [{ servers: [{ url: 'https://b.example' }] }],
          '/y': { get: [{ servers: [{ url: 'https://c.example' }] }] },
        },
      },
      [],
    ],
    [
      'servers of a method that has no field of its own',
      { paths: { '/x': { additionalOperations: { LINK: { servers: [{ url: 'https://d.example' }] } } } } },
      ['https://d.example'],
    ],
    ['relative servers', { servers: [{ url: '/v1' }, { url: 'v2' }, { url: '' }] }, []],
    [
      'servers of the document, a path and an operation, each origin once',
      {
        servers: [{ url: 'https://a.example/v1' }, { url: 'https://a.example/v2' }],
        paths: {
          '/x': {
            servers: [{ url: 'http://b.example:8080/' }],
            get: { servers: [{ url: 'https://c.example' }] },
          },
        },
      },
      ['https://a.example', 'http://b.example:8080', 'https://c.example'],
    ],
    [
      'variables, each value allowed',
      {
        servers: [
          { url: 'https://{region}.x.example:{port}', variables: { region, port: { default: '8443' } } },
        ],
      },
      ['https://eu.x.example:8443', 'https://us.x.example:8443', 'https://ap.x.example:8443'],
    ],
    ['a variable that is not described', { servers: [{ url: 'https://{region}.x.example' }] }, []],
    [
      'a variable that is described badly',
      { servers: [{ url: 'https://{r}.x.example', variables: { r: 1 } }] },
      [],
    ],
    [
      'a variable that is not used, and one without a default',
      {
        servers: [
          { url: 'https://{r}.x.example', variables: { other: { default: 'x' }, r: { enum: ['us'] } } },
        ],
      },
      ['https://us.x.example'],
    ],
    [
      'a value is put in as it stands, and what is then no host is left out',
      { servers: [{ url: 'https://{r}.example/', variables: { r: { default: '$&a', enum: ['a'] } } }] },
      ['https://a.example'],
    ],
    [
      'one value',
      { servers: [{ url: 'https://{r}.x.example', variables: { r: { default: 'eu' } } }] },
      ['https://eu.x.example'],
    ],
    [
      'Swagger 2: its host with its schemes',
      { swagger: '2.0', host: 'a.example:81', schemes: ['https', 'wss'] },
      ['https://a.example:81'],
    ],
    [
      'Swagger 2 without schemes',
      { swagger: '2.0', host: 'a.example' },
      ['https://a.example', 'http://a.example'],
    ],
    [
      'Swagger 2 with no scheme',
      { host: 'a.example', schemes: [] },
      ['https://a.example', 'http://a.example'],
    ],
    [
      'token endpoints of OpenAPI 3 and Swagger 2',
      {
        components: {
          securitySchemes: {
            oauth: {
              flows: {
                password: { tokenUrl: 'https://login.example/token' },
                clientCredentials: { tokenUrl: 'https://cc.example/t' },
                implicit: { authorizationUrl: 'https://no.example' },
              },
            },
            basic: { type: 'http' },
            bad: null,
          },
        },
        securityDefinitions: { old: { tokenUrl: 'https://old.example/token' } },
      },
      ['https://old.example', 'https://login.example', 'https://cc.example'],
    ],
    [
      'nothing but an http origin gets in',
      {
        servers: [
          { url: "https://a.example; script-src 'unsafe-inline'" },
          { url: 'javascript:alert(1)' },
          { url: 'data:text/html,x' },
          { url: 'wss://a.example' },
          { url: 'https://user:pass@b.example/x' },
          { url: 'https://c.example/*; img-src *' },
          { url: 7 },
          'https://d.example',
          null,
        ],
      },
      ['https://b.example', 'https://c.example'],
    ],
    [
      'the discovery URLs of OpenID providers, which name the endpoints',
      {
        components: {
          securitySchemes: {
            oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example:8443/.well-known/x?a;b' },
            here: { type: 'openIdConnect', openIdConnectUrl: '/.well-known/openid-configuration' },
            bad: { type: 'openIdConnect', openIdConnectUrl: 7 },
          },
        },
      },
      ['https://id.example:8443'],
    ],
    [
      'a server without a scheme has that of the page',
      {
        servers: [{ url: '//a.example:81/v1' }, { url: '//' }, { url: '///;b' }, { url: '/v1' }, { url: '' }],
      },
      ['https://a.example:81', 'http://a.example:81'],
    ],
    [
      'a free variable has its default alone',
      { servers: [{ url: 'https://{tenant}.a.example/v1', variables: { tenant: { default: 'demo' } } }] },
      ['https://demo.a.example'],
    ],
    ['malformed parts', { servers: {}, paths: { '/x': null, '/y': 'x' }, components: [], host: 7 }, []],
    [
      'values that are no texts',
      {
        servers: [
          { url: 'https://{a}.example', variables: { a: { default: { toString: 1 }, enum: [7, null] } } },
        ],
        host: 'h.example',
        schemes: [{ toString: 1 }, 'https'],
      },
      ['https://7.example', 'https://h.example'],
    ],
    ['a list without end', { servers: many }, many.slice(0, 50).map(({ url }) => url)],
  ]
  for (const [what, document, expected] of cases) t.same(connectSources(document), expected, what)

  const exact = { v: { default: new ExactNumber('1.10') } }
  t.same(
    connectSources({ servers: [{ url: 'https://v{v}.example', variables: exact }] }),
    ['https://v1.10.example'],
    'a number of YAML, to the digit',
  )
  // Seventeen variables of fifty values each would be a number that never ends.
  const names = Array.from({ length: 17 }, (_, index) => `v${index}`)
  const values = Array.from({ length: 60 }, (_, index) => `x${index}`)
  const variables = Object.fromEntries(names.map((name) => [name, { default: 'x0', enum: values }]))
  const url = `https://${names.map((name) => `{${name}}`).join('.')}.example`
  t.equal(connectSources({ servers: [{ url, variables }] }).length, 50)
  const beyond = {
    get url() {
      return t.fail('what is beyond the bound is not even looked at')
    },
  }
  t.equal(connectSources({ servers: [{ url, variables }, beyond] }).length, 50)
  const injected = [
    'https://a;sandbox',
    'https://b,default-src',
    'https://*',
    "https://c'd",
    'https://[::1]:81/x',
  ]
  t.same(connectSources({ servers: injected.map((one) => ({ url: one })) }), ['https://[::1]:81'])
  const looped = { servers: [{ url: 'https://{a}.example', variables: { a: { default: '{a}' } } }] }
  t.same(connectSources(looped), [], 'a variable whose value names itself ends')
})
