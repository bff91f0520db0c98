import type { FastifyInstance } from 'fastify'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { testApp } from '../helper.ts'
import { type ContextOptions, newContext, newTab, watch } from './chromium.ts'
import {
  execute,
  gone,
  notice,
  OPTIONS,
  open,
  operation,
  originOf,
  service,
  shown,
  tryOut,
  VISIT,
} from './docs-visit.ts'

const FORM_MODE = { login: { mode: 'form' } } as const
const BUDGET_BYTES = 15_000

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

interface Focused {
  readonly name: string
  readonly tag: string
  /** Whether it is on screen, nothing covers it, and something is drawn around it that is not there without the focus. */
  readonly isSeen: boolean
}

// The browser's own page comes between the last stop and the first: there nothing has the focus.
const FOCUSED = `(() => {
  const element = document.activeElement
  if (element === document.body || element === null) return null
  const { x, y, right, bottom } = element.getBoundingClientRect()
  const [left, top] = [Math.max(x, 0), Math.max(y, 0)]
  const at = document.elementFromPoint((left + Math.min(right, innerWidth)) / 2, (top + Math.min(bottom, innerHeight)) / 2)
  const drawn = ({ outlineStyle, outlineWidth, boxShadow }) =>
    [outlineStyle === 'none' ? '' : outlineStyle + outlineWidth, boxShadow].join()
  const withFocus = drawn(getComputedStyle(element))
  const twin = element.cloneNode()
  twin.removeAttribute('name')
  element.after(twin)
  const without = drawn(getComputedStyle(twin))
  twin.remove()
  return {
    name: (element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText).trim().replace(/\\u200b/g, ''),
    tag: element.localName,
    isSeen: withFocus !== without && at !== null && (element.contains(at) || at.contains(element)) && right - left >= 10 && bottom - top >= 10,
  }
})()`

/** A person with a keyboard and nothing else: every stop on the way has to be seen. */
function keyboardOf(t: Test, page: Page) {
  const unseen = new Set<string>()

  async function press(key: string): Promise<Focused | null> {
    await page.keyboard.press(key)
    const focused = await page.evaluate<Focused | null>(FOCUSED)
    if (focused?.isSeen === false) unseen.add(`${focused.tag} "${focused.name}"`)
    return focused
  }

  return {
    unseen,
    press,
    /** Goes on by Tab, round the page if need be; what comes first besides is the answer to whether one is trapped. */
    async tabTo(name: string | RegExp): Promise<void> {
      for (let i = 0; i < 80; i++) {
        const focused = await press('Tab')
        if (typeof name === 'string' ? focused?.name === name : name.test(focused?.name ?? '')) return
      }
      t.fail(`Tab never comes to ${name}`)
    },
    focused: async () => (await page.evaluate<Focused | null>(FOCUSED))?.name,
  }
}

