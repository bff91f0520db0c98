import t from 'tap'
import { run } from '../../lib/cli/run.ts'
import { hasColors } from '../../lib/cli/terminal/colors.ts'
import { columnsOfTerminal, cutTo } from '../../lib/cli/terminal/width.ts'
import { verifyPassword } from '../../lib/users/password-hash.ts'
import { fakeIo, type Terminal } from '../fake-io.ts'

const DOCUMENT = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  paths: { '/pets': { summary: 'no operation', get: {}, post: {} } },
})

t.test('hash prints the argon2id hash of standard input without its last line break', async (t) => {
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

t.test('hash prompts twice on a terminal', async (t) => {
  const io = fakeIo({ answers: ['not a weak one', 'not a weak one'] })
  t.equal(await run(['hash'], io, '1.2.3'), 0)
  t.equal(await verifyPassword(io.output().trim(), 'not a weak one'), true)
  t.equal(io.errors(), '')
})

t.test('hash warns of a weak password on a terminal, and hashes it', async (t) => {
  for (const [password, weakness] of [
    ['secret', /^docs-gate: The password is too short: .* Its hash is printed all the same\.\n$/],
    ['password', /most common.* Its hash is printed all the same\.\n$/],
  ] as const) {
    const io = fakeIo({ answers: [password, password] })
    t.equal(await run(['hash'], io, '1.2.3'), 0)
    t.match(io.errors(), weakness)
    t.equal(await verifyPassword(io.output().trim(), password), true)
  }
})

t.test('no output contains terminal commands or invisible characters', async (t) => {
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
    ['a file', ['serve', `a\nb${csi}.json`], 1, 'errors', '"a\\nb'],
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

const listening = (code: string): Error =>
  Object.assign(new Error(code), { code, port: 80, syscall: code === 'ENOTFOUND' ? 'getaddrinfo' : 'listen' })

const URL_WATCHED = /--watch follows a file, and http:\/\/h\.example\/a\.json is a URL\. Save the document/

t.test('an error is one line on standard error and exit code 1', async (t) => {
  const folder = t.testdir({
    'pets.json': DOCUMENT,
    'not.json': '{\n  "openapi": "3.1.0",\n}',
    text: 'just words',
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
    ['a password in an argument', ['hash', 'hunter2'], {}, /^docs-gate: The password is asked for/],
    ['no document', ['serve'], {}, /Which document/],
    ['two documents', ['serve', 'a', 'b'], {}, /One document at a time: b/],
    ['a URL too many', ['serve', 'a', 'http://user:pass@h/x?token=t'], {}, /time: http:\/\/h\/x is/],
    ['a port that is none', ['serve', pets, '--port', '70000'], {}, /--port 70000 is not a port/],
    ['a port that is no number', ['serve', pets, '--port', '80a'], {}, /--port 80a is not a port/],
    ['an empty host', ['serve', pets, '--host', ''], {}, /--host: write an address/],
    ['an empty title', ['serve', pets, '--title', ''], {}, /--title: write a title/],
    ['a blank title', ['serve', pets, '--title', ' \n'], {}, /--title: write a title/],
    ['an empty path', ['serve', ''], {}, /Which document/],
    ['a user name with a colon', ['serve', pets, '--user', 'a:b'], {}, /--user/],
    ['an empty user name', ['serve', pets, '--user', ''], {}, /--user/],
    [
      'a file that is not there',
      ['serve', `${folder}/nope.json`],
      {},
      /cannot be read \(ENOENT\); write the path of a file, from \/.*, or an http URL$/,
    ],
    ['a folder', ['serve', folder], {}, /cannot be read \(EISDIR\); it is a folder: write the path/],
    [
      'a file that is not JSON',
      ['serve', `${folder}/not.json`],
      {},
      /not\.json" is not JSON: unexpected "\}" at line 3, column 1$/,
    ],
    [
      'a file that is not YAML',
      ['serve', `${folder}/not.yaml`],
      {},
      /not\.yaml" is not YAML: .* at line 1, column 10$/,
    ],
    [
      'a document of another kind',
      ['serve', `${folder}/other.json`],
      {},
      /no OpenAPI 3 or Swagger 2 document/,
    ],
    ['a file of something else', ['serve', `${folder}/text`], {}, /is not an object; write an OpenAPI 3/],
    ['a URL to be watched', ['serve', 'http://u:p@h.example/a.json?token=t', '--watch'], {}, URL_WATCHED],
    ['a port in use', ['serve', pets], { failure: listening('EADDRINUSE') }, /Port 80 is in use\. Choose/],
    ['a port below 1024', ['serve', pets], { failure: listening('EACCES') }, /Port 80 may not be opened/],
    ...['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'ENOTFOUND', 'EAI_AGAIN'].map(
      (code) =>
        [
          `an address of another machine: ${code}`,
          ['serve', pets, '--host', 'h'],
          { failure: listening(code) },
          /This machine has no address "h"\. Choose another with --host/,
        ] as const,
    ),
    [
      'a system that lets nobody listen',
      ['serve', pets],
      { failure: listening('EMFILE') },
      /does not let it listen on "127\.0\.0\.1" \(EMFILE\)\. Choose/,
    ],
  ]
  for (const [name, argv, terminal, message] of cases) {
    const io = fakeIo(terminal)
    t.equal(await run(argv, io, '1.2.3'), 1, name)
    const [, sentence = ''] = /^docs-gate: (.+)\n$/.exec(io.errors()) ?? []
    t.match(`docs-gate: ${sentence}`, message, name)
    t.equal(io.output(), '', name)
  }
})

t.test('an unknown word gets a suggestion and a reference to the help', async (t) => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['fly'], 'There is no command "fly".'],
    [['server', 'a.json'], 'There is no command "server". Did you mean npx fastify-docs-gate serve?'],
    [['srve'], 'There is no command "srve". Did you mean npx fastify-docs-gate serve?'],
    [['user'], 'There is no command "user". Did you mean npx fastify-docs-gate users?'],
    [['hsah'], 'There is no command "hsah". Did you mean npx fastify-docs-gate hash?'],
    [['add', 'jane'], 'There is no command "add". Did you mean npx fastify-docs-gate users add?'],
    [['a.yaml'], 'There is no command "a.yaml". Did you mean npx fastify-docs-gate serve a.yaml?'],
    [
      ['http://user:pass@127.0.0.1/x.json?token=t'],
      'There is no command "http://127.0.0.1/x.json". Did you mean npx fastify-docs-gate serve http://127.0.0.1/x.json?',
    ],
    [['x'.repeat(1000)], `There is no command "${'x'.repeat(1000)}".`],
    [['users', 'ad'], 'fastify-docs-gate users has no "ad". Did you mean add?'],
    [
      ['users', 'fly'],
      'fastify-docs-gate users has no "fly". There are add, enable, disable, passwd, remove and list.',
    ],
    [['serve', '--fly'], 'There is no option --fly.'],
    [['serve', '-x'], 'There is no option -x.'],
    [['serve', '--prot', '3'], 'There is no option --prot. Did you mean --port?'],
    [['serve', '--file', 'u'], '--file goes with: npx fastify-docs-gate users.'],
    [
      ['hash', '--users', 'u'],
      '--users goes with: npx fastify-docs-gate serve or npx fastify-docs-gate throttle.',
    ],
    [['serve', '--redis', 'u'], '--redis goes with: npx fastify-docs-gate throttle.'],
    [['hash', '--port', '1'], '--port goes with: npx fastify-docs-gate serve.'],
    [['serve', '--port'], "Option '--port <value>' argument missing."],
    [['serve', '--form=yes'], "Option '--form' does not take an argument."],
    [
      ['serve', '--user', '-x'],
      "Option '--user' argument is ambiguous. To specify an option argument starting with a dash use '--user=-XYZ'.",
    ],
  ]
  for (const [argv, sentence] of cases) {
    const io = fakeIo()
    t.equal(await run(argv, io, '1.2.3'), 1)
    t.equal(io.errors(), `docs-gate: ${sentence} See npx fastify-docs-gate --help.\n`)
  }
})

t.test('a bug keeps its stack trace', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const failure = new Error('a defect')
  await t.rejects(run(['serve', `${folder}/pets.json`], fakeIo({ failure }), '1.2.3'), failure)
})

