import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { DocsGateOptions, Session, SessionStore } from '../../plugins/index.ts'
import { FORM, NAVIGATION, testApp } from '../helper.ts'
import { axeViolations } from './axe.ts'
import { type ContextOptions, newContext, newTab, withoutChromium } from './chromium.ts'
import { originOf } from './docs-visit.ts'

const FRAGMENT = '#/default/get_users_me'
const DOCS = [{ path: '/docs' }, { path: '/internal', scopes: ['internal', 'read'] }]

/** What code in the page sees; this project's types are those of Node. */
interface InPage {
  document: { documentElement: { scrollWidth: number; dataset: { theme?: string } } }
  innerWidth: number
}

interface Visit {
  readonly app: FastifyInstance
  readonly origin: string
  readonly page: Page
  /** What the page was forbidden, or failed at; and what it asked for. */
  readonly problems: readonly string[]
  readonly requests: readonly string[]
}

async function open(
  t: Test,
  app: FastifyInstance,
  origin: string,
  options: ContextOptions = {},
): Promise<Visit> {
  const context = await newContext(t, { reducedMotion: 'reduce', ...options })
  const page = await newTab(context)
  const problems: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to|Uncaught/.test(message.text())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => {
    requests.push(`${request.method()} ${new URL(request.url()).pathname}`)
    if (!request.url().startsWith(origin)) problems.push(`asked for ${request.url()}`)
  })
  return { app, origin, page, problems, requests }
}

/** A visit to an app in form mode. */
async function visit(t: Test, gate: Partial<DocsGateOptions> = {}, options?: ContextOptions): Promise<Visit> {
  const app = await testApp(t, { gate: { login: { mode: 'form' }, docs: DOCS, ...gate } })
  return open(t, app, await originOf(t, app), options)
}

const post = (app: FastifyInstance, username: string, password: string) =>
  app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { ...NAVIGATION, 'sec-fetch-site': 'same-origin', ...FORM },
    payload: new URLSearchParams({ username, password }).toString(),
  })

async function fill(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
}

const submit = (page: Page): Promise<void> => page.getByRole('button', { name: 'Sign in' }).click()

async function send(page: Page, username: string, password: string): Promise<void> {
  await fill(page, username, password)
  await submit(page)
}