t.test('a visit', OPTIONS, async (t) => {
  await t.test('by the keyboard alone, from the sign-in page to the log-out', VISIT, async (t) => {
    const { origin } = await service(t, FORM_MODE)
    const context = await newContext(t, { reducedMotion: 'reduce' })
    const page = await newTab(context)
    const { press, tabTo, focused, unseen } = keyboardOf(t, page)

    await page.goto(`${origin}/docs`)
    // `autofocus` takes effect when the page is painted, which may be after it has loaded.
    await page.locator(':focus').waitFor()
    t.equal(await focused(), 'User name')
    await page.keyboard.type('johndoe')
    await tabTo('Password')
    await page.keyboard.type('secret')
    await tabTo('Show password')
    await press('Space')
    t.equal(await page.locator('#password').getAttribute('type'), 'text')
    await tabTo('Sign in')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/docs`)
    await page.locator('.opblock-summary').first().waitFor()

    for (const [menu, first] of [
      ['Documents', 'Pets & <friends>'],
      ['Download', 'JSON'],
    ] as const) {
      await tabTo(menu)
      await press('Enter')
      t.equal((await press('Tab'))?.name, first)
      t.equal((await press('Escape'))?.name, menu, 'the focus is back at the menu')
      t.equal(await page.locator('details[open]').count(), 0)
    }
    await tabTo('Theme')
    await press('Space')
    t.equal((await press('Tab'))?.name, 'System')
    await press('ArrowDown')
    t.equal((await press('ArrowDown'))?.name, 'Dark')
    t.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    await press('ArrowUp')
    await press('Escape')
    await tabTo('Signed in as John Doe')
    await shown(page.getByRole('tooltip'))
    await press('Escape')
    await gone(page.getByRole('tooltip'))

    await tabTo('Authorize')
    await press('Enter')
    const dialog = page.getByRole('dialog')
    await shown(dialog)
    const visited = new Set<string>()
    for (let i = 0; i < 30; i++) visited.add((await press('Tab'))?.name ?? 'nothing')
    t.ok(visited.has('Close') && visited.has('Authorize'))
    t.notOk(visited.has('Log out') || visited.has('nothing'), 'the focus stays in the dialog')
    t.ok(
      [...visited].some((name) => name.includes('read')),
      'a scope can be chosen',
    )
    const chosen = dialog.getByRole('checkbox', { checked: true })
    t.equal(await chosen.count(), 0)
    await tabTo('select all')
    await press('Enter')
    t.equal(await chosen.count(), 1)
    await tabTo('select none')
    await press('Space')
    t.equal(await chosen.count(), 0)
    await press('Shift+Tab')
    await press('Escape')
    await gone(dialog)
    t.equal(await focused(), 'Authorize', 'and is back where it was')

    await tabTo(/^POST\s*\/pets/)
    await press('Enter')
    await operation(page, 'addPet').locator('.opblock-body').waitFor()
    await tabTo('Try it out')
    await press('Space')
    await tabTo('Request body')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('{ "name": "typed" }')
    await tabTo('Execute')
    await press('Enter')
    const answer = operation(page, 'addPet').locator('.live-responses-table tbody')
    t.match(await answer.locator('.response-col_status').first().innerText(), '200')
    t.match(await answer.locator('.microlight').first().innerText(), '"typed"')

    await tabTo('Log out')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/auth/logged-out`)
    await tabTo('Sign in again')
    await page.keyboard.press('Enter')
    await page.getByLabel('User name').waitFor()
    t.same([...unseen], [], 'what has the focus is always seen')
  })

  await t.test('keeps the policy on every page, and calls nobody else', VISIT, async (t) => {
    const { app, origin } = await service(t, FORM_MODE)
    const context = await newContext(t, { isOwn: true })
    const { violations, origins } = await watch(context)
    const page = await newTab(context)

    await page.goto(`${origin}/docs#/pets/addPet`)
    await signIn(page, 'johndoe', 'wrong')
    await shown(page.getByRole('alert'))
    await signIn(page, 'johndoe', 'secret')
    const block = operation(page, 'addPet')
    await block.getByRole('button', { name: 'Try it out' }).click()
    t.equal((await execute(block))[0], '200')

    const { access_token } = await app.docsGate.signIn('jane')
    await page.locator('.scheme-container .authorize').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('#auth-bearer-value').fill(access_token)
    await dialog.getByRole('button', { name: 'Authorize' }).first().click()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    t.match((await execute(block))[1], 'Bearer')

    await page.locator('summary', { hasText: 'Documents' }).click()
    await page.getByRole('link', { name: 'Orders' }).click()
    await page.waitForURL(`${origin}/orders`)
    await tryOut(page, 'addOrder')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL(`${origin}/auth/logged-out`)
    await page.goBack()
    await page.getByLabel('User name').waitFor()
    t.notMatch(await page.content(), /swagger|addOrder|John Doe/, 'nothing is left behind')

    t.same(violations, [])
    t.same([...origins], [origin])
  })

  await t.test('a deep link ends at its operation, in both modes', VISIT, async (t) => {
    for (const mode of ['form', 'basic'] as const) {
      const { origin } = await service(t, { login: { mode } })
      const httpCredentials = mode === 'basic' ? { username: 'johndoe', password: 'secret' } : undefined
      const context = await newContext(t, httpCredentials && { httpCredentials })
      const page = await newTab(context)
      await page.goto(`${origin}/docs#/pets/teapot`)
      if (mode === 'form') await signIn(page, 'johndoe', 'secret')
      await operation(page, 'teapot').locator('.opblock-body').waitFor()
      t.equal(page.url(), `${origin}/docs#/pets/teapot`, mode)
    }
  })

  await t.test(
    'paper is light, and shows the document alone, whichever theme is chosen',
    VISIT,
    async (t) => {
      const { origin, visit } = await service(t)
      const page = await open(await visit('johndoe', { colorScheme: 'dark' }), `${origin}/docs`)
      const block = await tryOut(page, 'addPet')
      const colorOf = (selector: string) =>
        page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).color`)
      const look = async () => ({
        title: await colorOf('.info .title'),
        path: await colorOf('.opblock-summary-path'),
        text: await colorOf('.renderedMarkdown p'),
      })
      const isDark = (color: string) => Math.max(...(color.match(/\d+/g) ?? []).slice(0, 3).map(Number)) < 100
      for (const color of Object.values(await look())) t.notOk(isDark(color), color)
      await page.emulateMedia({ media: 'print' })
      for (const color of Object.values(await look())) t.ok(isDark(color), color)
      for (const name of ['Log out', 'Execute', 'Authorize']) {
        t.equal(await page.getByRole('button', { name }).first().isVisible(), false, name)
      }
      t.equal(await block.locator('.opblock-summary-path').isVisible(), true)
      t.equal(await block.locator('textarea, .body-param__text').first().isVisible(), true)
    },
  )

  await t.test('nothing moves for those who asked for that', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(await visit(), `${origin}/docs`)
    const moving = () =>
      page.evaluate<number>(`[...document.querySelectorAll('body *')].filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element)
        return animationName !== 'none' || /[1-9]/.test(transitionDuration)
      }).length`)
    t.ok((await moving()) > 0)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    t.equal(await moving(), 0)
  })
})

t.test('the sign-in page', OPTIONS, async (t) => {
  const { app, origin } = await service(t, FORM_MODE)

  async function newPage(t: Test, options?: ContextOptions): Promise<[Page, BrowserContext]> {
    const context = await newContext(t, options)
    return [await newTab(context), context]
  }

  await t.test('takes less than 15 KB in all', VISIT, async (t) => {
    const [page, context] = await newPage(t, { isOwn: true })
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    const paths = new Set<string>()
    let bytes = 0
    devtools.on('Network.responseReceived', ({ response }) => paths.add(new URL(response.url).pathname))
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await page.goto(`${origin}/auth/login?returnTo=%2Fdocs`)
    t.same([...paths].sort(), ['/auth/icon.svg', '/auth/login', '/auth/page.js', '/auth/style.css'])
    t.ok(bytes > 1_000 && bytes < BUDGET_BYTES, `${bytes} bytes`)
  })

  await t.test('can be used after one round trip: its HTML is enough', VISIT, async (t) => {
    const [page] = await newPage(t, { javaScriptEnabled: false })
    await page.route(/\.(css|js|svg)$/, (route) => route.abort())
    await page.goto(`${origin}/docs`)
    t.equal(await page.locator(':focus').getAttribute('id'), 'username')
    await signIn(page, 'johndoe', 'secret')
    await page.waitForURL(`${origin}/docs`)
    await shown(page.getByRole('heading', { name: 'Pets & <friends>' }))
  })

  await t.test('is one that password managers fill', VISIT, async (t) => {
    const [page] = await newPage(t)
    const fields = () =>
      page.evaluate(`[...document.forms].map((form) => [form.method, ...[...form.elements]
        .filter(({ localName, type }) => localName === 'input' && type !== 'hidden')
        .map(({ id, name, type, autocomplete, required, labels }) => [id, name, type, autocomplete, required, labels.length])])`)
    const expected = [
      [
        'post',
        ['username', 'username', 'text', 'username', true, 1],
        ['password', 'password', 'password', 'current-password', true, 1],
      ],
    ]
    await page.goto(`${origin}/docs`)
    t.same(await fields(), expected)
    await signIn(page, 'johndoe', 'wrong')
    await shown(page.getByRole('alert'))
    t.same(await fields(), expected, 'after a failure too')
  })

  await t.test('says why one is back, and ends where one was', VISIT, async (t) => {
    const [page] = await newPage(t)
    await page.goto(`${origin}/docs`)
    await signIn(page, 'johndoe', 'secret')
    const block = await tryOut(page, 'addPet')
    await app.docsGate.endSessionsOf('johndoe')
    await execute(block)
    await shown(notice(page))
    await page.getByRole('link', { name: 'Sign in again' }).click()
    t.equal(await page.getByRole('status').first().innerText(), 'Your session ended. Sign in to go on.')
    await signIn(page, 'johndoe', 'secret')
    await operation(page, 'addPet').getByRole('button', { name: 'Execute' }).waitFor()
    t.equal(page.url(), `${origin}/docs#/pets/addPet`)
  })
})

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
  OPTIONS,
  async (t) => {
    const seen: Seen[] = []
    const app = await testApp(t, { before: recorder(seen) })
    const origin = await originOf(t, app)
    const context = await newContext(t, { isOwn: true })
    const page = await newTab(context)
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

t.test('two users see their own operations in the UI', OPTIONS, async (t) => {
  const app = await testApp(t)
  const origin = await originOf(t, app)
  for (const [httpCredentials, expected] of [
    [{ username: 'johndoe', password: 'secret' }, ['/open', '/users/me', '/users/me', '/admin']],
    [{ username: 'jane', password: 'secret2' }, ['/open', '/users/me', '/users/me']],
  ] as const) {
    const page = await newTab(await newContext(t, { httpCredentials }))
    await page.goto(`${origin}/docs`)
    await page.locator('.opblock-summary-path').first().waitFor()
    const paths = await page.locator('.opblock-summary-path').allTextContents()
    // Swagger UI breaks long paths with invisible spaces.
    t.strictSame(
      paths.map((path) => path.replace(/\u200b/g, '')),
      expected,
      httpCredentials.username,
    )
  }
})