t.test('help and version are printed', async (t) => {
  for (const argv of [[], ['--help'], ['serve', '-h'], ['help'], ['help', 'serve']]) {
    const io = fakeIo()
    t.equal(await run(argv, io, '1.2.3'), 0)
    t.match(io.output(), /^Usage:\n/)
    for (const line of io.output().split('\n')) t.ok(line.length <= 80, line)
  }
  const io = fakeIo()
  t.equal(await run(['--version'], io, '1.2.3'), 0)
  t.equal(io.output(), '1.2.3\n')
})

// With something in the place of the character that begins a command to the terminal.
const visible = (text: string): string => text.replaceAll('\u001b', '^')

t.test('colours are added on streams that show them, and only to the program’s own words', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT.replace('Pets', '\\u001b[31mPets') })
  const argv = ['serve', `${folder}/pets.json`, '--host', '0.0.0.0']
  for (const hasColors of [
    { out: true, error: false },
    { out: false, error: true },
  ]) {
    const io = fakeIo({ hasColors })
    t.equal(await run(argv, io, '1.2.3'), 0)
    const [output, errors] = [visible(io.output()), visible(io.errors())]
    t.match(output, hasColors.out ? '\n  ^[1m\ufffd[31mPets^[22m\n' : '\n  \ufffd[31mPets\n')
    t.match(errors, hasColors.error ? '^[31m^[1mdocs-gate:^[22m^[39m Passwords' : /^docs-gate: Passwords/)
    t.equal(output.includes('^'), hasColors.out)
    t.equal(errors.includes('^'), hasColors.error)
  }
  const help = fakeIo({ hasColors: { out: true, error: true } })
  await run(['--help'], help, '1.2.3')
  t.equal(
    visible(help.output()).split('^[1m  npx fastify-docs-gate ').length,
    9,
    'the help shows its commands',
  )
})

