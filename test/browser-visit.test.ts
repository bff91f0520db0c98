import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startChromium, watch } from './chromium.ts'
import {
  execute,
  gone,
  notice,
  OPTIONS,
  open,
  operation,
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
  const browser = await startChromium(t)

  await t.test('by the keyboard alone, from the sign-in page to the log-out', VISIT, async (t) => {
    const { origin } = await service(t, browser, FORM_MODE)
    const context = await browser.newContext({ reducedMotion: 'reduce' })
    t.teardown(() => context.close())
    const page = await context.newPage()
    const { press, tabTo, focused, unseen } = keyboardOf(t, page)

    await page.goto(`${origin}/docs`)
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
    const { app, origin } = await service(t, browser, FORM_MODE)
    const context = await browser.newContext()
    t.teardown(() => context.close())
    const { violations, origins } = await watch(context)
    const page = await context.newPage()

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
      const { origin } = await service(t, browser, { login: { mode } })
      const httpCredentials = mode === 'basic' ? { username: 'johndoe', password: 'secret' } : undefined
      const context = await browser.newContext(httpCredentials && { httpCredentials })
      const page = await context.newPage()
      await page.goto(`${origin}/docs#/pets/teapot`)
      if (mode === 'form') await signIn(page, 'johndoe', 'secret')
      await operation(page, 'teapot').locator('.opblock-body').waitFor()
      t.equal(page.url(), `${origin}/docs#/pets/teapot`, mode)
      await context.close()
    }
  })

  await t.test(
    'paper is light, and shows the document alone, whichever theme is chosen',
    VISIT,
    async (t) => {
      const { origin, visit } = await service(t, browser)
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
    const { origin, visit } = await service(t, browser)
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
  const browser = await startChromium(t)
  const { app, origin } = await service(t, browser, FORM_MODE)

  async function newPage(
    options?: Parameters<typeof browser.newContext>[0],
  ): Promise<[Page, BrowserContext]> {
    const context = await browser.newContext(options)
    t.teardown(() => context.close())
    return [await context.newPage(), context]
  }

  await t.test('takes less than 15 KB in all', VISIT, async (t) => {
    const [page, context] = await newPage()
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
    const [page] = await newPage({ javaScriptEnabled: false })
    await page.route(/\.(css|js|svg)$/, (route) => route.abort())
    await page.goto(`${origin}/docs`)
    t.equal(await page.locator(':focus').getAttribute('id'), 'username')
    await signIn(page, 'johndoe', 'secret')
    await page.waitForURL(`${origin}/docs`)
    await shown(page.getByRole('heading', { name: 'Pets & <friends>' }))
  })

  await t.test('is one that password managers fill', VISIT, async (t) => {
    const [page] = await newPage()
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
    const [page] = await newPage()
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
