import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { logIn, testApp } from '../helper.ts'

type Docs = NonNullable<Exclude<DocsGateOptions['docs'], false | readonly unknown[]>>

/** A document served, and read as JSON and as YAML. */
async function served(t: Test, docs: Docs) {
  const app = await testApp(t, { gate: { docs } })
  const { bearer: authorization } = await logIn(app)
  const read = async (url: string): Promise<string> => {
    const response = await app.inject({ url, headers: { authorization } })
    t.equal(response.statusCode, 200, url)
    return response.body
  }
  const page = await app.inject({ url: '/docs', headers: { authorization, accept: 'text/html' } })
  t.equal(page.statusCode, 200)
  return { json: await read('/openapi.json'), yaml: await read('/openapi.yaml') }
}

/** A document in a file of this name, served. */
async function servedFile(t: Test, name: string, content: string | Buffer, more: Docs = {}) {
  const source = join(t.testdir({}), name)
  writeFileSync(source, content)
  return served(t, { source, ...more })
}

const withParts = (parts: string): string =>
  `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"summary":"A"}},"/secret":{"get":{}}},${parts}}`

const NUMBERS = [
  '9223372036854775807',
  '-9223372036854775808',
  '9007199254740993',
  '1.0',
  '1.10',
  '-0',
  '1e3',
  '1E400',
  `0.${'1234567890'.repeat(10)}`,
  '12',
  '0.5',
]

t.test('numbers keep all their digits, from JSON and from YAML, whole and filtered', async (t) => {
  const list = `[${NUMBERS.join(',')}]`
  const schema = `{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807,"enum":${list}}`
  const text = withParts(
    `"x-list":${list},"components":{"schemas":{"S":${schema}}},"x-schema":{"$ref":"#/components/schemas/S"}`,
  )
  const hidden: Docs = {
    visible: ({ path, operation }) => path !== '/secret' && operation['summary'] === 'A',
  }
  const filtered = text.replace(',"/secret":{"get":{}}', '')
  t.equal((await servedFile(t, 'numbers.json', text)).json, text)
  const { json, yaml } = await servedFile(t, 'numbers.json', text, hidden)
  t.equal(json, filtered)
  t.match(yaml, /\nx-list:\n {2}- 9223372036854775807\n/)
  t.match(yaml, '\n      maximum: 9223372036854775807\n')
  t.match(yaml, '\n  - 1.10\n  - -0\n  - 1.0e+3\n  - 1.0e+400\n')
  const again = await servedFile(
    t,
    'numbers.yaml',
    yaml.replaceAll('1.0e+3', '1e3').replaceAll('1.0e+400', '1E400'),
  )
  t.equal(again.json, filtered, 'from YAML')
  t.equal(again.yaml, yaml)
})

t.test(
  'numbers in the files of a document keep their digits, and other notations of YAML their value',
  async (t) => {
    const folder = t.testdir({
      'openapi.yaml': `openapi: 3.1.0
info: { title: T, version: 1.0 }
paths: { /a: { get: { parameters: [ { $ref: parts.json } ] } } }
x-numbers: [0x7FFFFFFFFFFFFFFF, 0x1F, 0o17, 017, +1.0, .50, 5., 1_000, .inf, 12e03, 00.10, 2001-12-14]
x-keys: { 1.0: a, 9223372036854775807: b, 200: c, 0x10: d, ~: e }
`,
      'parts.json': '{"name":"n","in":"query","schema":{"maximum":9223372036854775807}}',
    })
    const { json } = await served(t, { source: join(folder, 'openapi.yaml') })
    t.match(json, '"info":{"title":"T","version":1.0}')
    t.match(json, '"schema":{"maximum":9223372036854775807}')
    t.match(
      json,
      '"x-numbers":[9223372036854775807,31,15,17,1.0,0.50,5,"1_000",null,12e03,0.10,"2001-12-14"]',
    )
    t.match(json, '"x-keys":{"16":"d","200":"c","1.0":"a","9223372036854775807":"b","":"e"}')
  },
)

t.test('BigInts in a document that is an object are written as digits', async (t) => {
  const source = { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {}, 'x-max': 2n ** 63n - 1n }
  const { json, yaml } = await served(t, { source })
  t.match(json, '"x-max":9223372036854775807')
  t.match(yaml, 'x-max: 9223372036854775807\n')
})

t.test('readers of YAML 1.1 and 1.2 read the same document', async (t) => {
  const description =
    ' A text that begins with a space and is longer than one line of eighty characters in YAML.\nAnd a second line.'
  const values = [
    'DE',
    'NO',
    'yes',
    'on',
    'y',
    '2024-01-01',
    '12:30:45',
    '0o17',
    '017',
    '1_000',
    '.inf',
    '=',
    '<<',
    '~',
    '0x1F',
    '1e3',
    '',
  ]
  const source = {
    openapi: '3.0.3',
    info: { title: 'Norway', version: '1.10', description },
    paths: { '/a': { get: { parameters: [{ name: 'country', in: 'query', schema: { enum: values } }] } } },
    'x-keys': Object.fromEntries(values.map((value) => [value, 1e-7])),
  }
  const { json, yaml } = await served(t, { source })
  for (const version of ['1.1', '1.2'] as const)
    t.equal(JSON.stringify(parse(yaml, { version })), json, `YAML ${version}`)
  t.equal(JSON.stringify(source), json)
})