const at = (path: string) => (url: URL) => url.pathname === path
const background = (page: Page, selector: string): Promise<unknown> =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`)
const focused = (page: Page): Promise<string | null> => page.locator(':focus').getAttribute('id')

async function spendBudget(app: FastifyInstance, username: string): Promise<void> {
  for (let i = 0; i < 5; i++) await post(app, username, 'wrong')
}

/** How to reach each page, by its name. In this order: each begins where the one before left the browser. */
const PAGES: Readonly<Record<string, (visit: Visit) => Promise<unknown>>> = {
  'sign-in': ({ page, origin }) => page.goto(`${origin}/docs`),
  'wrong password': async ({ page, origin }) => {
    await page.goto(`${origin}/docs`)
    await send(page, 'nobody', 'wrong')
    await page.getByRole('alert').waitFor()
  },
  throttled: async ({ app, page, origin }) => {
    await spendBudget(app, 'somebody')
    await page.goto(`${origin}/auth/login`)
    await send(page, 'somebody', 'wrong')
    await page.getByRole('timer').waitFor()
  },
  'log-out question': async ({ page, origin }) => {
    await page.setExtraHTTPHeaders({ 'sec-purpose': 'prefetch' })
    await page.goto(`${origin}/auth/logout`)
    await page.setExtraHTTPHeaders({})
  },
  'cookie problem': async ({ app, page, origin }) => {
    await page.goto(`${origin}/auth/login`)
    await fill(page, 'jane', 'secret2')
    // Last: two logins make a circle where they are within ten seconds.
    await post(app, 'jane', 'secret2')
    await submit(page)
    await page.getByRole('link', { name: 'Try to continue' }).waitFor()
  },
  'access denied': ({ page, origin }) => page.goto(`${origin}/internal`),
  'signed out': async ({ page }) => {
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await page.getByText('You were logged out.').waitFor()
  },
  'logged out': ({ page, origin }) => page.goto(`${origin}/auth/logged-out`),
}

async function checkLayout(t: Test, page: Page, name: string, width: number): Promise<void> {
  for (const extreme of [320, 2560, width]) {
    await page.setViewportSize({ width: extreme, height: 800 })
    const isWide = await page.evaluate(() => {
      const { document, innerWidth } = globalThis as unknown as InPage
      return document.documentElement.scrollWidth > innerWidth
    })
    t.equal(isWide, false, `${name} needs no scrolling sideways at ${extreme} px`)
  }
  for (const target of await page.locator('a, button:visible, input:visible').all()) {
    const { width = 0, height = 0 } = (await target.boundingBox()) ?? {}
    t.ok(width >= 44 && height >= 44, `${name}: a finger hits ${width} × ${height}`)
  }
}

const skip = withoutChromium

t.test(
  'every page is accessible, fits and keeps its policy, in light and dark, on a phone and a screen',
  { skip },
  async (t) => {
    const app = await testApp(t, { gate: { login: { mode: 'form' }, docs: DOCS } })
    const origin = await originOf(t, app)
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1440]) {
        const label = `${colorScheme}, ${width} px`
        await t.test(label, async (t) => {
          const shown = await open(t, app, origin, { colorScheme, viewport: { width, height: 800 } })
          for (const [name, come] of Object.entries(PAGES)) {
            await come(shown)
            t.strictSame(await axeViolations(shown.page), [], `${name}, ${label}`)
            // Colours move nothing.
            if (colorScheme === 'light') await checkLayout(t, shown.page, name, width)
          }
          t.strictSame(shown.problems, [], label)
        })
      }
    }
  },
)

t.test('a password can be looked at, by keyboard too, and is hidden when it is sent', { skip }, async (t) => {
  const { page, origin } = await visit(t)
  await page.goto(`${origin}/auth/login`)
  t.equal(await focused(page), 'username', 'one may type at once')
  await page.keyboard.type('johndoe')
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'password')
  await page.keyboard.type('wrong')
  const password = page.getByLabel('Password', { exact: true })
  const button = page.getByRole('button', { name: 'Show password' })
  t.equal(await password.getAttribute('type'), 'password')
  t.equal(await button.getAttribute('aria-pressed'), 'false')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  t.equal(await password.getAttribute('type'), 'text')
  t.equal(await button.getAttribute('aria-pressed'), 'true')
  await page.keyboard.press('Space')
  t.equal(await password.getAttribute('type'), 'password')
  await page.keyboard.press('Space')
  t.equal(await page.getByRole('button', { name: 'Sign in' }).isVisible(), true)

  // An answer that leaves the page as it is.
  await page.route('**/auth/login', (route) => route.fulfill({ status: 204 }))
  const answered = page.waitForResponse('**/auth/login')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await answered
  t.equal(await password.getAttribute('type'), 'password')
  t.equal(await button.getAttribute('aria-pressed'), 'false')
})

t.test('a wrong password is said in place, and read out with the field', { skip }, async (t) => {
  const { page, origin } = await visit(t)
  await page.goto(`${origin}/auth/login`)
  await send(page, 'johndoe', 'wrong')
  t.equal(await page.getByRole('alert').innerText(), 'The user name or the password is wrong.')
  t.equal(await focused(page), 'password')
  t.equal(await page.getByLabel('User name').inputValue(), 'johndoe')
  const field = page.getByRole('textbox', {
    name: 'Password',
    description: 'The user name or the password is wrong.',
  })
  t.equal(await field.getAttribute('aria-invalid'), 'true')
})

t.test('Caps Lock is pointed out while a password is typed', { skip }, async (t) => {
  const { page, origin, problems } = await visit(t)
  await page.goto(`${origin}/auth/login`)
  const password = page.getByLabel('Password', { exact: true })
  const hint = page.locator('#caps-lock')
  const press = (type: string, modifierCapsLock: boolean) =>
    password.dispatchEvent(type, { key: 'A', modifierCapsLock })
  t.equal(await hint.innerText(), '')
  t.equal(await hint.getAttribute('role'), 'status')
  await press('keydown', true)
  t.equal(await hint.innerText(), 'Caps Lock is on.')
  await press('keyup', false)
  t.equal(await hint.innerText(), '')
  await press('mousedown', true)
  t.equal(await hint.innerText(), 'Caps Lock is on.')
  await password.focus()
  await page.keyboard.press('Tab')
  t.equal(await hint.innerText(), '', 'nothing beside a field that is left')
  // What autofill sends.
  await password.evaluate((field) => field.dispatchEvent(new Event('keydown')))
  t.strictSame(problems, [])
})

t.test('the waiting time is counted down, quietly, and then one may try again', { skip }, async (t) => {
  const { app, page, origin } = await visit(t, {}, { isOwn: true })
  await spendBudget(app, 'johndoe')
  await page.clock.install()
  await page.goto(`${origin}/auth/login`)
  await send(page, 'johndoe', 'wrong')
  const timer = page.getByRole('timer')
  await timer.waitFor()
  // In the page's future, however long it takes to say so.
  await page.clock.pauseAt(Date.now() + 30_000)
  const button = page.getByRole('button', { name: 'Sign in' })
  const secondsLeft = async () => {
    const text = await timer.innerText()
    t.match(text, /^\d minutes?( \d\d? seconds?)?$/)
    const [minutes = 0, seconds = 0] = (text.match(/\d+/g) ?? []).map(Number)
    return minutes * 60 + seconds
  }
  const first = await secondsLeft()
  t.ok(first > 120 && first <= 300, `of five minutes ${first} seconds are left`)
  t.equal(await button.isDisabled(), true)
  t.equal(await timer.getAttribute('aria-live'), 'off')
  // Whatever changes outside of the timer would be read out.
  await page.evaluate(`window.loud = 0; new MutationObserver((changes) => {
    loud += changes.filter(({ target }) => !target.parentElement.closest('main [role=timer]') && !target.matches?.('[role=timer]')).length
  }).observe(document.querySelector('main'), { childList: true, characterData: true, subtree: true })`)
  await page.clock.runFor(30_000)
  const later = await secondsLeft()
  t.ok(Math.abs(first - 30 - later) <= 1, `half a minute later ${later}`)
  t.equal(await page.evaluate('loud'), 0, 'half a minute in silence')
  await page.clock.runFor((later - 30) * 1000)
  t.match(await timer.innerText(), /^\d\d? seconds?$/)
  await page.clock.runFor(60_000)
  t.equal(await button.isEnabled(), true)
  t.equal(await page.locator('#problem').isVisible(), false)
  t.equal(await page.locator('#wait-over').innerText(), 'You can try again now.')
  t.equal(await page.locator('#wait-over').getAttribute('role'), 'status', 'and this is read out')
  t.equal(await page.getByLabel('Password', { exact: true }).getAttribute('aria-describedby'), null)
})

t.test('a form is sent once, and may be sent again when no answer comes', { skip }, async (t) => {
  const { page, origin, requests } = await visit(t, {}, { isOwn: true })
  await page.clock.install()
  await page.goto(`${origin}/auth/login`)
  // An answer that leaves the page as it is.
  await page.route('**/auth/login', (route) => route.fulfill({ status: 204 }))
  const button = page.getByRole('button', { name: 'Sign in' })
  const sent = () => requests.filter((request) => request === 'POST /auth/login').length
  await send(page, 'johndoe', 'secret')
  await page.keyboard.press('Enter')
  await page.getByLabel('Password', { exact: true }).press('Enter')
  t.equal(await button.getAttribute('aria-disabled'), 'true')
  t.equal(sent(), 1)
  await page.clock.runFor(10_000)
  t.equal(await button.getAttribute('aria-disabled'), 'false')
  const again = page.waitForRequest('**/auth/login')
  await button.click()
  await again
  t.equal(sent(), 2)
})

t.test('a deep link survives the login, with a wrong password first', { skip }, async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const label = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`
    await t.test(label, async (t) => {
      const { page, origin, problems } = await visit(t, {}, { javaScriptEnabled })
      await page.goto(`${origin}/docs?x=1${FRAGMENT}`)
      t.equal(page.url(), `${origin}/auth/login?returnTo=%2Fdocs%3Fx%3D1${FRAGMENT}`, label)
      if (javaScriptEnabled)
        t.equal(await focused(page), 'username', 'the field has the focus although there is a fragment')
      t.equal(await page.getByText('You are going to /docs').isVisible(), true)
      t.equal(await page.getByRole('button', { name: 'Show password' }).isVisible(), javaScriptEnabled)
      await send(page, 'johndoe', 'wrong')
      await page.getByRole('alert').waitFor()
      await send(page, 'johndoe', 'secret')
      await page.waitForURL(at('/docs'))
      t.equal(page.url(), `${origin}/docs?x=1${FRAGMENT}`, label)
      t.strictSame(problems, [])
    })
  }
})