t.test('the colours of a stream depend on its terminal, NO_COLOR and FORCE_COLOR', (t) => {
  const TERM = 'xterm-256color'
  const cases: readonly (readonly [string, boolean, NodeJS.ProcessEnv, boolean])[] = [
    ['a terminal', true, { TERM }, true],
    ['a terminal that is not known', true, {}, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
    ['a pipe', false, { TERM }, false],
    ['NO_COLOR', true, { TERM, NO_COLOR: '1' }, false],
    ['NO_COLOR with any text', true, { TERM, NO_COLOR: '0' }, false],
    ['an empty NO_COLOR', true, { TERM, NO_COLOR: '' }, true],
    ['FORCE_COLOR over a pipe', false, { FORCE_COLOR: '1' }, true],
    ['an empty FORCE_COLOR', false, { FORCE_COLOR: '' }, true],
    ['FORCE_COLOR over NO_COLOR, as in Node', true, { TERM, NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR that forbids', true, { TERM, FORCE_COLOR: '0' }, false],
    ['NODE_DISABLE_COLORS', true, { TERM, NODE_DISABLE_COLORS: '1' }, false],
  ]
  for (const [name, isTTY, env, expected] of cases) t.equal(hasColors({ isTTY }, env), expected, name)
  t.equal(hasColors({}, { TERM }), false)
  t.end()
})

t.test('the width of a terminal is the stream’s, or 80', (t) => {
  t.equal(columnsOfTerminal({ isTTY: true, columns: 40 }), 40)
  t.equal(columnsOfTerminal({ isTTY: true, columns: 0 }), 80, 'one that does not know')
  t.equal(columnsOfTerminal({ isTTY: true }), 80)
  t.equal(columnsOfTerminal({}), undefined, 'a pipe')
  t.end()
})

t.test('a string is cut between letters, to a number of columns', (t) => {
  for (const [text, columns, shown] of [
    ['Pets', 4, 'Pets'],
    ['Pets', 3, 'Pe…'],
    ['Pets and more', 6, 'Pets…'],
    ['日本語', 6, '日本語'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['🐶🐱', 3, '🐶…'],
    ['e\u0301te\u0301', 3, 'e\u0301te\u0301'],
    ['Pets', 1, '…'],
    ['Pets', -3, '…'],
  ] as const)
    t.equal(cutTo(columns, text), shown, `${text} in ${columns}`)
  const long = 'x'.repeat(100_000)
  t.equal(cutTo(80, long), `${'x'.repeat(79)}…`)
  t.equal(cutTo(Number.POSITIVE_INFINITY, long), long, 'where there is no terminal, nothing is cut')
  t.end()
})
