import type { FastifyInstance } from 'fastify'
import type { CDPSession, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startChromium, watch, withoutChromium } from './chromium.ts'
import { listen, testApp } from './helper.ts'

const MARKER = 'OPEN-OPERATION'

interface Credentials {
  readonly username: string
  readonly password: string
}

/** Answers the browser's password dialog with what is in `answer`, or cancels it; counts how often it opened. */
class Dialog {
  answer: Credentials | undefined
  readonly realms: (string | undefined)[] = []

  async attach(devtools: CDPSession): Promise<void> {
    devtools.on('Fetch.requestPaused', ({ requestId }) => {
      // A request that a navigation has overtaken is gone by now.
      devtools.send('Fetch.continueRequest', { requestId }).catch(() => {})
    })
    devtools.on('Fetch.authRequired', ({ requestId, authChallenge }) => {
      this.realms.push(authChallenge.realm)
      const response = this.answer ? 'ProvideCredentials' : 'CancelAuth'
      const authChallengeResponse = { response, ...this.answer } as const
      devtools.send('Fetch.continueWithAuth', { requestId, authChallengeResponse }).catch(() => {})
    })
    await devtools.send('Fetch.enable', { handleAuthRequests: true })
  }
}

interface Seen {
  readonly path: string
  readonly user: string | undefined
  readonly status: number
}

/** What the server was asked, and by which Basic credentials. */
function recorder(seen: Seen[]) {
  return (app: FastifyInstance) => {
    app.addHook('onResponse', async ({ url, headers }, { statusCode }) => {
      const [, encoded] = headers.authorization?.split(' ') ?? []
      const user = encoded && Buffer.from(encoded, 'base64').toString().split(':')[0]
      seen.push({ path: url.split('?', 1)[0] as string, user, status: statusCode })
    })
  }
}

async function visible(t: Test, page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor({ state: 'visible' })
  t.pass(`on screen: ${text}`)
}

/** Presses "Try it out" and "Execute" of an operation; resolves to the status and the body on screen. */
async function tryItOut(page: Page, operation: string): Promise<[string, string]> {
  const block = page.locator(`#operations-default-${operation}`)
  await block.locator('.opblock-summary-control').click()
  await block.getByRole('button', { name: 'Try it out' }).click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const answer = block.locator('.live-responses-table')
  const status = await answer.locator('tbody .response-col_status').first().innerText()
  return [status.trim(), await answer.locator('tbody .response-col_description').first().innerText()]
}

t.test(
  'a person reads the docs, leaves, finds nothing left behind, and another one comes in',
  { skip: withoutChromium },
  async (t) => {
    const seen: Seen[] = []
    const app = await testApp(t, { before: recorder(seen) })
    const origin = `http://127.0.0.1:${await listen(app)}`
    const browser = await startChromium(t)
    const context = await browser.newContext()
    const page = await context.newPage()
    const { violations, origins } = await watch(context)
    const dialog = new Dialog()
    await dialog.attach(await context.newCDPSession(page))

    await t.test('anonymous to /docs: the dialog, and after it the page that was asked for', async (t) => {
      dialog.answer = { username: 'johndoe', password: 'secret' }
      const response = await page.goto(`${origin}/docs?from=bookmark`)
      t.equal(response?.status(), 200)
      t.equal(page.url(), `${origin}/docs?from=bookmark`)
      t.same(dialog.realms, ['API documentation'], 'one dialog')
      await visible(t, page, 'Signed in as John Doe')
      await visible(t, page, MARKER)
      t.equal(await page.locator('.opblock').count(), 4, 'all operations')
    })

    await t.test('"Try it out" calls the service as the user', async (t) => {
      const [status, body] = await tryItOut(page, 'get_users_me')
      t.equal(status, '200')
      t.match(body, '"username": "johndoe"')
      t.match(body, '"authenticatedBy": "cookie"')
      const [posted] = await tryItOut(page, 'post_users_me')
      t.equal(posted, '200', 'an unsafe method of the same origin too')
      t.equal(dialog.realms.length, 1, 'no dialog for it')
    })

    await t.test('after logging out the back button shows nothing, and the browser asks again', async (t) => {
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.waitForURL(`${origin}/auth/logged-out`)
      await visible(t, page, 'You are logged out')

      dialog.answer = undefined
      const before = seen.length
      await page.goBack()
      await visible(t, page, 'Sign in to')
      t.notMatch(await page.content(), MARKER)
      t.notMatch(await page.content(), /swagger|johndoe|John Doe/)
      t.equal(dialog.realms.length, 2, 'the dialog opened again')
      t.equal(dialog.realms[1], dialog.realms[0])
      const logins = seen.slice(before).filter(({ path }) => path === '/auth/login')
      t.same(
        logins,
        [{ path: '/auth/login', user: 'johndoe', status: 401 }],
        'cached credentials were sent, and refused',
      )
      t.notOk(seen.slice(before).some(({ path, status }) => path === '/openapi.json' && status < 400))

      await page.goBack()
      t.notMatch(await page.content(), MARKER, 'and nothing further back')
    })

    await t.test('another user logs in', async (t) => {
      dialog.answer = { username: 'jane', password: 'secret2' }
      const before = seen.length
      const response = await page.goto(`${origin}/docs`)
      t.equal(response?.status(), 200)
      t.notOk(
        seen.slice(before).some(({ user }) => user === 'johndoe'),
        'the first user’s are forgotten',
      )
      await visible(t, page, 'Signed in as jane')
      await visible(t, page, MARKER)
      const [status, body] = await tryItOut(page, 'get_users_me')
      t.equal(status, '200')
      t.match(body, '"username": "jane"')
    })

    t.same(violations, [], 'the policy is kept')
    t.same([...origins], [origin], 'nobody else is called')
  },
)

t.test('two users see their own operations in the UI', { skip: withoutChromium }, async (t) => {
  const app = await testApp(t)
  const origin = `http://127.0.0.1:${await listen(app)}`
  const browser = await startChromium(t)
  for (const [httpCredentials, expected] of [
    [{ username: 'johndoe', password: 'secret' }, ['/open', '/users/me', '/users/me', '/admin']],
    [{ username: 'jane', password: 'secret2' }, ['/open', '/users/me', '/users/me']],
  ] as const) {
    const context = await browser.newContext({ httpCredentials })
    const page = await context.newPage()
    await page.goto(`${origin}/docs`)
    await page.locator('.opblock-summary-path').first().waitFor()
    const paths = await page.locator('.opblock-summary-path').allTextContents()
    // Swagger UI breaks long paths with invisible spaces.
    t.strictSame(
      paths.map((path) => path.replace(/\u200b/g, '')),
      expected,
      httpCredentials.username,
    )
    await context.close()
  }
})