t.test('a deep link survives the login in basic mode', { skip }, async (t) => {
  const httpCredentials = { username: 'johndoe', password: 'secret' }
  const { page, origin } = await visit(t, { login: { mode: 'basic' } }, { httpCredentials })
  await page.goto(`${origin}/docs${FRAGMENT}`)
  t.equal(page.url(), `${origin}/docs${FRAGMENT}`)
})

t.test('without JavaScript everything works and is said', { skip }, async (t) => {
  const shown = await visit(t, {}, { javaScriptEnabled: false })
  const { app, page, origin } = shown
  await spendBudget(app, 'somebody')
  await page.goto(`${origin}/auth/login`)
  t.equal(await focused(page), 'username')
  await send(page, 'somebody', 'wrong')
  t.match(await page.getByRole('alert').innerText(), /^Too many failed attempts\. Try again in 5 minutes\.$/)
  t.equal(await page.getByRole('button', { name: 'Sign in' }).isEnabled(), true)
  await send(page, 'jane', 'secret2')
  await page.waitForURL(at('/docs'))
  await page.goto(`${origin}/internal`)
  t.equal(await page.getByText('You are signed in as jane').isVisible(), true)
  await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
  t.equal(await page.getByRole('status').first().innerText(), 'You were logged out.')
})

