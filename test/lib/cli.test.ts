import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Service } from '../../lib/cli/io.ts'
import { run } from '../../lib/cli/run.ts'
import { verifyPassword } from '../../lib/users/password-hash.ts'
import { fakeIo, type Terminal } from '../fake-io.ts'

const DOCUMENT = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  paths: { '/pets': { summary: 'no operation', get: {}, post: {} } },
})

t.test('hash prints an argon2id hash of what stands on standard input, less one line end', async (t) => {
  for (const [stdin, password] of [
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['two words ', 'two words '],
    ['pa\u0308ss', 'p\u00e4ss'],
  ] as const) {
    const io = fakeIo({ stdin: Buffer.from(stdin) })
    t.equal(await run(['hash'], io, '1.2.3'), 0)
    t.match(io.output(), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^\n]+\n$/)
    t.equal(await verifyPassword(io.output().trim(), password), true, JSON.stringify(stdin))
    t.equal(io.errors(), '')
  }
})

t.test('hash asks a person twice', async (t) => {
  const io = fakeIo({ answers: ['secret', 'secret'] })
  t.equal(await run(['hash'], io, '1.2.3'), 0)
  t.equal(await verifyPassword(io.output().trim(), 'secret'), true)
})

t.test('nothing that is shown sends a command to the terminal, or hides what it is', async (t) => {
  const [clear, csi, override, zeroWidth] = ['\u001b[2J', '\u009b2J', '\u202e', '\u200b']
  const evil = `${clear}${csi}\u0007\r\u007f${override}\u2066${zeroWidth}\u{e0041}\ufeff`
  const shown = '\ufffd[2J\ufffd2J\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
  const folder = t.testdir({
    'pets.json': DOCUMENT.replace('Pets', JSON.stringify(evil).slice(1, -1)),
    'not.yaml': `openapi: [\n  ${override}${csi}: }`,
  })
  const cases: readonly (readonly [string, readonly string[], number, 'output' | 'errors', string])[] = [
    ['a title', ['serve', `${folder}/pets.json`], 0, 'output', shown],
    ['a title of the command line', ['serve', `${folder}/pets.json`, '--title', evil], 0, 'output', shown],
    ['a command', [`fly${evil}`], 1, 'errors', `"fly${shown}"`],
    ['an option', [`--fly${override}`], 1, 'errors', '--fly\ufffd'],
    ['a user', ['serve', `${folder}/pets.json`, '--user', `a${csi}`], 1, 'errors', '--user'],
    ['what a parser quotes', ['serve', `${folder}/not.yaml`], 1, 'errors', 'not.yaml'],
  ]
  for (const [name, argv, code, stream, text] of cases) {
    const io = fakeIo()
    t.equal(await run(argv, io, '1.2.3'), code, name)
    t.ok(io[stream]().includes(text), `${name}: ${JSON.stringify(io[stream]())}`)
    t.notMatch(io.output() + io.errors(), /[^\P{Cc}\n]|\p{Cf}/u, name)
  }
  const io = fakeIo()
  await run(['--help'], io, '1\t2\n3')
  await run(['--version'], io, 'a\tb\nJ\u00f6 \u65e5\u672c')
  t.match(io.output(), 'a\tb\nJ\u00f6 \u65e5\u672c', 'line ends, tabs and other scripts stay')
})

t.test('a mistake is a sentence on standard error and exit code 1', async (t) => {
  const folder = t.testdir({
    'pets.json': DOCUMENT,
    'not.json': '{ "openapi": ',
    'not.yaml': 'openapi: 3.0.0\n  info: [',
    'other.json': '{"hello": "world"}',
  })
  const pets = `${folder}/pets.json`
  const cases: readonly (readonly [string, readonly string[], Terminal, RegExp])[] = [
    ['two passwords that differ', ['hash'], { answers: ['a', 'b'] }, /two passwords differ/],
    ['a person who gives up', ['hash'], { answers: [undefined] }, /No password was given/],
    ['an empty password', ['hash'], {}, /1 to 1,024 bytes/],
    ['a password of two lines', ['hash'], { stdin: Buffer.from('a\nb') }, /no control characters/],
    ['a password that is too long', ['hash'], { stdin: Buffer.alloc(1025, 'a') }, /1 to 1,024 bytes/],
    ['bytes that are not UTF-8', ['hash'], { stdin: Buffer.from([0xff]) }, /not UTF-8/],
    ['an unknown command', ['fly'], {}, /no command "fly"/],
    ['an unknown option', ['serve', '--fly'], {}, /Unknown option '--fly'/],
    ['no document', ['serve'], {}, /Which document/],
    ['two documents', ['serve', 'a', 'b'], {}, /One document at a time: b/],
    ['a port that is none', ['serve', pets, '--port', '70000'], {}, /--port 70000 is not a port/],
    ['a port that is no number', ['serve', pets, '--port', '80a'], {}, /--port 80a is not a port/],
    ['a user name with a colon', ['serve', pets, '--user', 'a:b'], {}, /--user/],
    ['an empty user name', ['serve', pets, '--user', ''], {}, /--user/],
    ['a file that is not there', ['serve', `${folder}/nope.json`], {}, /cannot be read \(ENOENT\)/],
    ['a file that is not JSON', ['serve', `${folder}/not.json`], {}, /not\.json" is not JSON/],
    [
      'a file that is not YAML',
      ['serve', `${folder}/not.yaml`],
      {},
      /not\.yaml" is not YAML: .* at line 1, column 10\n$/,
    ],
    [
      'a document of another kind',
      ['serve', `${folder}/other.json`],
      {},
      /no OpenAPI 3 or Swagger 2 document/,
    ],
    [
      'a port in use',
      ['serve', pets],
      { failure: { code: 'EADDRINUSE', port: 3000 } },
      /Port 3000 is in use/,
    ],
    [
      'a port below 1024',
      ['serve', pets],
      { failure: { code: 'EACCES', port: 80 } },
      /Port 80 may not be opened/,
    ],
    [
      'an address of another machine',
      ['serve', pets],
      { failure: { code: 'EADDRNOTAVAIL' } },
      /no such address/,
    ],
    ['a host that is none', ['serve', pets], { failure: { code: 'ENOTFOUND' } }, /no such address/],
  ]
  for (const [name, argv, terminal, message] of cases) {
    const io = fakeIo(terminal)
    t.equal(await run(argv, io, '1.2.3'), 1, name)
    t.match(io.errors(), message, name)
    t.match(io.errors(), /^docs-gate: [^\n]/, name)
    t.equal(io.output(), '', name)
  }
})

t.test('a defect keeps its stack', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const failure = new Error('a defect')
  await t.rejects(run(['serve', `${folder}/pets.json`], fakeIo({ failure }), '1.2.3'), failure)
})

