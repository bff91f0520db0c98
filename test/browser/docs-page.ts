import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { axeViolations } from './axe.ts'
import { newContext, newTab } from './chromium.ts'
import {
  endSessions,
  execute,
  gone,
  notice,
  OPTIONS,
  open,
  operation,
  PETS,
  service,
  shown,
  signIn,
  tryOut,
  until,
  VISIT,
} from './docs-visit.ts'

t.test('the docs page', OPTIONS, async (t) => {
  await t.test('a whole visit: nothing is forbidden, and nobody else is called', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const context = await visit()
    const origins = new Set<string>()
    context.on('request', (request) => origins.add(new URL(request.url()).origin))
    const page = await newTab(context)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(message.text())
    })
    for (const path of ['/docs', '/orders', '/own']) {
      await page.goto(origin + path)
      await page.locator('.opblock-summary').first().waitFor()
      for (const control of await page.locator('.opblock-summary-control').all()) await control.click()
      await page.locator('.opblock-body').last().waitFor()
      t.equal(await page.locator('img[src*="validator"], .topbar, a[href*="swagger.io"]').count(), 0, path)
    }
    t.same(
      [...origins].filter((one) => one !== 'null'),
      [origin],
    )
    t.same(faults, [])
  })

  await t.test('the bar says which document, who is signed in, and with which scopes', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(await visit(), `${origin}/docs`)
    await shown(page.getByRole('heading', { level: 1, name: 'Pets & <friends>', exact: true }))
    const user = page.getByRole('button', { name: 'Signed in as John Doe' })
    const scopes = page.getByRole('tooltip')
    t.equal(await scopes.isVisible(), false)
    await user.hover()
    t.equal(await scopes.innerText(), 'Scopes: admin, read')
    await page.keyboard.press('Escape')
    await gone(scopes)
    await page.mouse.move(0, 400)
    await user.focus()
    await shown(scopes)
    t.equal(await user.getAttribute('aria-describedby'), await scopes.getAttribute('id'))
    await page.keyboard.press('Tab')
    await gone(scopes)

    const jane = await open(await visit('jane'), `${origin}/docs`)
    await jane.getByRole('button', { name: 'Signed in as jane' }).hover()
    await shown(jane.getByText('No scopes'))
  })

  await t.test('the keyboard alone: switch, download, theme, log out', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(await visit(), `${origin}/docs`)
    const focused = () => page.evaluate('document.activeElement.textContent.trim()')
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'Documents')
    await page.keyboard.press('Enter')
    const links = page.getByRole('navigation').getByRole('link')
    t.same(await links.allInnerTexts(), ['Pets & <friends>', 'Orders', 'API documentation'])
    t.same(await page.locator('[aria-current="page"]').allInnerTexts(), ['Pets & <friends>'])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Escape')
    await gone(links.first())
    t.equal(await focused(), 'Documents', 'the focus is not lost')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'Orders')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/orders`)
    await page.locator('.opblock-summary').first().waitFor()

    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'Download')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    t.equal(download.suggestedFilename(), 'orders.json')
    t.match(JSON.parse(await readFile(await download.path(), 'utf8')), { swagger: '2.0' })
    await page.keyboard.press('Tab')
    const [yaml] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    t.equal(yaml.suggestedFilename(), 'orders.yaml')

    await page.keyboard.press('Tab')
    t.equal(await page.locator('details[open]').count(), 0, 'a menu that is left closes')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    t.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'Log out')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/auth/logged-out`)
  })

  await t.test('a user is offered the documents that they may read', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(await visit('jane'), `${origin}/docs`)
    await page.getByText('Documents').click()
    t.same(await page.getByRole('navigation').getByRole('link').allInnerTexts(), [
      'Pets & <friends>',
      'API documentation',
    ])
    await page
      .locator('.swagger-ui')
      .first()
      .click({ position: { x: 5, y: 5 } })
    t.equal(await page.locator('details[open]').count(), 0, 'a click elsewhere closes it')
  })

  await t.test(
    'a theme is kept, is there before the first paint, and reaches other tabs; on paper it is light',
    VISIT,
    async (t) => {
      const { origin, visit } = await service(t)
      const context = await visit('johndoe', { isOwn: true })
      const page = await open(context, `${origin}/docs`)
      const other = await open(context, `${origin}/own`)
      // A tab in the background draws once in a second, and a click waits for it.
      await page.bringToFront()
      const IS_DARK = "document.documentElement.classList.contains('dark-mode')"
      const look = (one: Page) =>
        one.evaluate(`[document.documentElement.dataset.theme ?? 'system', ${IS_DARK} ? 'dark' : 'light']`)
      const stored = () => page.evaluate("localStorage.getItem('docs-gate:theme')")
      t.same(await look(page), ['system', 'light'])
      await page.emulateMedia({ colorScheme: 'dark' })
      await until(page, IS_DARK)
      t.same(await look(page), ['system', 'dark'], 'the system’s, when it changes')
      const choose = async (name: string) => {
        await page.locator('summary', { hasText: 'Theme' }).click()
        await page.getByRole('radio', { name }).check()
        await page.keyboard.press('Escape')
      }
      await choose('Light')
      t.same(await look(page), ['light', 'light'])
      t.equal(await stored(), 'light')
      await choose('Dark')
      t.same(await look(page), ['dark', 'dark'])
      await until(other, IS_DARK)
      t.same(await look(other), ['dark', 'dark'])

      await page.addInitScript(`new PerformanceObserver(() => {
      window.firstPaint ??= ${IS_DARK}
    }).observe({ type: 'paint', buffered: true })`)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.reload()
      await until(page, "'firstPaint' in window")
      t.equal(await page.evaluate('window.firstPaint'), true)
      await page.locator('.opblock-summary').first().waitFor()
      await page.evaluate(`addEventListener('beforeprint', () => { window.onPaper = ${IS_DARK} })`)
      await page.pdf()
      t.equal(await page.evaluate('window.onPaper'), false)
      t.same(await look(page), ['dark', 'dark'])
      await page.emulateMedia({ media: 'print' })
      t.equal(await page.locator('.docs-gate-bar').isVisible(), false)
      t.equal(await page.locator('.scheme-container').isVisible(), false)
      t.equal(await page.locator('.opblock-summary').first().isVisible(), true)
      await page.emulateMedia({ media: 'screen' })
      await choose('System')
      t.equal(await stored(), null)
      t.same(await look(page), ['system', 'light'])
    },
  )

  await t.test(
    'axe-core finds nothing, in light and dark, closed, open and under the dialog',
    VISIT,
    async (t) => {
      const check = async (page: Page, what: string) => {
        // What Swagger UI has just shown is given its names in the next frame.
        await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
        t.same(await axeViolations(page), [], what)
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await t.test(colorScheme, async (t) => {
          const { app, origin, visit } = await service(t)
          const context = await visit('johndoe', { colorScheme, reducedMotion: 'reduce' })
          const page = await open(context, `${origin}/docs`)
          await page.locator('summary', { hasText: 'Theme' }).click()
          await check(page, `${colorScheme}: the page, a menu open`)
          await execute(await tryOut(page, 'addPet'))
          await tryOut(page, 'listPets')
          await operation(page, 'noPets').locator('.opblock-summary-control').click()
          await operation(page, 'noPets').locator('.opblock-body').waitFor()
          await page.locator('.json-schema-2020-12-accordion').last().click()
          await check(page, `${colorScheme}: operations`)
          await page.locator('.scheme-container .authorize').click()
          await shown(page.getByRole('dialog'))
          await check(page, `${colorScheme}: the dialog`)
          await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
          await endSessions(app)
          await execute(operation(page, 'addPet'))
          await shown(notice(page))
          await check(page, `${colorScheme}: the session has ended`)
          await signIn(context, app, origin, 'johndoe')
          await check(await open(context, `${origin}/orders`), `${colorScheme}: Swagger 2`)
          const own = await open(context, `${origin}/own`)
          await own.locator('.scheme-container .authorize').click()
          await shown(own.getByText('You are signed in: requests'))
          await check(own, `${colorScheme}: the dialog of a document of its own`)
        })
      }
    },
  )

  await t.test('from 320 to 2,560 pixels the bar stays slim, and nothing overflows', VISIT, async (t) => {
    const { app, origin, visit } = await service(t, {
      pages: { title: 'A service with a long name' },
    })
    const page = await open(await visit(), `${origin}/docs`)
    const widths = [320, 360, 768, 1440, 2560]
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth')
    const bar = page.locator('.docs-gate-bar')
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 })
      t.ok(((await bar.boundingBox())?.height ?? 99) <= 48, `${width}: slim`)
      for (const menu of await page.locator('summary').all()) {
        await menu.click()
        t.equal(await overflow(), 0, `${width}: a menu`)
        const panel = await page.locator('details[open] .docs-gate-panel').boundingBox()
        t.ok(panel && panel.x >= 0 && panel.x + panel.width <= width, `${width}: a menu on screen`)
        const { width: wide = 0, height = 0 } = (await menu.boundingBox()) ?? {}
        t.ok(wide >= 32 && height >= 32, `${width}: a target of ${wide} by ${height}`)
      }
    }
    const block = await tryOut(page, 'addPet')
    await block.locator('textarea').fill('{}')
    await shown(block.getByRole('button', { name: 'Reset' }))
    await endSessions(app)
    await execute(operation(page, 'addPet'))
    await shown(notice(page))
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 })
      t.equal(await overflow(), 0, `${width}: an operation, and the notice`)
    }
  })

  await t.test(
    'the bar has its labels from 768 pixels on, and is icons alone on a phone',
    VISIT,
    async (t) => {
      const { origin, visit } = await service(t)
      const page = await open(await visit(), `${origin}/docs`)
      const widths = () =>
        page.evaluate<number[]>(
          "[...document.querySelectorAll('.docs-gate-label')].map((label) => label.getBoundingClientRect().width)",
        )
      for (const width of [768, 1440]) {
        await page.setViewportSize({ width, height: 800 })
        for (const wide of await widths()) t.ok(wide > 30, `${width}: ${wide}`)
        const title = await page.locator('.docs-gate-title h1').boundingBox()
        t.ok(title && title.width > 60, `${width}: and the title has its room`)
      }
      await page.setViewportSize({ width: 360, height: 800 })
      for (const wide of await widths()) t.ok(wide <= 1)
    },
  )

  await t.test('who is signed in sees closed padlocks, and samples that name the token', VISIT, async (t) => {
    const { app, origin, visit } = await service(t)
    const page = await open(await visit(), `${origin}/own`)
    const padlock = (path: string) =>
      page.locator('.opblock', { hasText: path }).first().locator('.authorization__btn')
    const isLocked = (path: string) => padlock(path).locator('svg.locked').count()
    t.equal(await page.locator('.scheme-container .authorize.locked').count(), 1)
    t.equal(await isLocked('/users/me'), 1)
    t.equal(await padlock('/open').count(), 0, 'nothing is asked there')

    const sampleOf = async (path: string) => {
      const block = page.locator('.opblock', { hasText: path }).first()
      await block.locator('.opblock-summary-control').click()
      const begin = block.getByRole('button', { name: 'Try it out' })
      await block.locator('.try-out__btn').waitFor()
      if (await begin.isVisible()) await begin.click()
      await execute(block)
      const sample = await block.locator('.curl').innerText()
      await block.locator('.opblock-summary-control').click()
      return sample
    }
    const sample = await sampleOf('/users/me')
    t.match(sample, '-H "Authorization: Bearer $TOKEN"')
    t.notMatch(await sampleOf('/open'), 'TOKEN')
    const { access_token } = await app.docsGate.signIn('johndoe')
    const shell = spawnSync('sh', ['-c', `curl() { for each; do echo "$each"; done; }; ${sample}`], {
      env: { TOKEN: access_token },
    })
    t.match(String(shell.stdout).split('\n'), [/-H/, `Authorization: Bearer ${access_token}`])

    await page.locator('.scheme-container .authorize').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('#auth-bearer-value').fill(access_token)
    await dialog.getByRole('button', { name: 'Authorize' }).first().click()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    t.notMatch(await sampleOf('/users/me'), 'TOKEN', 'one that was given stands there itself')

    await page.goto(`${origin}/docs`)
    await operation(page, 'addPet').waitFor()
    t.equal(await page.locator('svg.locked').count(), 0, 'of another document nothing is known')
  })

  await t.test('what a click focuses has no ring', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(await visit(), `${origin}/docs`)
    await operation(page, 'addPet').locator('.opblock-summary-control').click()
    await operation(page, 'addPet').locator('.opblock-body').waitFor()
    const rings = await page.evaluate<string[]>(
      "[...document.querySelectorAll(':focus')].map((element) => getComputedStyle(element).outlineStyle)",
    )
    t.same(rings, ['none'])
  })

  await t.test('icons alone have a title, and headers are read in lines, on a phone', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(
      await visit('johndoe', { viewport: { width: 360, height: 740 } }),
      `${origin}/own`,
    )
    const titles = await page.locator('.docs-gate-bar [title]').all()
    t.same(await Promise.all(titles.map((one) => one.getAttribute('title'))), [
      'Documents',
      'Download',
      'Theme',
      'Log out',
    ])
    await page.locator('.opblock-summary', { hasText: '/users/me' }).first().click()
    const cells = page.locator('table.headers tbody td')
    await cells.first().waitFor()
    const table = await page.locator('table.headers').first().boundingBox()
    for (const cell of (await cells.all()).slice(0, 3))
      t.equal((await cell.boundingBox())?.width, table?.width)
    t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
  })

  await t.test('models of OpenAPI 3.0 stay on the screen of a phone', VISIT, async (t) => {
    const source = { ...PETS, openapi: '3.0.3' }
    const { origin, visit } = await service(t, { docs: { path: '/docs', source } })
    const context = await visit('johndoe', { viewport: { width: 360, height: 740 } })
    const page = await open(context, `${origin}/docs`)
    await page.locator('section.models .model-box').first().waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
  })

  await t.test('a schema has no box of its own in the dark theme of Swagger UI', VISIT, async (t) => {
    const { origin, visit } = await service(t)
    const page = await open(await visit('johndoe', { colorScheme: 'dark' }), `${origin}/docs`)
    await operation(page, 'addPet').locator('.opblock-summary-control').click()
    await operation(page, 'addPet').getByRole('tab', { name: 'Schema' }).first().click()
    const schema = '[id$="-addPet"] .json-schema-2020-12'
    await page.locator(schema).first().waitFor()
    const colour = `getComputedStyle(document.querySelector('${schema}')).backgroundColor`
    t.equal(await page.evaluate(colour), 'rgba(0, 0, 0, 0)')
  })

  await t.test('the dialog opens at its top, and says that one is signed in already', VISIT, async (t) => {
    const servers = [{ url: '/' }, { url: 'https://pets.example/v1' }]
    const info = { title: 'Own', version: '1' }
    const gate = { swagger: { openapi: { openapi: '3.1.0', info, servers } } } as const
    const { origin, visit } = await service(t, gate)
    const page = await open(await visit(), `${origin}/own`)
    const dialog = page.getByRole('dialog')
    const buttons = dialog.locator('.auth-container').first().getByRole('button')
    const note = dialog.getByText('You are signed in: requests from this page to this service carry')
    const openDialog = async () => {
      await page.locator('.scheme-container .authorize').click()
      await shown(dialog)
    }
    const close = () => dialog.getByRole('button', { name: 'Close' }).first().click()
    for (const [width, height] of [
      [1440, 900],
      [360, 640],
    ] as const) {
      await page.setViewportSize({ width, height })
      await openDialog()
      const what = `${width} by ${height}`
      t.equal(await page.evaluate("document.activeElement.matches('.modal-ux')"), true, what)
      t.equal(await page.evaluate("document.querySelector('.modal-ux-content').scrollTop"), 0, what)
      const { bottom, right } = await page.evaluate<{ bottom: number; right: number }>(
        "document.querySelector('.modal-ux').getBoundingClientRect().toJSON()",
      )
      t.ok(bottom <= height && right <= width, `${what}: on screen`)
      t.equal(await note.isVisible(), true)
      t.equal(await buttons.count(), 2)
      for (const button of await buttons.all()) {
        const box = await button.boundingBox()
        t.ok(box && box.y + box.height < bottom, `${what}: a button seen as a whole`)
      }
      await page.keyboard.press('Shift+Tab')
      t.equal(
        await page.evaluate("document.activeElement.matches('.modal-ux .btn-done')"),
        true,
        'it goes round',
      )
      await close()
    }
    await openDialog()
    t.equal(await dialog.getAttribute('aria-describedby'), await note.getAttribute('id'))
    t.equal(await note.count(), 1)
    const password = dialog.locator('.auth-container', { hasText: 'Token URL' })
    const fields = password.locator('input:not([type="checkbox"])').filter({ visible: true })
    t.equal(await fields.count(), 2, 'a name and a password, and no client')
    t.equal(await password.locator('select:visible').count(), 0)
    await password.locator('#oauth_username').fill('johndoe')
    await password.locator('#oauth_password').fill('secret')
    await password.getByRole('button', { name: 'Authorize' }).click()
    await password.getByRole('button', { name: 'Logout' }).waitFor()
    t.equal(await password.getByText('client').filter({ visible: true }).count(), 0)
    await close()

    await page.locator('.servers select').selectOption('https://pets.example/v1')
    await openDialog()
    t.equal(await note.count(), 0, 'no cookie of ours goes there')
    await close()

    await page.goto(`${origin}/docs`)
    await openDialog()
    t.equal(await note.count(), 0, 'nor to the servers of a document of others')
    for (const id of ['#password_type', '#client_id_password', '#client_secret_password'])
      t.equal(await dialog.locator(id).isVisible(), true, 'whose clients may have credentials')
  })

  await t.test(
    '"Try it out" spends the session; the dialog still works for Bearer and the password flow',
    VISIT,
    async (t) => {
      const { app, origin, visit } = await service(t, {
        docs: { source: PETS, uiConfig: { persistAuthorization: true } },
      })
      const context = await visit()
      const page = await open(context, `${origin}/docs`)
      const block = await tryOut(page, 'addPet')
      const [status, body] = await execute(block)
      t.equal(status, '200')
      t.match(JSON.parse(body), { by: 'cookie', body: { name: 'Tom' } })

      const dialog = page.getByRole('dialog')
      const openDialog = () => page.locator('.scheme-container .authorize').click()
      const authorize = (id: number) =>
        dialog.locator('.auth-container').nth(id).getByRole('button', { name: 'Authorize' }).click()
      const { access_token } = await app.docsGate.signIn('jane')
      await openDialog()
      await dialog.locator('#auth-bearer-value').fill(access_token)
      await authorize(0)
      await dialog.getByRole('button', { name: 'Close' }).first().click()
      t.match(JSON.parse((await execute(block))[1]), { by: 'Bearer' })
      await openDialog()
      await dialog.getByRole('button', { name: 'Logout' }).click()

      await dialog.locator('#oauth_username').fill('johndoe')
      await dialog.locator('#oauth_password').fill('secret')
      await authorize(1)
      await dialog.getByRole('button', { name: 'Logout' }).waitFor()
      await dialog.getByRole('button', { name: 'Close' }).first().click()
      t.match(JSON.parse((await execute(block))[1]), { by: 'Bearer' })

      const kept = () => page.evaluate("localStorage.getItem('authorized')")
      t.match(String(await kept()), 'access_token')
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.waitForURL(`${origin}/auth/logged-out`)
      t.equal(await kept(), null, 'nothing is left behind')
    },
  )
})