t.test('the page under a cancelled dialog says that the session ended, and logs in', { skip }, async (t) => {
  const { app, page, origin } = await visit(t, { login: { mode: 'basic' } }, { isOwn: true })
  const devtools = await page.context().newCDPSession(page)
  devtools.on('Fetch.requestPaused', ({ requestId }) => {
    devtools.send('Fetch.continueRequest', { requestId }).catch(() => {})
  })
  devtools.on('Fetch.authRequired', ({ requestId }) => {
    const authChallengeResponse = { response: 'CancelAuth' } as const
    devtools.send('Fetch.continueWithAuth', { requestId, authChallengeResponse }).catch(() => {})
  })
  await devtools.send('Fetch.enable', { handleAuthRequests: true })
  await page.goto(`${origin}/docs`)
  await send(page, 'johndoe', 'secret')
  await page.waitForURL(at('/docs'))
  await app.docsGate.endSessionsOf('johndoe')
  await page.goto('about:blank')
  await page.goto(`${origin}/docs${FRAGMENT}`)
  t.equal(await page.getByRole('status').first().innerText(), 'Your session ended. Sign in to go on.')
  await send(page, 'johndoe', 'secret')
  await page.waitForURL(at('/docs'))
  t.equal(page.url(), `${origin}/docs${FRAGMENT}`)
})

t.test('a chosen theme is there before the first paint, whatever the system says', { skip }, async (t) => {
  const { page, origin } = await visit(t)
  const reload = async (theme: string) => {
    await page.evaluate(`localStorage.setItem('docs-gate:theme', '${theme}')`)
    await page.reload()
    return page.locator('html').getAttribute('data-theme')
  }
  await page.goto(`${origin}/auth/logged-out`)
  const light = await background(page, 'body')
  t.equal(await reload('dark'), 'dark')
  const dark = await background(page, 'body')
  t.not(dark, light)
  await page.emulateMedia({ colorScheme: 'dark' })
  t.equal(await reload('light'), 'light')
  t.equal(await background(page, 'body'), light)
  t.equal(await reload('"><script>'), null, 'anything else is the system’s')
  t.equal(await background(page, 'body'), dark)
})

