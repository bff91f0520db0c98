import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { writeYaml } from '../../lib/docs/encoding/write-yaml.ts'
import { parseJson } from '../../lib/openapi/exact-json.ts'
import { ExactNumber } from '../../lib/openapi/exact-number.ts'

/** Why PyYAML, a reader of YAML 1.1, cannot be asked here; false where it can. In CI it has to. */
function withoutPyyaml(): string | false {
  if (spawnSync('python3', ['-c', 'import yaml']).status === 0) return false
  if (process.env['CI'] === 'true') throw new Error('python3-yaml is missing, and CI needs it')
  return 'python3-yaml is not installed'
}

const PYTHON = `
import json, sys, yaml
def read(text):
    try:
        return json.dumps(yaml.safe_load(text))
    except Exception as error:
        return json.dumps(repr(error))
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`

/** What PyYAML makes of each of these texts, as JSON. */
function readByPyyaml(texts: readonly string[]): readonly string[] {
  const options = { input: JSON.stringify(texts), maxBuffer: 2 ** 30 }
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], options)
  if (stdout.length === 0) throw new Error(stderr.toString())
  return JSON.parse(stdout.toString()) as string[]
}

/** Texts that some reader takes for something else, or that have to be written with care. */
const WORDS =
  '|NO|no|yes|y|Y|n|on|Off|TRUE|False|null|Null|~|=|<<|0|200|0x1F|0o17|017|0b11|1_000|1,000|1__|._1|+1|-1|.5|1.|.|+|-|' +
  '--|1e3|1.0|1.5e+3|-0|08|0_7|.inf|-.INF|.NaN|nan|12:30:45|190:20:30.15|1:5|2001-12-14|2001-12-14t21:59:43.10-05:00|' +
  '2001-12-14 21:59:43.10 -5|:sym|3.0.3|a: b|a:|#a|a #b|- a|? a|!a|&a|*a|@a|`a|%a|{a}|[a]|a, b|\'a\'|"a"|a\\b|---|...|E1|e+3|-e3'
const TEXTS = [
  ...WORDS.split('|'),
  ' a',
  'a ',
  '\ta',
  'a\tb',
  '\n',
  '\n \n',
  ' \n\n  \n',
  '\na',
  'a\n',
  'a\n\n',
  ' a\nb',
  'a\n  b\n c',
  'a\nb \n',
  'a\r\nb',
  'a\n\tb',
  '- a\n- b',
  '---\na',
  'a\n...\nb',
  '\u0007',
  '\u007f',
  '\u0085',
  'a\u0085b',
  'a\u2028b',
  'a\u2029b\n\nc',
  '\ufeffa',
  'a\ufeff',
  '\uffff',
  '\ud800',
  'é',
  '\u{1f436}\t...',
  'x'.repeat(200),
  ` ${'a text that is long enough to be folded '.repeat(5)}\n  and goes on`,
  `${'word '.repeat(500)}`,
]

const piece = fc.oneof(
  fc.constantFrom(...' \t\n\r-#:?|>%@`&*!{}[],\'"\\=~<', ': ', ' #', 'a', '\u2028', '\u0085', 'x'.repeat(90)),
  fc.constantFrom(...TEXTS),
)
const text = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
)
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(text, tie('tree'), { maxKeys: 4 }),
  ),
}))
const document = fc.dictionary(text, tree, { maxKeys: 4 })

/** What cannot be told from each other in Python and in JavaScript: `1.0` and `1`. */
const asValue = (json: string): string => JSON.stringify(JSON.parse(json))

const skip = withoutPyyaml()

t.test(
  'YAML is the same value to readers of 1.1 and of 1.2: texts as keys and as values',
  { skip, timeout: 300_000 },
  async (t) => {
    const documents = TEXTS.map((text) => ({ key: text, [text]: [text, { [text]: text }] }))
    const written = documents.map((value) => writeYaml(value))
    const read = readByPyyaml(written)
    for (const [index, value] of documents.entries()) {
      const yaml = written[index] as string
      const json = JSON.stringify(value)
      // What TAP takes for the end of a line is not shown.
      const shown = json.replace(/[^ -~]/gu, '?')
      t.equal(JSON.stringify(parse(yaml)), json, `1.2: ${shown}`)
      t.equal(JSON.stringify(parse(yaml, { version: '1.1' })), json, `1.1: ${shown}`)
      t.equal(asValue(read[index] as string), asValue(json), `PyYAML: ${shown}`)
    }
  },
)

t.test(
  'YAML is the same value to readers of 1.1 and of 1.2: whatever there is',
  { skip, timeout: 300_000 },
  async (t) => {
    const seed = Date.now()
    const documents = fc.sample(document, { numRuns: 200, seed }).map((value) => JSON.stringify(value))
    const written = documents.map((json) => writeYaml(parseJson(json)))
    const read = readByPyyaml(written)
    const failures = documents.flatMap((json, index) => {
      const yaml = written[index] as string
      const all = {
        '1.2': JSON.stringify(parse(yaml)),
        '1.1': JSON.stringify(parse(yaml, { version: '1.1' })),
        PyYAML: asValue(read[index] as string),
      }
      return Object.entries(all)
        .filter(([, value]) => asValue(value) !== asValue(json))
        .map(([reader, value]) => ({ reader, json, yaml, value }))
    })
    t.same(failures.slice(0, 3), [], `seed ${seed}`)
  },
)

