import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { type ContextOptions, newTab } from './chromium.ts'
import {
  endSessions,
  execute,
  gone,
  notice,
  OPTIONS,
  open,
  operation,
  PETS,
  type Service,
  service,
  shown,
  signIn,
  tryOut,
  until,
  VISIT,
} from './docs-visit.ts'

/** Types a body and parameters under "Try it out" of an operation. */
async function type(page: Page): Promise<Locator> {
  const block = await tryOut(page, 'addPet')
  await block.locator('select.content-type').first().selectOption('application/x-www-form-urlencoded')
  await block.locator('[data-property-name="name"] input').first().fill('Felix')
  await block.locator('[data-param-name="limit"] input').fill('7')
  await block.getByRole('button', { name: 'Add string item' }).click()
  await block.locator('[data-param-name="kind"] input').last().fill('cat')
  return block
}

t.test('a session that ends while the docs are open', OPTIONS, async (t) => {
  const formMode = { login: { mode: 'form' } } as const

  async function typed(page: Page): Promise<unknown[]> {
    const block = operation(page, 'addPet')
    await block.getByRole('button', { name: 'Execute' }).waitFor()
    return [
      await block.locator('select.content-type').first().inputValue(),
      await block.locator('[data-property-name="name"] input').first().inputValue(),
      await block.locator('[data-param-name="limit"] input').inputValue(),
      await block.locator('[data-param-name="kind"] input').last().inputValue(),
    ]
  }
  /** How many seconds the docs take to come. */
  async function secondsToOpen(t: Test, options: ContextOptions = {}): Promise<number> {
    let seconds = 0
    await t.test('how long the docs take to come', VISIT, async (t) => {
      const { origin, visit } = await service(t, formMode)
      const context = await visit('johndoe', options)
      const since = performance.now()
      await open(context, `${origin}/docs`)
      seconds = (performance.now() - since) / 1000
    })
    return seconds
  }

  const TYPED = ['application/x-www-form-urlencoded', 'Felix', '7', 'cat']

  async function signInHere(page: Page, username = 'johndoe', password = 'secret'): Promise<void> {
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('.opblock-summary').first().waitFor()
  }

  async function signInAgain(page: Page, username?: string, password?: string): Promise<void> {
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await signInHere(page, username, password)
  }

  await t.test(
    'a 401 announces it; after signing in one is back, and what was typed is there',
    VISIT,
    async (t) => {
      const { app, origin, visit } = await service(t, formMode)
      const page = await open(await visit(), `${origin}/docs?from=here`)
      const block = await type(page)
      t.equal(await notice(page).isVisible(), false)
      await endSessions(app)
      const [status] = await execute(block)
      t.equal(status, '401')
      await shown(notice(page))
      t.same(await typed(page), TYPED, 'nothing typed is lost')

      await signInAgain(page)
      t.equal(page.url(), `${origin}/docs?from=here#/pets/addPet`)
      t.same(await typed(page), TYPED)
      t.equal(await notice(page).isVisible(), false)
      const [again, body] = await execute(operation(page, 'addPet'))
      t.equal(again, '200')
      t.match(JSON.parse(body), { query: { limit: '7', kind: 'cat' }, body: 'name=Felix' })
      t.equal(await page.evaluate('sessionStorage.length'), 0, 'it was handed out once')
      await page.reload()
      await operation(page, 'addPet').getByRole('button', { name: 'Try it out' }).waitFor()
    },
  )

  await t.test('that something is kept is said where something was typed', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, formMode)
    const page = await open(await visit(), `${origin}/docs`)
    const kept = page.getByRole('alert').getByText('What you have typed is kept')
    const end = async () => {
      await endSessions(app)
      await execute(operation(page, 'addPet'))
      await shown(notice(page))
    }
    await tryOut(page, 'addPet')
    await end()
    t.equal(await kept.isVisible(), false, 'nothing was')
    await signInAgain(page)
    await operation(page, 'addPet').getByRole('button', { name: 'Execute' }).waitFor()
    await end()
    t.equal(await kept.isVisible(), false, 'nothing was, and that is kept too')
    await operation(page, 'addPet').locator('textarea').fill('{ "name": "typed" }')
    await shown(kept)
    await signInAgain(page)
    await operation(page, 'addPet').getByRole('button', { name: 'Execute' }).waitFor()
    await end()
    await shown(kept)
  })

  await t.test('in basic mode too, with a JSON body, and with Swagger 2', VISIT, async (t) => {
    const { app, origin, visit } = await service(t)
    const httpCredentials = { username: 'johndoe', password: 'secret' }
    const context = await visit('johndoe', { httpCredentials })
    const page = await open(context, `${origin}/docs`)
    await (await tryOut(page, 'addPet')).locator('textarea').fill('{ "name": "typed" }')
    const orders = await open(context, `${origin}/orders`)
    const order = await tryOut(orders, 'addOrder')
    await order.locator('textarea').fill('{ "note": "typed" }')
    await order.locator('[data-param-name="q"] input').fill('why')
    await endSessions(app)
    await execute(order)
    await shown(notice(orders))
    await orders.getByRole('link', { name: 'Sign in again' }).click()
    await orders.getByRole('button', { name: 'Execute' }).waitFor()
    t.equal(orders.url(), `${origin}/orders#/orders/addOrder`)
    t.equal(await operation(orders, 'addOrder').locator('textarea').inputValue(), '{ "note": "typed" }')
    t.equal(await operation(orders, 'addOrder').locator('[data-param-name="q"] input').inputValue(), 'why')

    await page.bringToFront()
    await endSessions(app)
    await execute(operation(page, 'addPet'))
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.getByRole('button', { name: 'Execute' }).waitFor()
    t.equal(await operation(page, 'addPet').locator('textarea').inputValue(), '{ "name": "typed" }')
  })

  await t.test(
    'another user finds nothing of it, nor does the same one later or elsewhere',
    VISIT,
    async (t) => {
      const leave = async ({ app, origin }: Service, context: BrowserContext) => {
        const page = await open(context, `${origin}/docs`)
        await type(page)
        await endSessions(app)
        await execute(operation(page, 'addPet'))
        await shown(notice(page))
        return page
      }
      const nothing = async (t: Test, page: Page, why: string) => {
        await page.locator('.opblock-summary').first().waitFor()
        t.equal(await page.locator('.btn.execute').count(), 0, why)
        t.equal(await page.evaluate('sessionStorage.length'), 0, why)
      }
      await t.test('another user', async (t) => {
        const left = await service(t, formMode)
        const page = await leave(left, await left.visit())
        await signInAgain(page, 'jane', 'secret2')
        await nothing(t, page, 'another user')
      })
      await t.test('later', async (t) => {
        const left = await service(t, formMode)
        const page = await leave(left, await left.visit('johndoe', { isOwn: true }))
        await page.getByRole('link', { name: 'Sign in again' }).click()
        await page.getByLabel('User name').waitFor()
        await page.clock.setFixedTime(Date.now() + 16 * 60_000)
        await signInHere(page)
        await nothing(t, page, 'later')
      })
      await t.test('elsewhere', async (t) => {
        const left = await service(t, formMode)
        const context = await left.visit()
        const page = await leave(left, context)
        await signIn(context, left.app, left.origin, 'johndoe')
        await page.goto(`${left.origin}/own`)
        await nothing(t, page, 'another document')
      })
    },
  )

  await t.test(
    'what “Authorize” was told for one document is not told to the servers of another',
    VISIT,
    async (t) => {
      const uiConfig = { persistAuthorization: true }
      const docs = ['/docs', '/other'].map((path) => ({ path, source: PETS, uiConfig }))
      const { origin, visit } = await service(t, { ...formMode, docs })
      const context = await visit()
      const page = await open(context, `${origin}/docs`)
      const kept = () => page.evaluate("localStorage.getItem('authorized')")
      async function authorize(): Promise<void> {
        const dialog = page.getByRole('dialog')
        await page.locator('.scheme-container .authorize').click()
        await dialog.locator('.auth-container').first().waitFor()
        const logout = dialog.getByRole('button', { name: 'Logout' })
        if (await logout.isVisible()) await logout.click()
        await dialog.locator('#auth-bearer-value').fill('a-token')
        await dialog.locator('.auth-container').first().getByRole('button', { name: 'Authorize' }).click()
        await dialog.getByRole('button', { name: 'Logout' }).waitFor()
        await dialog.getByRole('button', { name: 'Close' }).first().click()
      }
      await authorize()
      await page.reload()
      t.match(String(await kept()), 'a-token')
      const other = await open(context, `${origin}/other`)
      t.equal(await kept(), null)
      await authorize()
      await other.reload()
      await other.locator('.opblock-summary').first().waitFor()
      t.equal(await kept(), null, 'nor by a tab that is open already')
    },
  )

  await t.test(
    'what “Authorize” was told is not the next user’s, and a logout takes the draft',
    VISIT,
    async (t) => {
      const { app, origin, visit } = await service(t, {
        ...formMode,
        docs: { source: PETS, uiConfig: { persistAuthorization: true } },
      })
      const page = await open(await visit(), `${origin}/docs`)
      await type(page)
      const told = JSON.stringify({ bearer: { name: 'bearer', schema: {}, value: 'a-token-of-john' } })
      const kept = () => page.evaluate("localStorage.getItem('authorized')")
      await page.evaluate(`localStorage.setItem('authorized', ${JSON.stringify(told)})`)
      await endSessions(app)
      await execute(operation(page, 'addPet'))
      await signInAgain(page)
      t.equal(await kept(), told, 'the same user goes on with it')
      await endSessions(app)
      await page.reload()
      await signInHere(page, 'jane', 'secret2')
      t.equal(await kept(), null)

      await page.goto(`${origin}/docs`)
      await type(page)
      await endSessions(app, 'jane')
      await execute(operation(page, 'addPet'))
      await page.goto(`${origin}/auth/login`)
      t.equal(await page.evaluate('sessionStorage.length'), 1)
      await page.goto(`${origin}/auth/logged-out`)
      t.equal(await page.evaluate('sessionStorage.length'), 0)
    },
  )

  await t.test(
    'its expiry announces it, though the clocks disagree; a page left open renews nothing',
    VISIT,
    async (t) => {
      // Long enough for the page to come on this machine.
      const session = {
        idleTimeoutSeconds: Math.max(4, Math.ceil(3 * (await secondsToOpen(t, { isOwn: true })))),
      }
      const { origin, visit } = await service(t, { ...formMode, session })
      const context = await visit('johndoe', { isOwn: true })
      const asked: string[] = []
      context.on('request', (request) => asked.push(new URL(request.url()).pathname))
      const page = await newTab(context)
      await page.clock.setFixedTime(new Date('2001-01-01'))
      await page.goto(`${origin}/docs`)
      await page.locator('.opblock-summary').first().waitFor()
      await shown(notice(page))
      const times = asked.filter((path) => path === '/docs/static/session.json').length
      // On a busy machine the page itself may come late enough to renew the session.
      t.ok(times === 1 || times === 2, `asked ${times} times: at the expiry, and not every so often`)
      t.same(
        await context.cookies().then((all) => all.map(({ name }) => name)),
        ['docs-gate'],
        'the cookie outlives it',
      )
    },
  )

  await t.test('while it is in use it goes on, without a notice', VISIT, async (t) => {
    // A request has to fall into the second half of it.
    const idleTimeoutSeconds = Math.max(6, Math.ceil(6 * (await secondsToOpen(t))))
    const { origin, visit } = await service(t, { ...formMode, session: { idleTimeoutSeconds } })
    const page = await open(await visit(), `${origin}/docs`)
    const block = await tryOut(page, 'addPet')
    const answers: number[] = []
    page.on('response', (response) => {
      if (response.url().endsWith('/session.json')) answers.push(response.status())
    })
    const deadline = Date.now() + 3 * idleTimeoutSeconds * 1000
    while (answers.length === 0 && Date.now() < deadline) {
      t.equal((await execute(block))[0], '200')
      // Several still fall into that half, and between them the machine is left to others.
      await sleep(idleTimeoutSeconds * 100)
    }
    t.same(answers, [200], 'at the expiry of the first token it was asked, and went on')
    t.equal(await notice(page).isVisible(), false)
    await shown(notice(page))
    t.same(answers.at(-1), 401)
  })

  await t.test('an operation’s own 401 announces nothing', VISIT, async (t) => {
    const { origin, visit } = await service(t, formMode)
    const page = await open(await visit(), `${origin}/docs`)
    const block = await tryOut(page, 'teapot')
    const answer = page.waitForResponse(/session\.json$/)
    t.equal((await execute(block))[0], '401')
    t.equal((await answer).status(), 200)
    t.equal(await notice(page).isVisible(), false)
  })

  await t.test(
    'a sign-in in another tab takes the notice away; as somebody else, it loads their page',
    VISIT,
    async (t) => {
      const { app, origin, visit } = await service(t, formMode)
      const context = await visit()
      const page = await open(context, `${origin}/docs`)
      await type(page)
      await endSessions(app)
      await execute(operation(page, 'addPet'))
      await shown(notice(page))
      await signIn(context, app, origin, 'johndoe')
      const other = await open(context, `${origin}/own`)
      await gone(notice(page))
      t.same(await typed(page), TYPED)

      await page.bringToFront()
      await endSessions(app)
      await execute(operation(page, 'addPet'))
      await shown(notice(page))
      await signIn(context, app, origin, 'jane')
      await other.reload()
      await page.getByRole('button', { name: 'Signed in as jane' }).waitFor()
      t.equal(await page.locator('.btn.execute').count(), 0)
      t.equal(await page.evaluate('sessionStorage.length'), 0)
    },
  )

  await t.test('coming back to a tab asks', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, formMode)
    const page = await open(await visit(), `${origin}/docs`)
    const body = (await tryOut(page, 'addPet')).locator('textarea')
    await body.focus()
    await body.evaluate('(element) => element.scrollIntoView()')
    const { y: before = 0 } = (await body.boundingBox()) ?? {}
    await endSessions(app)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await shown(notice(page))
    const bar = (await page.locator('.docs-gate-bar').boundingBox()) ?? { y: 0, height: 0 }
    const { y: after = 0 } = (await body.boundingBox()) ?? {}
    t.ok(before > 0 && after > before, 'it pushes what is typed')
    t.ok(after >= bar.y + bar.height, 'and covers none of it')
  })
})

