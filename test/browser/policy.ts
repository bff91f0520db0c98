import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import fastifyHelmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { testApp } from '../helper.ts'
import { newContext, watch } from './chromium.ts'
import {
  execute,
  gone,
  OPTIONS,
  open,
  operation,
  originOf,
  PETS,
  petRoutes,
  service,
  shown,
  signIn,
  tryOut,
  VISIT,
} from './docs-visit.ts'

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
  async function openDocs(t: Test, docs: Docs): Promise<Page> {
    const { origin, visit } = await service(t, { docs })
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

const CLIENT = 'the-docs'

/** An authorization server for public clients: code flow with PKCE. @see RFC 6749, section 4.1; RFC 7636 */
async function authorizationServer(t: Test): Promise<string> {
  const challenges = new Map<string, string>()

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const isGood = query.get('client_id') === CLIENT && query.get('code_challenge_method') === 'S256'
    if (!isGood) return void response.writeHead(400).end()
    const code = randomUUID()
    challenges.set(code, query.get('code_challenge') as string)
    const back = new URL(query.get('redirect_uri') as string)
    back.search = new URLSearchParams({ code, state: query.get('state') as string }).toString()
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<a href="${back.href.replaceAll('&', '&amp;')}">Allow</a>`)
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*')
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const form = new URLSearchParams(await text(request))
    const challenge = challenges.get(form.get('code') ?? '')
    const isGood =
      createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url') === challenge
    response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        isGood ? { access_token: randomUUID(), token_type: 'Bearer' } : { error: 'invalid_grant' },
      ),
    )
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://127.0.0.1')
    if (pathname === '/authorize') authorize(searchParams, response)
    else void token(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const documentOf = (issuer: string) => ({
  ...PETS,
  paths: {
    '/open': {
      post: {
        tags: ['pets'],
        operationId: 'asClient',
        security: [{ code: [] }],
        responses: { 200: { description: 'OK' } },
      },
    },
  },
  components: {
    securitySchemes: {
      code: {
        type: 'oauth2',
        flows: {
          authorizationCode: {
            authorizationUrl: `${issuer}/authorize`,
            tokenUrl: `${issuer}/token`,
            scopes: {},
          },
        },
      },
    },
  },
})

// Sent to the browser as source text.
const onComplete = `() => window.ui.initOAuth({ clientId: '${CLIENT}', usePkceWithAuthorizationCodeGrant: true })`

function calledAsClient(app: FastifyInstance): void {
  petRoutes(app)
  app.post('/open', { schema: { hide: true } }, async ({ headers }) => ({
    by: headers.authorization?.split(' ')[0] ?? 'nobody',
  }))
}

t.test('“Authorize” by an authorization server comes back', OPTIONS, async (t) => {
  const issuer = await authorizationServer(t)
  const withHelmet = (app: FastifyInstance) => app.register(fastifyHelmet)

  for (const [order, hooks] of [
    ['before the gate', { before: withHelmet, after: calledAsClient }],
    [
      'after it',
      {
        after: async (app: FastifyInstance) => {
          calledAsClient(app)
          await withHelmet(app)
        },
      },
    ],
  ] as const) {
    await t.test(`with helmet registered ${order}`, VISIT, async (t) => {
      const docs = {
        source: documentOf(issuer),
        uiConfig: { onComplete: new Function(`return ${onComplete}`)() },
      }
      const app = await testApp(t, { gate: { docs }, ...hooks })
      const origin = await originOf(t, app)
      const context = await newContext(t, { isOwn: true })
      const { violations } = await watch(context)
      await signIn(context, app, origin, 'johndoe')
      const page = await open(context, `${origin}/docs`)
      await page.locator('.scheme-container .authorize').click()
      const popup = context.waitForEvent('page')
      await page.getByRole('dialog').getByRole('button', { name: 'Authorize' }).click()
      const window = await popup
      const closed = window.waitForEvent('close')
      await window.getByRole('link', { name: 'Allow' }).click()
      await closed
      await page.getByRole('dialog').getByRole('button', { name: 'Logout' }).waitFor()
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
      t.match((await execute(await tryOut(page, 'asClient')))[1], 'Bearer')
      t.same(violations, [])
    })
  }
})