t.test('a brand is seen, and no script in it runs', { skip }, async (t) => {
  const folder = t.testdir({
    'brand.css':
      ':root { --gate-accent: #0a6b5d; } main { background-image: url("data:image/gif;base64,R0lGODlhAQABAAAAACw="); }',
    'logo.svg': `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10" onload="fetch('/pwned')">
      <style>rect { fill: green }</style><script>fetch('/pwned')</script><rect width="40" height="10"/></svg>`,
  })
  const pages = { title: 'Acme', logo: join(folder, 'logo.svg'), css: join(folder, 'brand.css') }
  const { page, origin, problems, requests } = await visit(t, { pages })
  await page.goto(`${origin}/auth/login`)
  const logo = page.locator('header img')
  t.ok(await page.evaluate("document.querySelector('header img').naturalWidth > 0"))
  const { width = 0, height = 0 } = (await logo.boundingBox()) ?? {}
  t.strictSame([width, height], [192, 48])
  t.equal(await background(page, '[type=submit]'), 'rgb(10, 107, 93)')
  t.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Sign in to Acme')
  t.strictSame(await axeViolations(page), [])
  t.strictSame(problems, [])
  await page.goto(`${origin}/auth/logo`)
  t.equal(await page.evaluate('document.documentElement.tagName'), 'svg')
  t.notOk(requests.some((request) => request.includes('pwned')))
})

/** A store of sessions that may be out of reach. */
function fragileStore() {
  const sessions = new Map<string, Session>()
  const line = { isDown: false }
  const orFail = <T>(value: () => T): T => {
    if (line.isDown) throw new Error('down')
    return value()
  }
  const store: SessionStore = {
    get: (id) => orFail(() => sessions.get(id)),
    set: (session) => orFail(() => sessions.set(session.id, session)),
    delete: (id) => orFail(() => sessions.delete(id)),
    list: () => orFail(() => [...sessions.values()]),
  }
  return { store, line }
}

t.test(
  'while nobody can be known a browser is told so on every way, and goes on after it',
  { skip },
  async (t) => {
    const { store, line } = fragileStore()
    for (const colorScheme of ['light', 'dark'] as const) {
      await t.test(colorScheme, async (t) => {
        const shown = await visit(t, { session: { store } }, { colorScheme })
        const { page, origin, problems } = shown
        const check = async (name: string) => {
          t.strictSame(await axeViolations(page), [], name)
          await checkLayout(t, page, name, 360)
        }
        const again = page.getByRole('link', { name: 'Try again' })
        await page.goto(`${origin}/docs${FRAGMENT}`)
        line.isDown = true
        await send(page, 'johndoe', 'secret')
        const alert = page.getByRole('alert')
        t.equal(await alert.innerText(), 'Signing in does not work right now. Try again in a moment.')
        t.equal(await page.getByLabel('User name').inputValue(), 'johndoe')
        await check('signing in')
        line.isDown = false
        await send(page, 'johndoe', 'secret')
        await page.waitForURL(at('/docs'))

        line.isDown = true
        await page.reload()
        await again.waitFor()
        await check('the documentation')
        line.isDown = false
        await again.click()
        await page.locator('.opblock-body').first().waitFor()
        t.equal(page.url(), `${origin}/docs${FRAGMENT}`)

        line.isDown = true
        await page.getByRole('button', { name: 'Log out' }).click()
        await page.getByText('You may still be signed in.').waitFor()
        await check('logging out')
        await again.click()
        await page.getByText('You may still be signed in.').waitFor()
        line.isDown = false
        await again.click()
        await page.waitForURL(at('/auth/logged-out'))
        t.strictSame(problems, [])
      })
    }
  },
)
