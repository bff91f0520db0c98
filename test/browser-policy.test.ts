import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { DocsGateOptions } from '../plugins/index.ts'
import { startChromium } from './chromium.ts'
import { gone, OPTIONS, open, operation, service, shown, tryOut, VISIT } from './docs-visit.ts'

type Docs = Exclude<DocsGateOptions['docs'], false | undefined>

const GET = { get: { responses: { 200: { description: 'OK' } } } }

/** Another host: another name of this machine, which a policy tells from the page's. */
async function elsewhere(t: Test, answer: RequestListener): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('access-control-allow-origin', '*')
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  return { host: `localhost:${(server.address() as AddressInfo).port}`, asked }
}

const blocked = (page: Page): Locator => page.getByRole('status').locator('[data-directive]:visible')

t.test('what the policy of the docs page blocks is said in it', OPTIONS, async (t) => {
  const browser = await startChromium(t)

  async function openDocs(t: Test, docs: Docs): Promise<Page> {
    const { origin, visit } = await service(t, browser, { docs })
    return open(await visit(), `${origin}/docs`)
  }

  await t.test('a server with a free variable, and the option that allows it', VISIT, async (t) => {
    const { host, asked } = await elsewhere(t, (_request, response) => response.end('{}'))
    const port = host.split(':')[1]
    const source = {
      openapi: '3.0.3',
      info: { title: 'Tenant', version: '1' },
      servers: [{ url: `http://{tenant}:${port}/v1`, variables: { tenant: { default: 'demo.invalid' } } }],
      paths: { '/x': GET },
    }
    async function call(docs: Docs): Promise<Page> {
      const page = await openDocs(t, docs)
      await page.locator('.servers input').fill('localhost')
      const block = await tryOut(page, 'get_x')
      await block.getByRole('button', { name: 'Execute' }).click()
      await block.locator('.live-responses-table').waitFor()
      return page
    }
    const page = await call({ source })
    await shown(blocked(page))
    t.match(await blocked(page).innerText(), `blocked requests to http://localhost:${port}. `)
    t.match(await blocked(page).innerText(), 'docs.connectSources')
    t.same(asked, [])
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await gone(blocked(page))
    await operation(page, 'get_x').getByRole('button', { name: 'Execute' }).click()
    await shown(blocked(page))

    const allowed = await call({ source, connectSources: [`http://localhost:${port}`] })
    await allowed.locator('.response-col_status', { hasText: '200' }).first().waitFor()
    t.same(asked, ['GET /v1/x'])
    t.equal(await blocked(allowed).count(), 0)
  })

  await t.test('an OpenID provider is asked what it has, and its other hosts are named', VISIT, async (t) => {
    const answers: (() => void)[] = []
    const { host, asked } = await elsewhere(t, (_request, response) => {
      const endpoints = { authorization_endpoint: 'http://a.invalid/a', token_endpoint: 'http://t.invalid/t' }
      const found = { ...endpoints, grant_types_supported: ['authorization_code', 'password'] }
      response.setHeader('content-type', 'application/json')
      answers.push(() => response.end(JSON.stringify(found)))
    })
    const security = (openIdConnectUrl: string) => ({
      openapi: '3.0.3',
      info: { title: 'OIDC', version: '1' },
      servers: [{ url: '/' }],
      paths: { '/x': { get: { ...GET.get, security: [{ o: [] }] } } },
      components: { securitySchemes: { bad: null, o: { type: 'openIdConnect', openIdConnectUrl } } },
    })
    const page = await openDocs(t, { source: security(`http://${host}/.well-known/openid-configuration`) })
    await page.locator('.auth-wrapper .authorize').click()
    await shown(page.getByRole('dialog').getByText('could not be read'))
    for (const answer of answers) answer()
    await page.locator('.auth-container', { hasText: 'http://a.invalid/a' }).first().waitFor()
    t.same(asked, ['GET /.well-known/openid-configuration'])
    const form = page.locator('.auth-container', { has: page.locator('#oauth_username') })
    await form.locator('#oauth_username').fill('jane')
    await form.locator('#oauth_password').fill('x')
    await form.getByRole('button', { name: 'Authorize' }).click()
    await shown(blocked(page))
    t.match(await blocked(page).innerText(), 'http://t.invalid')

    // Closed, the dialog is in nobody's way.
    const faults: string[] = []
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
    await tryOut(page, 'get_x')
    t.same(faults, [])

    const silent = await openDocs(t, { source: security('http://localhost:1/nobody') })
    await silent.locator('.auth-wrapper .authorize').click()
    const said = silent.getByRole('dialog').getByText('http://localhost:1/nobody')
    await shown(said)
    t.match(await said.innerText(), /could not be read/)
  })

  await t.test('pictures in a description, by host or all of https, and no others', VISIT, async (t) => {
    const { host, asked } = await elsewhere(t, (_request, response) => {
      response.setHeader('content-type', 'image/svg+xml')
      response.end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    })
    const source = {
      openapi: '3.0.3',
      info: {
        title: 'Pictures',
        version: '1',
        description: `![a](http://${host}/a.svg) ![b](http://pictures.invalid/<b>.png) ![c](data:image/png;base64,x)`,
      },
      paths: { '/x': GET },
    }
    const page = await openDocs(t, [{ path: '/docs', source }])
    await shown(blocked(page))
    const text = await blocked(page).innerText()
    t.match(text, `blocked images from http://${host}, http://pictures.invalid. `)
    t.match(text, 'docs[0].imageSources')
    t.same(asked, [])
    // Not the document's: nothing is said of it.
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.evaluate(`new Image().src = 'http://other.invalid/x.png'`)
    await operation(page, 'get_x').locator('.opblock-summary-control').click()
    await operation(page, 'get_x').locator('.opblock-body').waitFor()
    t.equal(await blocked(page).count(), 0)

    const allowed = await openDocs(t, { source, imageSources: [`http://${host}`] })
    await allowed.locator('img[src$="/a.svg"]').waitFor()
    await shown(blocked(allowed))
    t.match(await blocked(allowed).innerText(), 'blocked images from http://pictures.invalid. ')
    t.same(asked, ['GET /a.svg'])
  })
})
