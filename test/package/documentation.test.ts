import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { withoutChromium } from '../browser/chromium.ts'
import { finished, start } from '../command.ts'
import { basic, HASHES, NAVIGATION, SECRET } from '../helper.ts'

const PROJECT = process.cwd()
const README = readFileSync(join(PROJECT, 'README.md'), 'utf8')

const snippets = (language: string): readonly string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code]) => code as string,
  )

t.test('the README opens with the two commands', async (t) => {
  t.match(README, /^# fastify-docs-gate\n\n```sh\nnpm ci && npm start .*\nnpm ci && npm test .*\n```\n/)
})

t.test('the README shows pictures that are there, small, and said in words too', async (t) => {
  const pictures = [...README.matchAll(/!\[(.*?)\]\((.*?)\)/g)]
  t.equal(pictures.length, 3)
  for (const [, words = '', path = ''] of pictures) {
    t.ok(words.length > 20, words)
    t.ok(statSync(join(PROJECT, path)).size < 120_000, path)
  }
})

t.test('pictures of the pages can be made, and without Chromium it is said why not', async (t) => {
  const take = (environment: Record<string, string> = {}) =>
    finished(
      start(process.execPath, ['examples/screenshots/run.js', 'log-out-question'], PROJECT, environment),
    )
  const without = await take({ CHROMIUM: '/nowhere' })
  t.equal(without.code, 1)
  t.equal(
    without.errors,
    'There is no Chromium at /nowhere: install it, or say in the variable CHROMIUM where it is.\n',
  )
  if (withoutChromium) return
  const result = await take()
  t.strictSame([result.code, result.errors], [0, ''])
  t.match(result.output, /^4 pictures are in .*screenshots\n$/)
  for (const end of ['light-360', 'light-1440', 'dark-360', 'dark-1440']) {
    const picture = readFileSync(join(PROJECT, `screenshots/log-out-question-${end}.png`))
    t.equal(picture.toString('latin1', 1, 4), 'PNG')
  }
})

t.test('every js snippet of the README runs as it stands', async (t) => {
  const folder = t.testdir({})
  const environment = { JOHNDOE_HASH: HASHES.secret, DOCS_GATE_SECRET: SECRET, DEMO_PASSWORD: 'demo' }
  const all = snippets('js')
  t.ok(all.length >= 4)
  await Promise.all(
    all.map(async (code, index) => {
      const file = join(folder, `snippet-${index}.mjs`)
      // A free port, and an end: everything else is as it is printed.
      writeFileSync(file, `${code.replace('port: 3000', 'port: 0')}\nawait app.close()\n`)
      const result = await finished(start(process.execPath, [file], folder, environment))
      t.equal(result.code, 0, `${result.errors}\n${code}`)
      t.equal(result.errors, '')
    }),
  )
})

t.test('every ts snippet of the README compiles', async (t) => {
  const files = Object.fromEntries(
    snippets('ts').map((code, index) => [`snippet-${index}.ts`, `${code}\nexport {}\n`]),
  )
  const options = {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  }
  const folder = t.testdir({ ...files, 'tsconfig.json': JSON.stringify({ compilerOptions: options }) })
  const tsc = join(PROJECT, 'node_modules/typescript/lib/tsc.js')
  const result = await finished(start(process.execPath, [tsc, '-p', folder], folder))
  t.strictSame([result.code, result.output, result.errors], [0, '', ''])
})

// Outside a project npm would fetch a package of the shorter name, which anybody may publish.
const SHORT_NAME = /(?<![-\w])docs-gate (?:serve|users|hash|probe|--help)/

t.test('every text names the command by the name of the package', async (t) => {
  t.match('npx docs-gate users add', SHORT_NAME)
  t.notMatch('npx fastify-docs-gate users add', SHORT_NAME)
  const sources = ['lib', 'bin', 'plugins', 'routes'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )
  t.ok(sources.length > 100)
  for (const file of ['README.md', 'SECURITY.md', 'CHANGELOG.md', ...sources]) {
    const lines = readFileSync(join(PROJECT, file), 'utf8').split('\n')
    const wrong = lines.filter((line) => SHORT_NAME.test(line) && !line.includes('User-Agent'))
    t.strictSame(wrong, [], file)
  }
})

/** The fields of an interface of the options, each with its type. */
function fieldsOf(source: string, name: string): ReadonlyMap<string, string> {
  const [, body = ''] = new RegExp(`^export interface ${name}\\b.*?\\{$(.*?)^\\}$`, 'ms').exec(source) ?? []
  const fields = [...body.matchAll(/^ {2}readonly (\w+)\??: (.*)$/gm)]
  return new Map(fields.map(([, field, type]) => [field as string, type as string]))
}

function hasOption(source: string, path: readonly string[], from = 'GateOptions'): boolean {
  const [first = '', ...rest] = path
  const type = fieldsOf(source, from).get(first)
  if (type === undefined || rest.length === 0) return type !== undefined
  return hasOption(source, rest, /\w+Options/.exec(type)?.[0])
}

t.test('every error code and option of the README exists', async (t) => {
  const errors = readFileSync(join(PROJECT, 'lib/errors.ts'), 'utf8')
  const codes = new Set([...README.matchAll(/`(DOCS_GATE_[A-Z_]+)`/g)].map(([, code]) => code as string))
  t.ok(codes.size >= 10, `${codes.size} codes`)
  for (const code of codes) t.match(errors, `'${code}'`)

  const options = readFileSync(join(PROJECT, 'lib/options/options.ts'), 'utf8')
  const [begin, end] = [README.indexOf('## Options'), README.indexOf('A wrong option rejects')]
  t.ok(begin > 0 && end > begin, 'the section of the options')
  const names = [...README.slice(begin, end).matchAll(/^\| `([\w.]+)` \|/gm)].map(
    ([, name]) => name as string,
  )
  t.ok(names.length >= 20, `${names.length} options`)
  for (const name of names) t.ok(hasOption(options, name.split('.')), name)
  for (const name of ['nope', 'login.nope', 'logout.mode', 'mode'])
    t.notOk(hasOption(options, name.split('.')), name)
})

async function demo(t: { teardown(run: () => unknown): unknown }): Promise<string> {
  const child = start(process.execPath, ['examples/service/server.js'], PROJECT, { PORT: '0' })
  t.teardown(() => child.kill('SIGKILL'))
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        if (printed.includes('Stop with')) resolve()
      })
    }
    child.once('close', () => reject(new Error(`the demo ended: ${printed}`)))
  })
  const [, origin] = /demo service is at (http:\S+)/.exec(printed) ?? []
  if (origin === undefined) throw new Error(`the demo does not say where it is: ${printed}`)
  return origin
}