t.test('logging out in one tab', OPTIONS, async (t) => {
  await t.test('signs out the others of this gate, and of no other', VISIT, async (t) => {
    const { origin, visit } = await service(t, { login: { mode: 'form' } })
    const context = await visit()
    const [first, other, ended] = [
      await open(context, `${origin}/docs`),
      await open(context, `${origin}/own`),
      await open(context, `${origin}/docs`),
    ] as const
    await tryOut(ended, 'addPet')
    const listening = await newTab(context)
    await listening.goto(`${origin}/auth/logged-out`)
    await listening.evaluate(`
      heard = []
      for (const gate of ['/auth/logout', '/second/logout'])
        new BroadcastChannel('docs-gate ' + gate).onmessage = ({ data }) => heard.push([gate, data])
    `)
    await first.bringToFront()
    await first.getByRole('button', { name: 'Log out' }).click()
    await first.waitForURL(`${origin}/auth/logged-out`)
    await other.waitForURL(`${origin}/auth/logged-out`)
    await ended.waitForURL(`${origin}/auth/logged-out`)
    for (const page of [first, other, ended]) t.equal(await page.evaluate('sessionStorage.length'), 0)
    // A tab in the background may hear it later than the others leave.
    await until(listening, 'heard.length > 0')
    t.same(await listening.evaluate('heard'), [['/auth/logout', 'signed-out']], 'a second gate hears nothing')
  })

  await t.test('a tab believes the server alone', VISIT, async (t) => {
    const { origin, visit } = await service(t, { login: { mode: 'form' } })
    const context = await visit()
    const page = await open(context, `${origin}/docs`)
    const other = await open(context, `${origin}/own`)
    const answer = (count: number) =>
      page.waitForResponse((response) => response.url().endsWith('/session.json') && --count === 0)
    const [asked, askedAgain] = [answer(1), answer(2)]
    await other.evaluate("new BroadcastChannel('docs-gate /auth/logout').postMessage('signed-out')")
    t.equal((await asked).status(), 200)
    await askedAgain
    t.equal(page.url(), `${origin}/docs`)
    t.equal(await notice(page).isVisible(), false)
  })
})

