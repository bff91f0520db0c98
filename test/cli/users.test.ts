import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import t from 'tap'
import { COMMON_PASSWORDS } from '../../lib/cli/common-passwords.ts'
import { editFile } from '../../lib/cli/locked-file.ts'
import { weaknessOf } from '../../lib/cli/password-rules.ts'
import { run } from '../../lib/cli/run.ts'
import { verifyPassword } from '../../lib/users/password-hash.ts'
import { formatOf } from '../../lib/users/user-file.ts'
import { fakeIo, type Terminal } from '../fake-io.ts'
import { HASHES } from '../helper.ts'

const PASSWORD = 'correct horse battery'
const BCRYPT = '$2y$04$F0AOR75q.aWdO8SKs9x4P.Zjskacxd3ANQgUnjJpBuz.lxChoaXOO'
const stdin = Buffer.from(`${PASSWORD}\n`)

const read = (file: string): string => readFileSync(file, 'utf8')
const usersOf = (file: string) => formatOf(file).parse(read(file), file)

async function docsGate(argv: readonly string[], terminal: Terminal = { stdin }) {
  const io = fakeIo(terminal)
  const code = await run(['users', ...argv], io, '1.2.3')
  return { code, output: io.output(), errors: io.errors() }
}

t.test('add creates the file readable for its owner only, and adds, replaces and enables', async (t) => {
  for (const name of ['.htpasswd', 'users.json']) {
    const folder = t.testdir({})
    const file = join(folder, name)
    t.strictSame(await docsGate(['add', 'johndoe', '--file', file]), {
      code: 0,
      output: `johndoe added to ${file}\n`,
      errors: '',
    })
    t.equal(statSync(file).mode & 0o7777, 0o600)
    t.strictSame(readdirSync(folder), [name], 'nothing else is left behind')
    const hash = usersOf(file).get('johndoe')?.hash as string
    t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    t.ok(await verifyPassword(hash, PASSWORD))

    chmodSync(file, 0o644)
    t.match(await docsGate(['add', 'Jo\u0308', '--file', file]), { code: 0 })
    t.equal(statSync(file).mode & 0o7777, 0o600, 'what others could read they no longer can')
    const modes = [
      [0o640, 0o640],
      [0o660, 0o640],
      [0o2750, 0o640],
      [0o600, 0o600],
      [0o620, 0o600],
      [0o641, 0o600],
      [0o642, 0o600],
    ] as const
    for (const [before, after] of modes) {
      chmodSync(file, before)
      t.match(await docsGate(['disable', 'Jo\u0308', '--file', file]), { code: 0 })
      t.equal(statSync(file).mode & 0o7777, after, before.toString(8))
    }
    t.strictSame([...usersOf(file).keys()], ['johndoe', 'J\u00f6'])
    t.equal(usersOf(file).get('johndoe')?.hash, hash)

    t.match(await docsGate(['disable', 'johndoe', '--file', file]), {
      code: 0,
      output: `johndoe disabled in ${file}\n`,
    })
    t.match(usersOf(file).get('johndoe'), { disabled: true, hash })
    const other = { answers: ['another password', 'another password'] }
    t.match(await docsGate(['add', 'johndoe', '--file', file], other), {
      code: 0,
      output: `johndoe changed in ${file}\n`,
    })
    const changed = usersOf(file).get('johndoe')
    t.equal(changed?.disabled, false)
    t.ok(await verifyPassword(changed?.hash as string, 'another password'))

    t.strictSame(await docsGate(['remove', 'J\u00f6', '--file', file]), {
      code: 0,
      output: `J\u00f6 removed from ${file}\n`,
      errors: '',
    })
    t.strictSame([...usersOf(file).keys()], ['johndoe'])
  }
})