const NUMBERS: readonly (readonly [json: string, yaml: string])[] = [
  ['9223372036854775807', '9223372036854775807'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['9007199254740993', '9007199254740993'],
  ['1.0', '1.0'],
  ['1.10', '1.10'],
  ['-0', '-0'],
  ['-0.0', '-0.0'],
  ['1e3', '1.0e+3'],
  ['1E3', '1.0e+3'],
  ['1.50e-7', '1.50e-7'],
  ['1e-7', '1.0e-7'],
  ['1e+21', '1.0e+21'],
  ['-2.5E+400', '-2.5e+400'],
  [`0.${'1234567890'.repeat(10)}`, `0.${'1234567890'.repeat(10)}`],
  ['12', '12'],
  ['0.1', '0.1'],
]

t.test(
  'numbers are written to the digit, and are numbers to readers of 1.1 too',
  { skip, timeout: 300_000 },
  async (t) => {
    const written = NUMBERS.map(([json]) => writeYaml(parseJson(`{"number":${json}}`)))
    t.same(
      written,
      NUMBERS.map(([, yaml]) => `number: ${yaml}\n`),
    )
    const read = readByPyyaml(written)
    for (const [index, [json]] of NUMBERS.entries()) {
      t.equal(parse(written[index] as string).number, Number(json), json)
      t.equal(parse(written[index] as string, { version: '1.1' }).number, Number(json), `1.1: ${json}`)
      const value = JSON.parse((read[index] as string).replace('Infinity', '1e400')).number as unknown
      // In Python an integer has no -0.
      t.equal(json === '-0' ? -0 : value, Number(json), `PyYAML: ${json}`)
    }
  },
)

t.test('JSON is read to the digit: numbers that JavaScript would change, and nothing else', async (t) => {
  for (const [json] of NUMBERS) {
    const value = parseJson(json)
    const isKept = String(Number(json)) === json
    t.equal(typeof value, isKept ? 'number' : 'object', json)
    t.equal(String(value), json)
    if (value instanceof ExactNumber) {
      t.equal(value.valueOf(), Number(json))
      t.equal(JSON.stringify(value), JSON.stringify(Number(json)))
    }
  }
  const exact = (digits: string) => new ExactNumber(digits)
  for (const [json, value] of [
    ['[1.0,[1.0],{"a":1.0}]', [exact('1.0'), [exact('1.0')], { a: exact('1.0') }]],
    ['{"a":"1.0","1.0":"a 1.0","b\\"":1.0}', { a: '1.0', '1.0': 'a 1.0', 'b"': exact('1.0') }],
    ['["\\\\",1.0,"\\\\\\"1.0",2,null,true]', ['\\', exact('1.0'), '\\"1.0', 2, null, true]],
    [' 1.0 ', exact('1.0')],
    [`[${'"a",'.repeat(250)}1.0]`, [...Array(250).fill('a'), exact('1.0')]],
    [`["${'\\n'.repeat(1_000_000)}",1.0]`, ['\n'.repeat(1_000_000), exact('1.0')]],
    [
      `${'['.repeat(50)}1.0${']'.repeat(50)}`,
      Array(50)
        .fill(0)
        .reduce((inner) => [inner], exact('1.0')),
    ],
  ] as const)
    t.strictSame(parseJson(json), value, json.slice(0, 50))
  const escaped = parseJson('{"a\\"9\\\\":"\\\\\\"1.0","b":1.0}')
  t.strictSame(
    escaped,
    { 'a"9\\': '\\"1.0', b: new ExactNumber('1.0') },
    'numbers in strings with escapes are text',
  )
  const proto = parseJson('{"__proto__":1.0}') as object
  t.equal(Object.getPrototypeOf(proto), Object.prototype)
  t.same(Object.entries(proto), [['__proto__', exact('1.0')]])
  for (const json of ['', '{1.0:2}', '[1.0', '[01.0]', '[1.]', '[1.0.0]', '[.5]', '{"a":1.0,}'])
    t.throws(() => parseJson(json), SyntaxError, json)
})

t.test('what is read to the digit has the value that JSON.parse gives', async (t) => {
  const digits = fc.oneof(fc.bigInt().map(String), fc.constantFrom(...NUMBERS.map(([json]) => json)))
  const values = fc.dictionary(text, fc.oneof(digits, text))
  fc.assert(
    fc.property(values, (fields) => {
      const json = `{${Object.entries(fields)
        .map(([name, value]) => {
          const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)
          return `${JSON.stringify(name)}:${isNumber ? value : JSON.stringify(value)}`
        })
        .join(',')}}`
      const given = parseJson(json) as Record<string, unknown>
      return (
        Object.keys(given).length === Object.keys(fields).length &&
        Object.entries(given).every(([name, value]) => String(value) === fields[name]) &&
        JSON.stringify(given) === JSON.stringify(JSON.parse(json))
      )
    }),
    { numRuns: 200 },
  )
  t.pass('holds')
})

t.test('a line of nothing but tabs takes no more time than other text', async (t) => {
  const value = { description: `${'\t'.repeat(300_000)}\na` }
  const begun = performance.now()
  t.same(parse(writeYaml(value)), value)
  t.ok(performance.now() - begun < 10_000)
})