t.test('a page that comes back from the browser’s page cache', OPTIONS, async (t) => {
  const FORM_MODE = { login: { mode: 'form' } } as const
  // As the browser tells it; whether it caches the page is the browser’s affair.
  const leave = (page: Page) =>
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
  const comeBack = (page: Page) =>
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
  const readable = (page: Page) => page.evaluate<string>('document.body.innerText')
  const retry = (page: Page) => page.getByRole('alert').getByRole('button', { name: 'Try again' })
  const bar = (page: Page) => page.locator('.docs-gate-bar')

  await t.test('is hidden when it is left, and shown where its session stands', VISIT, async (t) => {
    const { origin, visit } = await service(t, FORM_MODE)
    const page = await open(
      await visit('johndoe', { viewport: { width: 800, height: 300 } }),
      `${origin}/docs`,
    )
    await page.evaluate('scrollTo(0, 200)')
    await leave(page)
    t.equal((await readable(page)).trim(), '')
    await comeBack(page)
    await shown(operation(page, 'addPet'))
    await shown(bar(page))
    t.equal(await page.evaluate('scrollY'), 200)
    t.equal(await retry(page).isVisible(), false)
  })

  await t.test('leaves for the login where its session has ended, and keeps nothing', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, FORM_MODE)
    const page = await open(await visit(), `${origin}/docs?from=here`)
    await type(page)
    await leave(page)
    await endSessions(app)
    const asked = page.waitForRequest(/session\.json$/)
    await comeBack(page)
    await asked
    t.equal((await readable(page).catch(() => '')).includes('/pets'), false)
    await page.getByLabel('User name').waitFor()
    t.equal(page.url(), `${origin}/auth/login?returnTo=%2Fdocs%3Ffrom%3Dhere#/pets/addPet`)
    t.equal(await page.evaluate('sessionStorage.length'), 0, 'it may have ended by a logout in another tab')
  })

  await t.test('becomes the page of whoever has signed in meanwhile', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, FORM_MODE)
    const context = await visit()
    const page = await open(context, `${origin}/docs`)
    await leave(page)
    await signIn(context, app, origin, 'jane')
    await comeBack(page)
    await page.getByRole('button', { name: 'Signed in as jane' }).waitFor()
  })

  await t.test('stays hidden while nobody can say, and asks again', VISIT, async (t) => {
    const { origin, visit } = await service(t, FORM_MODE)
    const context = await visit()
    const page = await open(context, `${origin}/docs`)
    await page.route(/session\.json$/, (route) => route.abort())
    await leave(page)
    await comeBack(page)
    await shown(retry(page))
    t.notMatch(await readable(page), /pets|John/)
    const asked = page.waitForRequest(/session\.json$/)
    await retry(page).click()
    await asked
    await page.unroute(/session\.json$/)
    await shown(operation(page, 'addPet'))
    t.equal(await retry(page).isVisible(), false)

    await context.setOffline(true)
    await leave(page)
    await comeBack(page)
    await shown(retry(page))
    await context.setOffline(false)
    await shown(operation(page, 'addPet'))
  })

  await t.test('believes no answer from before it was left again', VISIT, async (t) => {
    const { origin, visit } = await service(t, FORM_MODE)
    const page = await open(await visit(), `${origin}/docs`)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route(/session\.json$/, async (route) => {
      const response = await route.fetch()
      await held
      await route.fulfill({ response })
    })
    await leave(page)
    const answered = page.waitForResponse(/session\.json$/)
    await comeBack(page)
    await leave(page)
    release()
    await (await answered).finished()
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 200))')
    t.equal((await readable(page)).trim(), '')
  })

  await t.test('is loaded anew where its scripts had not come when it was left', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, FORM_MODE)
    const page = await newTab(await visit())
    await page.route(/docs\.js$/, (route) => route.abort())
    await page.goto(`${origin}/docs`)
    await shown(bar(page))
    await leave(page)
    t.equal(await bar(page).isVisible(), false)
    await endSessions(app)
    await comeBack(page)
    await page.getByLabel('User name').waitFor()
  })

  await t.test('is loaded anew where it says who may not read what', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, FORM_MODE)
    const page = await newTab(await visit('jane'))
    await page.goto(`${origin}/orders`)
    await shown(page.getByText('jane'))
    await leave(page)
    t.equal(await page.getByText('jane').isVisible(), false)
    await endSessions(app, 'jane')
    await comeBack(page)
    await page.getByLabel('User name').waitFor()
  })
})
