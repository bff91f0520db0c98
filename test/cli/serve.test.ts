import { once } from 'node:events'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import type { Service } from '../../lib/cli/io.ts'
import { run } from '../../lib/cli/run.ts'
import { LiveDocument } from '../../lib/docs/document/live-document.ts'
import { verifyPassword } from '../../lib/users/password-hash.ts'
import { type FakeIo, fakeIo } from '../fake-io.ts'
import { listen, testApp } from '../helper.ts'

const DOCUMENT = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  paths: { '/pets': { summary: 'no operation', get: {}, post: {} } },
})

t.test('serve starts a service for one user and prints the password that lets them in', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const io = fakeIo()
  t.equal(await run(['serve', `${folder}/pets.json`], io, '1.2.3'), 0)
  t.match(io.output(), /\n {2}Pets\n {2}2 operations, behind a login\n/)
  t.match(io.output(), 'http://127.0.0.1:3000/docs')
  const password = /Password {2}(\S+)/.exec(io.output())?.[1] ?? ''
  t.match(password, /^[a-z2-9]{4}(?:-[a-z2-9]{4}){3}$/)
  const service = io.service()
  t.match(service, { mode: 'basic', host: '127.0.0.1', port: 3000, title: undefined, pagesTitle: 'Pets' })
  t.equal(
    await verifyPassword(
      (service as Service & { users: Record<string, string> }).users['reader'] as string,
      password,
    ),
    true,
  )
  t.equal(io.errors(), '')
})

t.test('serve uses its options, and warns if passwords are sent unencrypted', async (t) => {
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
  t.match(io.service(), { mode: 'form', host: '0.0.0.0', port: 0, title: 'One', pagesTitle: 'One' })
  t.strictSame(Object.keys((io.service()?.users ?? {}) as object), ['jane'])
  t.match(io.output(), /\n {2}One\n {2}1 operation,/)
  t.match(io.errors(), /in the clear/)
})

t.test('a document without a title is shown with the name of its file', async (t) => {
  const folder = t.testdir({ 'bare.json': '{"openapi":"3.1.0"}' })
  const io = fakeIo()
  t.equal(await run(['serve', `${folder}/bare.json`, '--host', '::1'], io, '1.2.3'), 0)
  t.match(io.output(), /bare\.json\n {2}0 operations/)
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
  t.match(found.output(), `  http://127.0.0.1:${port}/bare.json\n  0 operations, behind a login\n`)
  t.match(found.service(), { document: { openapi: '3.1.0' } })
  t.equal(await run(['serve', url('/absent.json')], absent, '1.2.3'), 1)
  t.equal(
    absent.errors(),
    `docs-gate: serve: "http://127.0.0.1:${port}/absent.json" answered 404; write the URL where the document is\n`,
  )
  for (const io of [found, absent]) t.notMatch(io.output() + io.errors(), 'hunter2')
})

t.test('the report has title, operations, URL, user and password, in columns', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const io = fakeIo()
  await run(['serve', `${folder}/pets.json`, '--watch'], io, '1.2.3')
  const [password] = /(?:[a-z2-9]{4}-?){4}/.exec(io.output()) as RegExpExecArray
  t.equal(
    io.output(),
    [
      '',
      '  Pets',
      '  2 operations, behind a login',
      '',
      '  URL       http://127.0.0.1:3000/docs',
      '  User      reader',
      `  Password  ${password}  shown this once`,
      `  Watching  ${folder}/pets.json`,
      '',
      '  Stop with Ctrl+C.',
      '',
    ].join('\n'),
  )
})

t.test('only a long title is cut to the width of the terminal', async (t) => {
  const title = 'An API with a title that is longer than most'
  const folder = t.testdir({ 'pets.json': DOCUMENT.replace('Pets', title) })
  const [narrow, piped] = [fakeIo({ columns: 20 }), fakeIo()]
  for (const io of [narrow, piped])
    await run(['serve', `${folder}/pets.json`, '--port', '12345', '--host', '127.0.0.111'], io, '1.2.3')
  t.match(narrow.output(), '\n  An API with a tit…\n')
  t.match(piped.output(), `\n  ${title}\n`)
  t.match(narrow.output(), 'http://127.0.0.111:12345/docs\n')
})

