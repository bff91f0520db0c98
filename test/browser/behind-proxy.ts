import type { FastifyInstance } from 'fastify'
import type { BrowserContext, Page } from 'playwright-core'
import root, { type Test } from 'tap'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { testApp } from '../helper.ts'
import { nginx, withoutNginx } from '../nginx.ts'
import { newContext, newTab, withoutChromium } from './chromium.ts'
import { execute, open, originOf, signIn, tryOut, VISIT } from './docs-visit.ts'

const PREFIX = '/internal'
const INFO = { title: 'Items', version: '1' }

/** Everything below the prefix is the app's; the rest of the host is another application's. */
const locations = (upstream: string): string => `
  location ${PREFIX}/ { proxy_pass ${upstream}/; }
  location / { return 200 "another application"; }
`

const itemRoutes = (app: FastifyInstance): void => {
  app.get('/items', { onRequest: app.authenticate, schema: { tags: ['items'] } }, async ({ url }) => ({
    url,
  }))
}

// One for all services that have listened where it passes requests to.
const proxies = new Map<string, ReturnType<typeof nginx>>()

async function behindNginx(
  t: Test,
  gate: Partial<DocsGateOptions>,
  register: (app: FastifyInstance) => unknown = itemRoutes,
): Promise<string> {
  const app = await testApp(t, { gate: { login: { mode: 'form' }, ...gate }, after: register })
  const upstream = await originOf(t, app)
  const proxy = proxies.get(upstream) ?? nginx(root, locations(upstream))
  proxies.set(upstream, proxy)
  return (await proxy).origin + PREFIX
}

/** Signs in by the page, and collects which paths were asked for outside the prefix. */
async function signInAt(context: BrowserContext, url: string): Promise<{ page: Page; strays: string[] }> {
  const strays: string[] = []
  context.on('request', (request) => {
    const { protocol, pathname } = new URL(request.url())
    if (protocol === 'http:' && !pathname.startsWith(`${PREFIX}/`))
      strays.push(`${request.method()} ${pathname}`)
  })
  const page = await newTab(context)
  await page.goto(url)
  await page.getByLabel('User name').fill('johndoe')
  await page.getByLabel('Password', { exact: true }).fill('secret')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(url)
  await page.locator('.opblock-summary').first().waitFor()
  return { page, strays }
}

async function tryItems(page: Page): Promise<{ status: string; body: string; curl: string }> {
  const block = await tryOut(page, 'get_items')
  const [status, body] = await execute(block)
  return { status, body, curl: await block.locator('.curl-command').innerText() }
}

/** Fills in the dialog's form for a name and a password, and gives the URL that these are sent to. */
async function authorize(page: Page): Promise<string> {
  await page.locator('.auth-wrapper .authorize').first().click()
  const form = page.locator('.docs-gate-password')
  await form.locator('#oauth_username').fill('johndoe')
  await form.locator('#oauth_password').fill('secret')
  const [sent] = await Promise.all([
    page.waitForRequest((request) => request.method() === 'POST'),
    form.getByRole('button', { name: 'Authorize' }).click(),
  ])
  await form.getByRole('button', { name: 'Logout' }).waitFor()
  await page.locator('.btn-done').first().click()
  return sent.url()
}

const OPENAPI_3 = { openapi: { openapi: '3.0.3', info: INFO } }

const CASES: readonly (readonly [string, Partial<DocsGateOptions>, string])[] = [
  ['the app’s own document', { swagger: OPENAPI_3 }, '/docs'],
  ['OpenAPI 3.1, documents below their pages', { docs: [{ path: '/docs' }, { path: '/a/b' }] }, '/a/b'],
  ['a document elsewhere than its page', { docs: { path: '/docs', spec: '/x/y/openapi' } }, '/docs'],
  ['Swagger 2', { swagger: { swagger: { info: INFO } }, docs: [{ path: '/docs' }] }, '/docs'],
  [
    'a relative server of the host’s',
    { swagger: { openapi: { openapi: '3.0.3', info: INFO, servers: [{ url: './' }] } } },
    '/docs',
  ],
  [
    'an empty server of the host’s',
    { swagger: { openapi: { openapi: '3.0.3', info: INFO, servers: [{ url: '' }] } } },
    '/docs',
  ],
  [
    'the host’s own name for the token endpoint',
    {
      swagger: {
        openapi: {
          ...OPENAPI_3.openapi,
          components: {
            securitySchemes: {
              mine: {
                type: 'oauth2',
                flows: { password: { tokenUrl: '/auth/token', scopes: { admin: '' } } },
              },
            },
          },
        },
      },
    },
    '/docs',
  ],
]

root.test(
  'behind a proxy that takes a prefix off the path',
  { skip: withoutChromium || withoutNginx() },
  async (t) => {
    for (const [what, gate, path] of CASES) {
      await t.test(`${what}: requests, their samples and passwords stay below it`, VISIT, async (t) => {
        const base = await behindNginx(t, gate)
        const context = await newContext(t)
        const { page, strays } = await signInAt(context, base + path)
        const { status, body, curl } = await tryItems(page)
        t.equal(status, '200')
        t.same(JSON.parse(body), { url: '/items' })
        t.match(curl, `'${base}/items'`)
        t.equal(await authorize(page), `${base}/auth/token`)
        await page.getByRole('button', { name: 'Log out' }).click()
        await page.waitForURL(`${base}/auth/logged-out`)
        t.same(strays, [], 'nothing is sent to the other application')
      })
    }

    await t.test(
      'a server that the host names has the requests, the gate has the passwords',
      VISIT,
      async (t) => {
        const servers = [{ url: 'https://api.example.test/v1' }]
        const base = await behindNginx(t, { swagger: { openapi: { ...OPENAPI_3.openapi, servers } } })
        const context = await newContext(t)
        const { page, strays } = await signInAt(context, `${base}/docs`)
        t.equal(await authorize(page), `${base}/auth/token`)
        t.same(strays, [])
      },
    )

    await t.test('with a publicUrl, the page calls what it says', VISIT, async (t) => {
      const app = await testApp(t, { gate: { publicUrl: 'http://localhost:1/internal/' }, after: itemRoutes })
      const origin = await originOf(t, app)
      const context = await newContext(t)
      await signIn(context, app, origin, 'johndoe')
      const page = await open(context, `${origin}/docs`)
      const block = await tryOut(page, 'get_items')
      // Nobody answers there.
      const [sent] = await Promise.all([
        page.waitForRequest('http://localhost:1/internal/items'),
        block.getByRole('button', { name: 'Execute' }).click(),
      ])
      t.equal((await sent.allHeaders())['cookie'], undefined, 'no cookie goes there')
    })
  },
)