t.test('a deep link opens its operation, before and after the login', OPTIONS, async (t) => {
  const { origin, visit } = await service(t)
  const signedIn = await newTab(await visit())
  await signedIn.goto(`${origin}/docs#/pets/teapot`)
  const opened = (page: Page) => operation(page, 'teapot').locator('.opblock-body').waitFor()
  await opened(signedIn)

  const context = await newContext(t, { httpCredentials: { username: 'johndoe', password: 'secret' } })
  const page = await newTab(context)
  await page.setViewportSize({ width: 900, height: 450 })
  await page.goto(`${origin}/docs#/pets/teapot`)
  await opened(page)
  t.equal(page.url(), `${origin}/docs#/pets/teapot`)
  await until(page, 'scrollY > 0')
  const bar = (await page.locator('.docs-gate-bar').boundingBox()) ?? { height: 0, y: 0 }
  const top = async () => (await operation(page, 'teapot').boundingBox())?.y ?? 0
  t.ok((await top()) >= bar.y + bar.height, 'the bar does not cover it')
})

t.test('the host’s functions are called as before, and ui is there', OPTIONS, async (t) => {
  // They run in the browser, by their source text.
  const uiConfig = {
    onComplete: new Function('window.completed = typeof window.ui.getState') as () => void,
    requestInterceptor: (request: { headers: Record<string, string> }) => {
      request.headers['x-from'] = 'the host'
      return request
    },
    responseInterceptor: (response: { body: unknown; text: string; status: number }) => {
      if (response.status === 401) response.text = '"the host’s"'
      return response
    },
  }
  const { app, origin, visit } = await service(t, { docs: { source: PETS, uiConfig } })
  const page = await open(await visit(), `${origin}/docs`)
  await until(page, 'window.completed')
  t.equal(await page.evaluate('window.completed'), 'function')
  await endSessions(app)
  const sent = page.waitForRequest(/\/pets/)
  const [status, body] = await execute(await tryOut(page, 'addPet'))
  t.equal(status, '401')
  t.match(body, 'the host’s')
  t.equal((await sent).headers()['x-from'], 'the host')
  await shown(notice(page))
})