t.test('serve starts a service for one user and prints the password that lets them in', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const io = fakeIo()
  t.equal(await run(['serve', `${folder}/pets.json`], io, '1.2.3'), 0)
  t.match(io.output(), /Pets, 2 operations/)
  t.match(io.output(), 'http://127.0.0.1:3000/docs')
  const password = /Password {2}(\S+)/.exec(io.output())?.[1] ?? ''
  t.match(password, /^[a-z2-9]{4}(?:-[a-z2-9]{4}){3}$/)
  const service = io.service()
  t.match(service, { mode: 'basic', host: '127.0.0.1', port: 3000, title: 'Pets' })
  t.equal(
    await verifyPassword(
      (service as Service & { users: Record<string, string> }).users['reader'] as string,
      password,
    ),
    true,
  )
  t.equal(io.errors(), '')
})

t.test('serve takes its options, and says when passwords travel in the clear', async (t) => {
  const folder = t.testdir({ 'one.yaml': 'swagger: "2.0"\npaths: { /a: { get: {} }, /b: null }\n' })
  const io = fakeIo()
  const argv = [
    'serve',
    `${folder}/one.yaml`,
    '--user',
    'jane',
    '--port',
    '0',
    '--host',
    '0.0.0.0',
    '--form',
    '--title',
    'One',
  ]
  t.equal(await run(argv, io, '1.2.3'), 0)
  t.match(io.service(), { mode: 'form', host: '0.0.0.0', port: 0, title: 'One' })
  t.strictSame(Object.keys((io.service()?.users ?? {}) as object), ['jane'])
  t.match(io.output(), /One, 1 operation,/)
  t.match(io.errors(), /in the clear/)
})

t.test('a document without a title goes by the name of its file', async (t) => {
  const folder = t.testdir({ 'bare.json': '{"openapi":"3.1.0"}' })
  const io = fakeIo()
  t.equal(await run(['serve', `${folder}/bare.json`, '--host', '::1'], io, '1.2.3'), 0)
  t.match(io.output(), /bare\.json, 0 operations/)
  t.equal(io.errors(), '')
})

t.test('serve takes a URL, and shows neither its credentials nor its query', async (t) => {
  const server = createServer(({ url }, response) => {
    response.statusCode = url?.startsWith('/bare.json') ? 200 : 404
    response.end('{"openapi":"3.1.0"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const url = (path: string) => `http://user:hunter2@127.0.0.1:${port}${path}?token=hunter2`
  const [found, absent] = [fakeIo(), fakeIo()]
  t.equal(await run(['serve', url('/bare.json')], found, '1.2.3'), 0)
  t.match(found.output(), `  http://127.0.0.1:${port}/bare.json, 0 operations, behind a login\n`)
  t.match(found.service(), { document: { openapi: '3.1.0' } })
  t.equal(await run(['serve', url('/absent.json')], absent, '1.2.3'), 1)
  t.equal(absent.errors(), `docs-gate: serve: "http://127.0.0.1:${port}/absent.json" answered 404\n`)
  for (const io of [found, absent]) t.notMatch(io.output() + io.errors(), 'hunter2')
})

t.test('help and version are printed', async (t) => {
  for (const argv of [[], ['--help'], ['serve', '-h']]) {
    const io = fakeIo()
    t.equal(await run(argv, io, '1.2.3'), 0)
    t.match(io.output(), /^Usage:\n/)
  }
  const io = fakeIo()
  t.equal(await run(['--version'], io, '1.2.3'), 0)
  t.equal(io.output(), '1.2.3\n')
})