t.test('enable changes nothing else of a user, and passwd only the password', async (t) => {
  const others = `# staff\n\njane:${HASHES.secret2}:Jane\n`
  const folder = t.testdir({
    '.htpasswd': `${others}al:!${BCRYPT}:Al\n`,
    'users.json': JSON.stringify({
      jane: HASHES.secret2,
      al: { password: BCRYPT, scopes: ['read'], name: 'Al', disabled: true },
    }),
  })
  for (const name of ['.htpasswd', 'users.json']) {
    const file = join(folder, name)
    const before = usersOf(file).get('al')
    t.equal(before?.disabled, true)
    t.match(await docsGate(['passwd', 'al', '--file', file]), {
      code: 0,
      output: `al has a new password in ${file}, and stays disabled\n`,
      errors: '',
    })
    const changed = usersOf(file).get('al')
    t.ok(await verifyPassword(changed?.hash as string, PASSWORD))
    t.strictSame({ ...changed, hash: '', account: '' }, { ...before, hash: '', account: '' })
    t.strictSame({ ...changed?.account, version: '' }, { ...before?.account, version: '' })

    for (const output of [`al enabled in ${file}\n`, `al enabled in ${file}\n`])
      t.strictSame(await docsGate(['enable', 'al', '--file', file], {}), { code: 0, output, errors: '' })
    t.strictSame(usersOf(file).get('al'), { ...changed, disabled: false }, 'without a new password')

    t.match(await docsGate(['passwd', 'jane', '--file', file]), {
      output: `jane has a new password in ${file}\n`,
    })
    t.ok(await verifyPassword(usersOf(file).get('jane')?.hash as string, PASSWORD))
    t.match(await docsGate(['enable', 'jane', '--file', file]), { code: 0 })
    t.match(await docsGate(['disable', 'jane', '--file', file]), { code: 0 })
    t.match(await docsGate(['enable', 'jane', '--file', file]), { code: 0 })
    t.equal(usersOf(file).get('jane')?.disabled, false)
  }
  t.match(
    read(join(folder, '.htpasswd')),
    /^# staff\n\njane:\$argon2id\$[^:]*:Jane\nal:\$argon2id\$[^:]*:Al\n$/,
  )

  const file = join(folder, 'users.json')
  const text = read(file)
  const weak = { stdin: Buffer.from('short\n') }
  const person = { answers: [PASSWORD, PASSWORD] }
  const table: [argv: string[], terminal: Terminal, message: RegExp][] = [
    [['enable', 'nobody'], {}, /has no user "nobody"\. See: npx fastify-docs-gate users list/],
    [['passwd', 'nobody'], person, /has no user "nobody"/],
    [['passwd', 'al'], weak, /too short/],
    [['passwd', 'al', '--scopes', 'x'], {}, /--scopes goes with/],
    [['enable'], {}, /Which user\? Write: npx fastify-docs-gate users enable NAME/],
    [['passwd'], {}, /Which user\? Write: npx fastify-docs-gate users passwd NAME/],
  ]
  for (const [argv, terminal, message] of table) {
    const result = await docsGate([...argv, '--file', file], terminal)
    t.match(result, { code: 1, output: '', errors: message }, argv.join(' '))
  }
  t.equal(read(file), text)
})

t.test('without --file, the file is .htpasswd in the current folder', async (t) => {
  const folder = t.testdir({})
  const cwd = process.cwd()
  t.teardown(() => process.chdir(cwd))
  process.chdir(folder)
  t.match(await docsGate(['add', 'johndoe']), { code: 0, output: 'johndoe added to .htpasswd\n' })
  t.strictSame([...usersOf(join(folder, '.htpasswd')).keys()], ['johndoe'])
})

t.test('a JSON file can have scopes, and a new password keeps them', async (t) => {
  const file = join(t.testdir({}), 'users.json')
  const scopes = () => usersOf(file).get('johndoe')?.account.scopes
  const table: [string[], string[]][] = [
    [
      ['--scopes', 'read, write,read'],
      ['read', 'write'],
    ],
    [[], ['read', 'write']],
    [['--scopes', 'admin'], ['admin']],
    [['--scopes', ''], []],
  ]
  for (const [options, expected] of table) {
    t.match(await docsGate(['add', 'johndoe', '--file', file, ...options]), { code: 0 })
    t.strictSame(scopes(), expected, options.join(' '))
  }
})

t.test('an edit of an htpasswd file keeps comments, order and other lines', async (t) => {
  const text = `# staff\r\n\r\na:${BCRYPT}:Ann\r\nb:!${HASHES.secret}\r\n`
  const file = join(t.testdir({ '.htpasswd': text }), '.htpasswd')
  await docsGate(['disable', 'a', '--file', file])
  t.equal(read(file), text.replace('a:', 'a:!'))
  await docsGate(['remove', 'b', '--file', file])
  t.equal(read(file), `# staff\r\n\r\na:!${BCRYPT}:Ann\r\n`)
})

