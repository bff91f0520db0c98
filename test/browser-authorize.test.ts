import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import fastifyHelmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { startChromium, watch } from './chromium.ts'
import { execute, OPTIONS, open, PETS, petRoutes, signIn, tryOut, VISIT } from './docs-visit.ts'
import { listen, testApp } from './helper.ts'

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
  const [browser, issuer] = await Promise.all([startChromium(t), authorizationServer(t)])
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
      const origin = `http://127.0.0.1:${await listen(app)}`
      const context = await browser.newContext()
      t.teardown(() => context.close())
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