// Not by fetch: it says that it is no navigation.
async function navigation(
  origin: string,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<IncomingMessage> {
  const sent = request(origin + path, { headers: { ...NAVIGATION, ...headers } }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer
}

t.test('the demo service does what it prints', async (t) => {
  const origin = await demo(t)
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(origin + path, { headers, redirect: 'manual' })
  const logIn = async (username: string, password: string) => {
    const response = await get('/auth/login', { authorization: basic(username, password) })
    const { access_token: token } = (await response.json()) as { access_token?: string }
    return { status: response.status, headers: { authorization: `Bearer ${token}` } }
  }

  const anonymous = await (await get('/')).text()
  t.match(anonymous, 'Hello, stranger')
  t.match(anonymous, 'href="./docs"')
  t.match(anonymous, 'href="./auth/login?returnTo=%2F"')
  t.equal((await get('/users/me')).status, 401)
  t.equal((await get('/openapi.json')).status, 401)
  t.equal((await logIn('alice', 'wonderland')).status, 401, 'disabled')

  const johndoe = await logIn('johndoe', 'secret')
  t.match(await (await get('/', johndoe.headers)).text(), 'Hello, <b>John Doe</b>')
  t.match(await (await get('/users/me', johndoe.headers)).json(), { username: 'johndoe', scopes: ['admin'] })
  t.match(await (await get('/users/me/items', johndoe.headers)).json(), [{ owner: 'johndoe' }])
  t.match(await (await get('/admin', johndoe.headers)).json(), { message: /johndoe/ })
  const document = (await (await get('/openapi.json', johndoe.headers)).json()) as { paths: object }
  t.strictSame(Object.keys(document.paths).sort(), ['/books', '/users/me', '/users/me/items'])

  const jane = await logIn('jane', 'secret2')
  t.equal((await get('/admin', jane.headers)).status, 403)
  const denied = await navigation(origin, '/admin', jane.headers)
  t.equal(denied.statusCode, 303)
  t.equal(denied.headers.location, './access-denied?returnTo=%2Fadmin')
  const page = await get('/access-denied?returnTo=%2Fadmin', jane.headers)
  t.equal(page.status, 403)
  t.match(await page.text(), /jane<\/b>, does not have the scope/)
  t.match(
    await (await get('/access-denied?returnTo=%2Fadmin')).text(),
    'href="./auth/login?returnTo=%2Fadmin"',
  )
})