t.test('a title cannot imitate another line of the report', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT.replace('Pets', 'A\\n\\n  Password  hunter2\\u2028') })
  const io = fakeIo()
  await run(['serve', `${folder}/pets.json`], io, '1.2.3')
  t.match(io.output(), '\n  A Password hunter2\n')
})

t.test("a line of the service's log is a sentence; a defect keeps its stack", async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const io = fakeIo()
  await run(['serve', `${folder}/pets.json`], io, '1.2.3')
  const { log } = io.service() as Service
  log(JSON.stringify({ level: 50, msg: 'docs-gate: not usable', reason: 'line 1: \u202e' }))
  log(JSON.stringify({ level: 50, msg: 'a defect', err: { stack: 'Error: a defect\n    at x' } }))
  log(JSON.stringify({ level: 50, msg: 'gone' }))
  t.equal(
    io.errors(),
    'docs-gate: not usable: line 1: \ufffd\ndocs-gate: a defect\nError: a defect\n    at x\ndocs-gate: gone\n',
  )
})

t.test('events are printed as readable lines on a terminal, and as JSON otherwise', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const told = async (entry: object, isErrorTerminal: boolean) => {
    const io = fakeIo({ isErrorTerminal })
    await run(['serve', `${folder}/pets.json`], io, '1.2.3')
    io.service()?.log(`${JSON.stringify(entry)}\n`)
    return io.errors()
  }
  const time = new Date(2030, 0, 1, 7, 8, 9).getTime()
  const table: [entry: object, line: string][] = [
    [{ event: 'login', username: 'jane', ip: '192.0.2.1', reason: 'basic' }, 'login: jane, 192.0.2.1, basic'],
    [
      { event: 'login_failed', ip: '::1', reason: 'wrong_credentials' },
      'login failed: ::1, wrong credentials',
    ],
    [{ event: 'session_ended', reason: 'user_out' }, 'session ended: user out'],
    [{ event: 'login_failed', ip: `1\n\u202e${'9'.repeat(99)}` }, `login failed: 1 \ufffd${'9'.repeat(56)}…`],
  ]
  for (const [entry, line] of table) {
    const whole = { level: 30, time, msg: 'docs-gate: x', ...entry }
    t.equal(await told(whole, true), `  07:08:09  ${line}\n`)
    const json = await told(whole, false)
    t.equal(json.replaceAll('\ufffd', '\u202e'), `${JSON.stringify(whole)}\n`)
  }
  const listening = { level: 30, time, msg: 'Server listening at http://127.0.0.1:3000' }
  t.equal(await told(listening, true), '', 'the block says it')
  t.equal(await told(listening, false), `${JSON.stringify(listening)}\n`)
  t.equal(await told({ level: 40, time, msg: 'docs-gate: careful' }, true), 'docs-gate: careful\n')
})