t.test('list shows names, scopes, algorithms and disabled users, and nothing secret', async (t) => {
  const folder = t.testdir({
    '.htpasswd': `# x\njohndoe:${HASHES.secret}\nal:!${BCRYPT}\n`,
    'users.json': JSON.stringify({
      johndoe: { password: HASHES.secret, scopes: ['admin', 'read'] },
      al: { password: BCRYPT, disabled: true },
      jane: BCRYPT,
    }),
    empty: '# nobody\n',
  })
  const table: [string, string][] = [
    ['.htpasswd', 'johndoe  -  argon2id\nal       -  bcrypt    disabled\n'],
    [
      'users.json',
      'johndoe  admin,read  argon2id\nal       -           bcrypt    disabled\njane     -           bcrypt\n',
    ],
  ]
  for (const [name, output] of table)
    t.strictSame(
      await docsGate(['list', '--file', join(folder, name)]),
      { code: 0, output, errors: '' },
      name,
    )
  const empty = join(folder, 'empty')
  t.strictSame(await docsGate(['list', '--file', empty], { columns: 80 }), {
    code: 0,
    output: '',
    errors: `docs-gate: ${empty} has no users. Add one with: npx fastify-docs-gate users add NAME --file ${empty}\n`,
  })
})

t.test('list has headings on a terminal, and aligns wide letters', async (t) => {
  const folder = t.testdir({ users: `\u65e5\u672c\u8a9e:${BCRYPT}\njo:!${HASHES.secret}\n` })
  const { output } = await docsGate(['list', '--file', join(folder, 'users')], { columns: 80 })
  t.equal(
    output,
    [
      'User    Scopes  Hash',
      '\u65e5\u672c\u8a9e  -       bcrypt',
      'jo      -       argon2id  disabled',
      '',
    ].join('\n'),
  )
})

