// The steps that lead to each page, by the name of its picture.

import { BRAND, CREDENTIALS, SEVERAL } from './service.js'

const NOBODY = { username: 'nobody', password: 'wrong' }

async function send(page, { username, password }) {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function guess({ page, origin }, times) {
  await page.goto(`${origin}/docs`)
  for (let i = 0; i < times; i++) {
    await send(page, NOBODY)
    await page.getByRole('alert').waitFor()
  }
}

async function enter({ app, page, origin }) {
  const { cookie } = await app.docsGate.signIn(CREDENTIALS.username)
  const [name, value] = cookie.split(';', 1)[0].split('=')
  await page.context().addCookies([{ name, value, url: origin }])
}

async function openDocs(visit, hash = '') {
  await enter(visit)
  await visit.page.goto(`${visit.origin}/docs${hash}`)
  await visit.page.locator('.opblock-summary').first().waitFor()
}

async function leave({ page }) {
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.locator('#logged-out').waitFor()
}

async function tryOut(visit) {
  const { page } = visit
  await openDocs(visit, '#/orders/placeOrder')
  const operation = page.locator('[id$="-placeOrder"]')
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  await operation.locator('.live-responses-table').waitFor()
  return operation
}

async function denied(visit) {
  await enter(visit)
  await visit.page.goto(`${visit.origin}/ledger`)
}

const SIGN_IN = {
  'sign-in': ({ page, origin }) => page.goto(`${origin}/docs`),
  'wrong-password': (visit) => guess(visit, 1),
  throttled: (visit) => guess(visit, 6),
  'sign-in-unavailable': async ({ page, origin, cut }) => {
    await page.goto(`${origin}/docs`)
    cut()
    await send(page, CREDENTIALS)
    await page.getByRole('alert').waitFor()
  },
  'signed-out': async (visit) => {
    await denied(visit)
    await visit.page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await visit.page.getByRole('status').first().waitFor()
  },
  'session-ended': async (visit) => {
    await openDocs(visit)
    await visit.app.docsGate.endSessionsOf(CREDENTIALS.username)
    await visit.page.reload()
  },
}

const SMALL = {
  'logged-out': async (visit) => {
    await openDocs(visit)
    await leave(visit)
  },
  'log-out-question': async ({ page, origin }) => {
    await page.setExtraHTTPHeaders({ 'sec-purpose': 'prefetch' })
    await page.goto(`${origin}/auth/logout`)
  },
  'access-denied': denied,
  unavailable: async (visit) => {
    await enter(visit)
    visit.cut()
    await visit.page.goto(`${visit.origin}/docs`)
  },
  'log-out-unavailable': async (visit) => {
    await openDocs(visit)
    visit.cut()
    await visit.page.getByRole('button', { name: 'Log out' }).click()
    await visit.page.getByRole('link', { name: 'Try again' }).waitFor()
  },
  'cookie-problem': async ({ app, page, origin }) => {
    // Two logins without the cookie in between, as in a browser that does not keep it.
    await app.inject({
      method: 'POST',
      url: '/auth/login',
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(CREDENTIALS).toString(),
    })
    await page.goto(`${origin}/auth/login`)
    await send(page, CREDENTIALS)
    await page.locator('a.button').waitFor()
  },
}

const DOCS = {
  docs: openDocs,
  'docs-operation': tryOut,
  'docs-authorize': async (visit) => {
    await openDocs(visit)
    await visit.page.locator('.scheme-container .authorize').click()
    await visit.page.getByRole('dialog').waitFor()
  },
  'docs-ended': async (visit) => {
    const operation = await tryOut(visit)
    await operation.locator('textarea').press('Enter')
    await visit.app.docsGate.endSessionsOf(CREDENTIALS.username)
    await operation.getByRole('button', { name: 'Execute' }).click()
    await visit.page.getByRole('link', { name: 'Sign in again' }).waitFor()
  },
}

const SWITCH = {
  'docs-switch': async (visit) => {
    await openDocs(visit)
    await visit.page.locator('summary', { hasText: 'Documents' }).click()
  },
  'docs-scopes': async (visit) => {
    await openDocs(visit)
    await visit.page.getByRole('button', { name: 'Signed in as John Doe' }).focus()
  },
  'docs-theme': async (visit) => {
    await openDocs(visit)
    await visit.page.locator('summary', { hasText: 'Theme' }).click()
  },
}

const OWN = {
  'docs-own': (visit) => openDocs(visit),
  'docs-own-authorize': async (visit) => {
    await openDocs(visit)
    await visit.page.locator('.scheme-container .authorize').click()
    await visit.page.getByRole('dialog').waitFor()
  },
  'docs-own-refusals': async (visit) => {
    await openDocs(visit)
    await visit.page.locator('.opblock-summary-control').first().click()
    await visit.page.locator('.opblock-body .headers-wrapper').first().waitFor()
  },
  'docs-own-ended': async (visit) => {
    await openDocs(visit)
    await visit.app.docsGate.endSessionsOf(CREDENTIALS.username)
    await visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await visit.page.getByRole('link', { name: 'Sign in again' }).waitFor()
  },
}

const BRANDED = {
  'brand-sign-in': SIGN_IN['sign-in'],
  'brand-denied': SMALL['access-denied'],
  'brand-docs': DOCS.docs,
}

/** The pages, grouped by the options of the gate that shows them. */
export const SETS = [
  { pages: { ...SIGN_IN, ...SMALL, ...DOCS } },
  { docs: SEVERAL, pages: SWITCH },
  { docs: [{ path: '/docs' }], pages: OWN },
  { brand: BRAND, pages: BRANDED },
]