t.test('--trust-proxy and --log-level have these values and defaults', async (t) => {
  const folder = t.testdir({ 'pets.json': DOCUMENT })
  const serve = async (...options: readonly string[]) => {
    const io = fakeIo()
    const code = await run(['serve', `${folder}/pets.json`, ...options], io, '1.2.3')
    return { code, errors: io.errors(), service: io.service() }
  }
  const taken: [option: string | undefined, trustProxy: unknown][] = [
    [undefined, ['loopback']],
    ['none', []],
    ['loopback', ['loopback']],
    ['loopback, uniquelocal,linklocal', ['loopback', 'uniquelocal', 'linklocal']],
    ['10.0.0.0/8,192.0.2.1', ['10.0.0.0/8', '192.0.2.1']],
    ['2001:db8::/32,::1', ['2001:db8::/32', '::1']],
    ['192.0.2.1/32,2001:db8::/128', ['192.0.2.1/32', '2001:db8::/128']],
  ]
  for (const [option, expected] of taken) {
    const { code, service } = await serve(...(option === undefined ? [] : ['--trust-proxy', option]))
    t.equal(code, 0, String(option))
    t.strictSame(service?.trustProxy, expected, String(option))
  }
  const refused = [
    ...['', ' ', '0', '1', '-1', 'true', 'false', 'all', 'localhost', 'example.com', '10.0.0.0/8,', ',::1'],
    ...[
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '::1/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/x',
      '10.0.0.300',
    ],
    ...['192.0.2.1:80', '[::1]', '10.0.0.0/255.0.0.0', 'none,loopback', '*'],
  ]
  for (const option of refused) {
    const { code, errors } = await serve(`--trust-proxy=${option}`)
    t.equal(code, 1, option)
    t.match(
      errors,
      /^docs-gate: --trust-proxy: .* is no proxy; .*write addresses and networks with commas.*\n$/,
    )
  }
  t.match((await serve('--trust-proxy', '1')).errors, 'a number of hops does not tell a proxy from a client')
  t.equal((await serve()).service?.logLevel, 'info')
  for (const level of ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    t.equal((await serve('--log-level', level)).service?.logLevel, level)
  for (const level of ['', 'INFO', 'verbose', '30', 'warning']) {
    const { code, errors } = await serve(`--log-level=${level}`)
    t.equal(code, 1, level)
    t.match(
      errors,
      `--log-level: there is no "${level}"; write fatal, error, warn, info, debug, trace, silent.`,
    )
  }
})

interface Watching {
  readonly io: FakeIo
  readonly live: LiveDocument
  /** Resolves when what was printed, on both streams, has it so many times. */
  printed(text: string, times?: number): Promise<void>
  stop(): Promise<number>
}

async function watching(t: { teardown(run: () => unknown): unknown }, file: string): Promise<Watching> {
  let end = (): void => {}
  const stopped = new Promise<void>((resolve) => {
    end = resolve
  })
  const io = fakeIo({ stopped })
  const ended = run(['serve', file, '--watch'], io, '1.2.3')
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 1200 && !isSo(); tries++) await new Promise((done) => setTimeout(done, 50))
    if (!isSo()) throw new Error(`not within a minute: ${io.output()}${io.errors()}`)
  }
  t.teardown(() => end())
  await until(() => io.output().includes('Stop with'))
  return {
    io,
    live: io.service()?.document as LiveDocument,
    printed: (text, times = 1) => until(() => (io.output() + io.errors()).split(text).length > times),
    stop() {
      end()
      return ended
    },
  }
}

t.test(
  '--watch serves the new version; for an invalid one, it prints the error and keeps the old version',
  async (t) => {
    const folder = t.testdir({ 'pets.json': DOCUMENT })
    const file = join(folder, 'pets.json')
    const { io, live, printed, stop } = await watching(t, file)
    t.match(live, { current: { info: { title: 'Pets' } } })
    t.ok(live instanceof LiveDocument)

    writeFileSync(file, DOCUMENT.replace('Pets', 'Dogs\\u001b'))
    await printed('Updated')
    t.match(io.output(), /\n {2}\d\d:\d\d:\d\d {2}Updated: Dogs\ufffd, 2 operations\n$/)
    t.match(live.current, { info: { title: 'Dogs\u001b' } })

    writeFileSync(file, '{\n  "openapi": }')
    await printed('docs-gate:')
    t.equal(
      io.errors(),
      `docs-gate: serve: ${JSON.stringify(file)} is not JSON: unexpected "}" at line 2, column 14. The version before stays in place.\n`,
    )
    t.match(live.current, { info: { title: 'Dogs\u001b' } })

    rmSync(file)
    await printed('ENOENT')
    writeFileSync(join(folder, 'new'), '{"openapi":"3.1.0"}')
    renameSync(join(folder, 'new'), file)
    await printed('Updated', 2)
    t.match(io.output(), 'Updated: the document, 0 operations')
    t.same(live.current, { openapi: '3.1.0' })
    t.equal(await stop(), 0)
    t.equal(io.errors().split('docs-gate:').length, 3, 'each reason is told once')
  },
)

