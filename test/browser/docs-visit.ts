import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { testApp } from '../helper.ts'
import { type ContextOptions, newContext, newTab, withoutChromium } from './chromium.ts'

export const OPTIONS = { skip: withoutChromium }
/** Of one visit; a test that consists of several has no time of its own. */
export const VISIT = { timeout: 300_000 }
const NAME = { type: 'object', properties: { name: { type: 'string', examples: ['Tom'] } } }
const FORMS = {
  'application/json': { schema: NAME },
  'application/x-www-form-urlencoded': { schema: NAME },
}
const QUERY = [
  { name: 'limit', in: 'query', schema: { type: 'integer', default: 10 } },
  { name: 'kind', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
]
const OK = { 200: { description: 'OK' } }
export const PETS = {
  openapi: '3.1.0',
  info: {
    title: 'Pets & <friends>',
    version: '1',
    description:
      'All **pets**: `a` [link](https://pets.example/).\n\n# More\n\n|a|\n|-|\n|b|\n\n```\ncode\n```',
  },
  servers: [{ url: '/' }, { url: 'https://pets.example/v1' }],
  tags: [{ name: 'pets', description: 'About pets' }],
  paths: {
    '/pets': {
      get: { tags: ['pets'], operationId: 'listPets', summary: 'List', parameters: QUERY, responses: OK },
      post: {
        tags: ['pets'],
        operationId: 'addPet',
        security: [{ bearer: [] }, { password: [] }],
        parameters: QUERY,
        requestBody: { required: true, content: FORMS },
        responses: { 201: { description: 'The pet', content: { 'application/json': { schema: NAME } } } },
      },
      delete: { tags: ['pets'], operationId: 'noPets', deprecated: true, responses: OK },
    },
    '/teapot': { get: { tags: ['pets'], operationId: 'teapot', responses: OK } },
  },
  components: {
    schemas: { Pet: NAME },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      password: {
        type: 'oauth2',
        flows: { password: { tokenUrl: '/auth/token', scopes: { read: 'Reads' } } },
      },
    },
  },
}
const ORDER = { type: 'object', properties: { note: { type: 'string' } } }
export const ORDERS = {
  swagger: '2.0',
  info: { title: 'Orders', version: '2' },
  paths: {
    '/pets': {
      post: {
        tags: ['orders'],
        operationId: 'addOrder',
        consumes: ['application/json'],
        parameters: [
          { in: 'body', name: 'order', required: true, schema: ORDER },
          { in: 'query', name: 'q', type: 'string' },
        ],
        responses: OK,
      },
    },
  },
}

/** What an operation of these documents was called with. */
function echo(request: FastifyRequest) {
  const { query, body, headers } = request
  return { query, body, by: headers.authorization?.split(' ')[0] ?? 'cookie' }
}

export function petRoutes(app: FastifyInstance): void {
  const hidden = { onRequest: app.authenticate, schema: { hide: true } }
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_: unknown, body: string) => body,
  )
  app.get('/pets', hidden, async (request) => echo(request))
  app.post('/pets', hidden, async (request) => echo(request))
  app.get('/teapot', { schema: { hide: true } }, async (_request, reply) =>
    reply.code(401).send({ teapot: true }),
  )
}

export interface Service {
  readonly app: FastifyInstance
  readonly origin: string
  /** A context that has seen nothing, signed in as this user. */
  visit(username?: string, options?: ContextOptions): Promise<BrowserContext>
}

export const DOCS = [
  { path: '/docs', source: PETS },
  { path: '/orders', source: ORDERS, scopes: ['admin'] },
  { path: '/own' },
]

let port = 0

/** Listens where the service before did, if that is free: what is kept for ever, the browser has loaded and compiled. */
export async function originOf(t: Test, app: FastifyInstance): Promise<string> {
  const host = '127.0.0.1'
  await app.listen({ host, port }).catch(() => app.listen({ host, port: 0 }))
  port = (app.server.address() as AddressInfo).port
  // A browser holds connections open that it has not used: the server would wait for them.
  t.teardown(() => app.server.closeAllConnections())
  return `http://${host}:${port}`
}

export async function service(t: Test, gate: Partial<DocsGateOptions> = {}): Promise<Service> {
  const app = await testApp(t, { gate: { docs: DOCS, ...gate }, after: petRoutes })
  const origin = await originOf(t, app)
  return {
    app,
    origin,
    async visit(username = 'johndoe', options) {
      const context = await newContext(t, options)
      await signIn(context, app, origin, username)
      return context
    },
  }
}

export async function signIn(
  context: BrowserContext,
  app: FastifyInstance,
  origin: string,
  username: string,
) {
  const { cookie } = await app.docsGate.signIn(username)
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
  await context.addCookies([{ name, value, url: origin }])
}

export async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await newTab(context)
  await page.goto(url)
  await page.locator('.opblock-summary').first().waitFor()
  return page
}

export const operation = (page: Page, id: string): Locator => page.locator(`[id$="-${id}"].opblock`)

export async function tryOut(page: Page, id: string): Promise<Locator> {
  const block = operation(page, id)
  await block.locator('.opblock-summary-control').click()
  await block.getByRole('button', { name: 'Try it out' }).click()
  return block
}

export async function execute(block: Locator): Promise<[string, string]> {
  // What was answered before is taken away first, so that it cannot be read again.
  const clear = block.getByRole('button', { name: 'Clear' })
  if (await clear.isVisible()) await clear.click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const answer = block.locator('.live-responses-table tbody')
  const status = await answer.locator('.response-col_status').first().innerText()
  return [status.trim().slice(0, 3), await answer.locator('.microlight').first().innerText()]
}

export const notice = (page: Page): Locator => page.getByRole('alert').getByText('Your session has ended')
export const shown = (locator: Locator) => locator.waitFor({ state: 'visible' })
export const gone = (locator: Locator) => locator.waitFor({ state: 'hidden' })

/**
 * Waits until an expression holds in a page. `page.waitForFunction` would do, did it not look a second
 * time by `eval`, which the page's policy forbids: it works where the first look is enough.
 */
export async function until(page: Page, expression: string): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!(await page.evaluate(expression))) {
    if (Date.now() > deadline) throw new Error(`still not so: ${expression}`)
    await sleep(20)
  }
}

export async function endSessions(app: FastifyInstance, username = 'johndoe'): Promise<void> {
  await app.docsGate.endSessionsOf(username)
}