t.test(
  'values that only a hidden tag refers to are in no view; those of a hidden operation in no extension',
  async (t) => {
    const schema = { $ref: '#/components/schemas/SecretPlan' }
    const source = {
      openapi: '3.0.3',
      info: { title: 'Tags', version: '1' },
      tags: [{ name: 'open' }, { name: 'internal', 'x-model': schema }],
      'x-tagGroups': [{ name: 'Secret group', tags: ['internal'], 'x-model': schema }],
      'x-models': { plan: schema },
      paths: {
        '/a': { get: { tags: ['open'], responses: { 200: { description: 'OK' } } } },
        '/secret': {
          get: {
            tags: ['internal'],
            responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
          },
        },
      },
      components: {
        schemas: { SecretPlan: { type: 'object', properties: { launchDate: { type: 'string' } } } },
      },
    }
    const { json, yaml } = await served(t, { source, visible: ({ path }) => path !== '/secret' })
    for (const text of [json, yaml]) t.notMatch(text, /secret|internal|launchDate/i)
    t.match(json, '"x-models":{"plan":{}}')
    t.match((await served(t, { source })).json, 'launchDate', 'who sees everything sees it')
  },
)

const TITLE = { openapi: '3.0.3', info: { title: 'Grüße' }, paths: { '/a': { get: {} } } }
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')

const READ: readonly (readonly [name: string, content: string | Buffer])[] = [
  ['flow.yaml', "{openapi: 3.0.3, info: {title: 'Grüße'}, paths: {/a: {get: {}}}}"],
  [
    'commented.yaml',
    '{ # flow style\n "openapi": 3.0.3, "info": {"title": Grüße}, "paths": {"/a": {"get": {},},},}',
  ],
  ['utf16le.json', utf16(`\ufeff${JSON.stringify(TITLE)}`)],
  ['utf16be.json', utf16(`\ufeff${JSON.stringify(TITLE)}`).swap16()],
  ['utf16le-no-mark.json', utf16(JSON.stringify(TITLE))],
  ['utf16be-no-mark.yaml', utf16('openapi: 3.0.3\ninfo: {title: Grüße}\npaths: {/a: {get: {}}}\n').swap16()],
  [
    'utf16be-odd.yaml',
    Buffer.concat([
      utf16('openapi: 3.0.3\ninfo: {title: Grüße}\npaths: {/a: {get: {}}}\n').swap16(),
      Buffer.from('\n'),
    ]),
  ],
]

t.test('documents in flow style and in UTF-16 are read, as Swagger UI does', async (t) => {
  for (const [name, content] of READ)
    t.equal((await servedFile(t, name, content)).json, JSON.stringify(TITLE), name)
})

t.test('an info that is empty or a string is served unchanged', async (t) => {
  for (const info of ['', ' Pets', ' []'])
    t.match(
      (await servedFile(t, 'info.yaml', `openapi: 3.0.3\ninfo:${info}\npaths: {/a: {get: {}}}\n`)).json,
      `"info":${info === '' ? 'null' : info === ' []' ? '[]' : '"Pets"'},`,
    )
})

t.test('merge keys of YAML are merged, and never served', async (t) => {
  const { json, yaml } = await servedFile(
    t,
    'merge.yaml',
    `openapi: 3.0.3
info: {title: Merge, version: "1"}
x-errors: &errors
  "400": {description: Bad}
  "200": {description: over}
x-common: &common
  get: {summary: by a merge key, responses: {"200": {description: OK}}}
paths:
  /a:
    get:
      responses:
        <<: *errors
        "200": {description: OK}
  /b:
    <<: [*common, {post: {responses: {}}}]
    <<: {put: {responses: {}}}
  /c: { get: { responses: { "<<": { description: a text } } } }
`,
  )
  const { paths } = JSON.parse(json) as { paths: Record<string, Record<string, unknown>> }
  t.same(paths['/a'], { get: { responses: { 400: { description: 'Bad' }, 200: { description: 'OK' } } } })
  t.same(Object.keys(paths['/b'] ?? {}).sort(), ['get', 'post', 'put'])
  t.same(paths['/c'], { get: { responses: { '<<': { description: 'a text' } } } }, 'but for one in quotes')
  t.notMatch(yaml.replaceAll('"<<"', ''), '<<')
  const old = await servedFile(
    t,
    'old.yaml',
    '%YAML 1.1\n---\nopenapi: "3.0.3"\nx-n: [-0x7FFFFFFFFFFFFFFF, 017, 1:30, 1_000]\npaths:\n  /a: &a {get: {}}\n  /b: {<<: *a}\n',
  )
  t.match(old.json, '"/b":{"get":{}}')
  t.match(old.json, '"x-n":[-9223372036854775807,15,90,1000]', 'as YAML 1.1 reads numbers')
})

t.test('an anchor may be used any number of times, as long as the document stays one', async (t) => {
  const uses = [...Array(1200).keys()].map((index) => `  /p${index}: {get: {responses: *e}}\n`)
  const { json } = await servedFile(
    t,
    'aliases.yaml',
    `openapi: 3.0.3\ninfo: {title: Many}\nx-e: &e\n  "400": {description: Bad}\n  "200": {description: OK}\npaths:\n${uses.join('')}`,
  )
  t.match(json, '"/p1199":{"get":{"responses":{"200":{"description":"OK"},"400":{"description":"Bad"}}}}')
})