t.test(
  '--watch follows all files that a document refers to, including those that do not exist yet',
  async (t) => {
    const folder = t.testdir({
      'openapi.yaml': 'openapi: 3.1.0\npaths:\n  /a: { $ref: ./paths/a.yaml }\n',
      paths: { 'a.yaml': 'get: {}\n' },
    })
    const { io, live, printed } = await watching(t, pathToFileURL(join(folder, 'openapi.yaml')).href)
    t.match(live.current, { paths: { '/a': { get: {} } } })
    t.notMatch(io.output(), 'Updated')

    writeFileSync(join(folder, 'paths', 'a.yaml'), 'post: {}\nput: { $ref: \n')
    await printed('is not YAML')
    writeFileSync(join(folder, 'paths', 'a.yaml'), '$ref: ../b/b.yaml\n')
    await printed('cannot be read (ENOENT)')
    mkdirSync(join(folder, 'b'))
    writeFileSync(join(folder, 'b', 'b.yaml'), 'patch: {}\n')
    await printed('Updated')
    t.match(live.current, { paths: { '/a': { patch: {} } } })
    writeFileSync(join(folder, 'b', 'b.yaml'), 'patch: {}\nget: {}\n')
    await printed('Updated', 2)
    t.match(io.output(), 'Updated: the document, 2 operations')
    t.equal(io.errors().split('\n').length, 3, 'one sentence for each bad version')
  },
)

t.test(
  'users who are logged in get the new version of a document that has changed, with another ETag',
  async (t) => {
    const live = new LiveDocument({ openapi: '3.1.0', info: { title: 'Pets' }, paths: {} })
    const app = await testApp(t, { gate: { docs: { source: live } } })
    const { access_token: token } = await app.docsGate.signIn('jane')
    const headers = { authorization: `Bearer ${token}` }
    const read = async (url: string, more = {}) => app.inject({ url, headers: { ...headers, ...more } })

    const first = await read('/openapi.json')
    t.match(first.json(), { info: { title: 'Pets' } })
    t.equal((await read('/openapi.json', { 'if-none-match': first.headers.etag })).statusCode, 304)
    t.match((await read('/docs')).body, '<title>Pets')

    await listen(app)
    t.match((await read('/openapi.json')).json(), { info: { title: 'Pets' } }, 'prepared after listen')

    live.current = {
      openapi: '3.1.0',
      info: { title: 'Dogs' },
      servers: [{ url: 'https://dogs.example' }],
      paths: {},
    }
    const second = await read('/openapi.json', { 'if-none-match': first.headers.etag })
    t.equal(second.statusCode, 200)
    t.match(second.json(), { info: { title: 'Dogs' } })
    t.not(second.headers.etag, first.headers.etag)
    t.match((await read('/openapi.yaml')).body, 'title: Dogs')
    const page = await read('/docs')
    t.match(page.body, '<title>Dogs')
    t.match(page.headers['content-security-policy'], 'https://dogs.example')
    t.equal((await app.inject('/openapi.json')).statusCode, 401)
  },
)

t.test(
  'a new version of a document is filtered again, by the operations that are visible in that version',
  async (t) => {
    const paths = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { get: {} }]))
    const live = new LiveDocument({ openapi: '3.1.0', paths: paths('/a', '/secret-a') })
    const visible = ({ path }: { path: string }): boolean => !path.includes('secret')
    const app = await testApp(t, { gate: { docs: { source: live, visible } } })
    const { access_token: token } = await app.docsGate.signIn('jane')
    const read = async () =>
      Object.keys(
        (await app.inject({ url: '/openapi.json', headers: { authorization: `Bearer ${token}` } })).json()
          .paths,
      )
    t.same(await read(), ['/a'])
    live.current = { openapi: '3.1.0', paths: paths('/b', '/secret-b') }
    t.same(await read(), ['/b'])
  },
)