t.test('errors are sentences, and the file stays unchanged', async (t) => {
  const files = {
    '.htpasswd': `a:${BCRYPT}\nb:${BCRYPT}\n`,
    one: `a:${BCRYPT}\n`,
    bad: `a:${BCRYPT}\nb:MARK-of-a-password\n`,
    'bad.json': `{"a":"${BCRYPT}",`,
    'blank.json': '',
    'users.json': `{"a":"${BCRYPT}","b":"${BCRYPT}"}`,
    folder: {},
    loop: t.fixture('symlink', 'loop'),
  }
  const folder = t.testdir(files)
  const at = (name: string) => ['--file', join(folder, name)]
  const table: [string, string[], Terminal, RegExp][] = [
    ['no action', [], {}, /Write: npx fastify-docs-gate users add, enable, disable, passwd, remove or list/],
    [
      'another action',
      ['fly', 'a'],
      {},
      /no "fly"\. There are add, enable, disable, passwd, remove and list/,
    ],
    ['list with a name', ['list', 'a'], {}, /All users are listed: a is too much/],
    ['no name', ['add'], {}, /Which user\? Write: npx fastify-docs-gate users add NAME/],
    ['no name to remove', ['remove'], {}, /Write: npx fastify-docs-gate users remove NAME$/m],
    ['no name, in a file', ['add', '--file', 'a b.json'], {}, /users add NAME --file "a b\.json"$/m],
    ['two names', ['disable', 'a', 'b'], {}, /One user at a time: b is too much/],
    ['a file without name', ['list', '--file', ''], {}, /--file: write the path/],
    [
      'a name with a colon',
      ['add', 'a:b', ...at('.htpasswd')],
      {},
      /"a:b" cannot be a user .*without colons/,
    ],
    ['a comment for a name', ['add', '#a', ...at('.htpasswd')], {}, /no # in front/],
    ['a name with a space', ['add', ' a', ...at('.htpasswd')], {}, /no space at either end\.$/m],
    [
      'a name of two lines',
      ['add', 'a\nb', ...at('users.json')],
      {},
      /"a\\nb" cannot be .* control characters\.$/m,
    ],
    [
      'scopes in htpasswd',
      ['add', 'a', '--scopes', 'x', ...at('.htpasswd')],
      {},
      /--scopes: an htpasswd file has no place for them\. Use a \.json file/,
    ],
    [
      'scopes with a space',
      ['add', 'a', '--scopes', 'x y', ...at('users.json')],
      {},
      /without spaces and quotes/,
    ],
    ['scopes to remove', ['remove', 'a', '--scopes', 'x', ...at('users.json')], {}, /--scopes goes with/],
    [
      'passwords that differ',
      ['add', 'a', ...at('.htpasswd')],
      { answers: ['a', 'b'] },
      /two passwords differ/,
    ],
    [
      'a weak password',
      ['add', 'a', ...at('.htpasswd')],
      { stdin: Buffer.from('Password1\n') },
      /most common/,
    ],
    [
      'the name for a password',
      ['add', 'johndoe-jo', ...at('.htpasswd')],
      { stdin: Buffer.from('johndoe-jo') },
      /is the user name/,
    ],
    [
      'an unknown user to remove',
      ['remove', 'c', ...at('.htpasswd')],
      {},
      /\.htpasswd" has no user "c"\. See: npx fastify-docs-gate users list --file \S+\.htpasswd$/m,
    ],
    ['an unknown user to disable', ['disable', 'c', ...at('users.json')], {}, /users\.json" has no user "c"/],
    [
      'the last user',
      ['remove', 'a', ...at('one')],
      {},
      /last user.*fastify-docs-gate users disable a --file \S+one$/m,
    ],
    [
      'a bad file to add to',
      ['add', 'a', ...at('bad')],
      { stdin },
      /bad", line 2: this is a password in plain text/,
    ],
    ['a bad file to remove from', ['remove', 'a', ...at('bad')], {}, /bad", line 2/],
    ['a bad file to list', ['list', ...at('bad')], {}, /bad", line 2/],
    ['a bad JSON file', ['add', 'a', ...at('bad.json')], { stdin }, /bad\.json".*: this is not JSON/],
    ['a blank JSON file', ['add', 'a', ...at('blank.json')], { stdin }, /this is not JSON/],
    [
      'no file to list',
      ['list', ...at('nope')],
      {},
      /nope": there is no such file; create it with: npx fastify-docs-gate users add/,
    ],
    ['no file to remove from', ['remove', 'a', ...at('nope')], {}, /has no user "a"/],
    [
      'a folder',
      ['remove', 'a', ...at('folder')],
      {},
      /folder" cannot be written: it is a folder.*\(EISDIR\)\.$/m,
    ],
    [
      'no folder',
      ['add', 'a', ...at('nope/.htpasswd')],
      { stdin },
      /cannot be written: its folder is not there.*\(ENOENT\)/,
    ],
    [
      'a file for a folder',
      ['add', 'a', ...at('one/x')],
      { stdin },
      /cannot be written: the system refused \(ENOTDIR\)/,
    ],
    ['a link to itself', ['add', 'a', ...at('loop')], { stdin }, /lead in a circle \(ELOOP\)/],
  ]
  for (const [name, argv, terminal, message] of table) {
    const { code, output, errors } = await docsGate(argv, terminal)
    t.equal(code, 1, name)
    t.match(errors, message, name)
    t.match(errors, /^docs-gate: [^\n]+\n$/, name)
    t.notMatch(errors, /MARK|\$2y/)
    t.equal(output, '')
  }
  for (const [name, text] of Object.entries(files)) {
    if (typeof text === 'string') t.equal(read(join(folder, name)), text, `${name} is as it was`)
  }
  t.strictSame(readdirSync(folder).sort(), Object.keys(files).sort(), 'no lock and no temporary file')
})

t.test('a symbolic link stays, and its target is replaced with the same owner', async (t) => {
  const folder = t.testdir({
    real: { users: `a:${BCRYPT}\n` },
    link: t.fixture('symlink', 'real/users'),
    second: t.fixture('symlink', 'link'),
    dangling: t.fixture('symlink', 'real/new'),
  })
  // Only root may give a file away; for anyone else this is the owner that it has.
  const isRoot = process.getuid?.() === 0
  const [uid, gid] = isRoot ? [4711, 4712] : [process.getuid?.() as number, process.getgid?.() as number]
  chownSync(join(folder, 'real/users'), uid, gid)
  t.match(await docsGate(['add', 'b', '--file', join(folder, 'second')]), { code: 0 })
  t.strictSame([...usersOf(join(folder, 'real/users')).keys()], ['a', 'b'])
  t.match(statSync(join(folder, 'real/users')), { uid, gid })
  t.equal(readlinkSync(join(folder, 'link')), 'real/users')
  t.ok(lstatSync(join(folder, 'second')).isSymbolicLink())

  t.match(await docsGate(['add', 'b', '--file', join(folder, 'dangling')]), { code: 0 })
  t.strictSame([...usersOf(join(folder, 'real/new')).keys()], ['b'])
  t.ok(lstatSync(join(folder, 'dangling')).isSymbolicLink())
  t.strictSame(readdirSync(join(folder, 'real')).sort(), ['new', 'users'])
})

t.test('a writer waits for another one, and gives up after five seconds', async (t) => {
  const folder = t.testdir({ '.htpasswd': `a:${BCRYPT}\nb:${BCRYPT}\n`, '.htpasswd.lock': '' })
  const file = join(folder, '.htpasswd')
  const setTimeoutOf = mock.method(globalThis, 'setTimeout', (run: () => void, milliseconds: number) => {
    waited += milliseconds
    if (waited === releaseAt) rmSync(`${file}.lock`)
    setImmediate(run)
  })
  t.teardown(() => setTimeoutOf.mock.restore())
  let waited = 0
  let releaseAt = -1
  t.match(await docsGate(['remove', 'a', '--file', file]), {
    code: 1,
    errors: /\.htpasswd\.lock" is held by another docs-gate .* remove ".*\.htpasswd\.lock"\.\n$/,
  })
  t.equal(waited, 5000)
  t.equal(usersOf(file).size, 2)
  t.ok(statSync(`${file}.lock`), 'the lock of the other is left alone')

  waited = 0
  releaseAt = 4900
  t.match(await docsGate(['remove', 'a', '--file', file]), { code: 0 })
  t.equal(waited, 4900)
  t.strictSame([...usersOf(file).keys()], ['b'])
  t.strictSame(readdirSync(folder), ['.htpasswd'])
})

t.test('a bug during an edit keeps its stack trace, and writes nothing', async (t) => {
  const folder = t.testdir({ users: 'text' })
  const defect = new Error('a defect')
  const edit = editFile(join(folder, 'users'), () => {
    throw defect
  })
  await t.rejects(edit, defect)
  t.equal(read(join(folder, 'users')), 'text')
  mkdirSync(join(folder, 'target'))
  symlinkSync('target', join(folder, 'to-folder'))
  await t.rejects(
    editFile(join(folder, 'to-folder'), () => ''),
    /it is a folder/,
  )
  t.strictSame(readdirSync(folder).sort(), ['target', 'to-folder', 'users'])
  writeFileSync(join(folder, 'users'), '')
})

t.test('a password that is easy to guess is refused with the reason', async (t) => {
  const table: [string, RegExp | undefined][] = [
    ['', /too short: choose one of 8 characters/],
    ['kT9!xq2', /too short/],
    ['\u{1f600}\u{1f600}\u{1f600}\u{1f600}', /too short/],
    ['johndoe-jo', /is the user name/],
    ['JOHNDOE-JO', /is the user name/],
    ['xxxxxxxx', /one character over and over/],
    ['\u{1f600}'.repeat(8), /one character over and over/],
    ['23456789', /a sequence/],
    ['cdefghijkl', /a sequence/],
    ['hgfedcba', /a sequence/],
    ['98765432', /a sequence/],
    ['Password', /among the most common/],
    ['P@SSW0RD', /among the most common/],
    ['1234567890', /among the most common/],
    ['qwertyuiop', /among the most common/],
    ['acegikmo', undefined],
    ['kT9!xq2z', undefined],
    ['johndoe-jo2', undefined],
    ['passwordpassword2', undefined],
    ['xxxxxxxy', undefined],
    ['23456798', undefined],
  ]
  for (const [password, reason] of table) {
    const weakness = weaknessOf(password, 'johndoe-jo')
    if (reason) t.match(weakness, reason, password)
    else t.equal(weakness, undefined, password)
    if (password !== '' && password !== 'Password') t.notMatch(weakness ?? '', password)
  }
  t.ok(COMMON_PASSWORDS.size >= 100)
  for (const password of COMMON_PASSWORDS)
    if (password.length < 8 || password !== password.toLowerCase()) t.fail(password)
})

t.test('serve accepts a users file, and then prints no password', async (t) => {
  const folder = t.testdir({ 'pets.json': '{"openapi":"3.1.0"}', '.htpasswd': `a:${BCRYPT}\n` })
  const users = join(folder, '.htpasswd')
  const io = fakeIo()
  t.equal(await run(['serve', join(folder, 'pets.json'), '--users', users], io, '1.2.3'), 0)
  t.equal(io.service()?.users, users)
  t.match(io.output(), `Users  those of ${users}\n`)
  t.notMatch(io.output(), /Password|reader/)
  for (const [argv, message] of [
    [['--users', users, '--user', 'a'], /--users and --user: write one of them/],
    [['--users', ''], /--users: write the path of a file/],
  ] as const) {
    const refused = fakeIo()
    t.equal(await run(['serve', join(folder, 'pets.json'), ...argv], refused, '1.2.3'), 1)
    t.match(refused.errors(), message)
    t.equal(refused.service(), undefined)
  }
})
