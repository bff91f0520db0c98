import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { type Answer, ENGINES, selfSigned, type Tab } from './browsers.ts'
import { PETS, petRoutes } from './docs-visit.ts'
import { listen, testApp } from './helper.ts'
import { until } from './until.ts'

const JOHN: Answer = { username: 'johndoe', password: 'secret' }
// Of all visits of an engine, on a busy machine.
const PATIENCE = { timeout: 300_000 }
const OPERATION = '[id$="-listPets"].opblock'
const SIGN_IN = '#username'
// What the document says, and whom it greets.
const READABLE = /listPets|\/pets|About pets|Signed in as|John Doe/

interface Login {
  readonly status: number
  readonly hasCredentials: boolean
}

/** Every answer of `GET /auth/login`, in their order. */
function recordLogins(logins: Login[]) {
  return (app: FastifyInstance) => {
    app.addHook('onResponse', async ({ method, url, headers }, { statusCode }) => {
      if (method !== 'GET' || !url.startsWith('/auth/login')) return
      logins.push({ status: statusCode, hasCredentials: headers.authorization !== undefined })
    })
  }
}

/** Whether an expression holds; a page that is being left holds nothing. */
const holds = (tab: Tab, expression: string) => () => tab.evaluate<boolean>(expression).catch(() => false)

const isThere = (tab: Tab, selector: string) =>
  until(holds(tab, `document.querySelector('${selector}') !== null`))

async function signIn(tab: Tab, { username, password }: Answer): Promise<void> {
  await tab.type(SIGN_IN, username)
  await tab.type('#password', password)
  await tab.click('[type="submit"]')
}

async function tryOut(t: Test, tab: Tab): Promise<void> {
  await tab.click(`${OPERATION} .try-out__btn`)
  await tab.click(`${OPERATION} .execute`)
  const answer = `${OPERATION} .live-responses-table tbody`
  await isThere(tab, `${answer} .microlight`)
  const text = await tab.evaluate<string>(`document.querySelector('${answer}').innerText`)
  t.match(text, /^200/)
  t.match(text, '"by": "cookie"', 'as the user')
}

async function logOut(tab: Tab): Promise<void> {
  await tab.click('.docs-gate-bar [type="submit"]')
  await isThere(tab, '#logged-out')
}

/** Goes back after the log-out, until the sign-in page is there; nothing may be read on the way. */
async function goBack(t: Test, tab: Tab): Promise<void> {
  const seen: string[] = []
  await tab.back()
  await until(async () => {
    const [text, isSignIn] = await tab
      .evaluate<[string, boolean]>(`[document.body.innerText, document.querySelector('${SIGN_IN}') !== null]`)
      .catch(() => ['', false] as const)
    if (READABLE.test(text)) seen.push(text)
    return isSignIn
  })
  t.same(seen, [], 'nothing can be read')
}

async function visitByForm(t: Test, tab: Tab, origin: string): Promise<void> {
  await tab.goto(`${origin}/docs#/pets/listPets`)
  await signIn(tab, JOHN)
  await isThere(tab, `${OPERATION} .opblock-body`)
  t.equal(await tab.url(), `${origin}/docs#/pets/listPets`)
  await tryOut(t, tab)
  await logOut(tab)
  await goBack(t, tab)
  await signIn(tab, JOHN)
  await isThere(tab, `${OPERATION} .opblock-body`)
}

// No script of ours can hide it.
async function openDocument(t: Test, tab: Tab, origin: string): Promise<void> {
  await tab.goto(`${origin}/docs`)
  await signIn(tab, JOHN)
  await isThere(tab, OPERATION)
  await tab.evaluate("(location.assign('/docs/openapi.json'), true)")
  await tab.goto(`${origin}/auth/logout`)
  await isThere(tab, '#logged-out')
  await goBack(t, tab)
}

// The driver answers every dialog, so that going back signs in again; the server sees that the dialog came.
async function visitByBasic(t: Test, tab: Tab, origin: string, logins: Login[]): Promise<void> {
  await tab.goto(`${origin}/docs#/pets/listPets`)
  await isThere(tab, `${OPERATION} .opblock-body`)
  t.equal(await tab.url(), `${origin}/docs#/pets/listPets`)
  t.same(
    logins.splice(0).map(({ status }) => status),
    [401, 303],
  )
  await tryOut(t, tab)
  await logOut(tab)
  await tab.back()
  await isThere(tab, OPERATION)
  t.same(
    logins,
    [
      { status: 401, hasCredentials: true },
      { status: 303, hasCredentials: true },
    ],
    'cached credentials were refused once, and the dialog came',
  )
}

for (const engine of ENGINES) {
  t.test(`a whole visit in ${engine.name}`, { skip: engine.skip, ...PATIENCE }, async (t) => {
    const [open, https] = await Promise.all([engine.start(t), selfSigned(t)])

    /** A service, and a tab that has seen nothing of it. */
    async function begin(t: Test, scheme: 'http' | 'https', mode: 'form' | 'basic') {
      const logins: Login[] = []
      const app = await testApp(t, {
        server: scheme === 'https' ? ({ https } as object) : {},
        gate: { login: { mode }, docs: { source: PETS } },
        before: recordLogins(logins),
        after: petRoutes,
      })
      const origin = `${scheme}://127.0.0.1:${await listen(app)}`
      const tab = await open(mode === 'basic' ? JOHN : undefined)
      t.teardown(() => tab.close())
      return { origin, tab, logins }
    }

    for (const scheme of ['http', 'https'] as const) {
      await t.test(`${scheme}, form mode`, async (t) => {
        const { tab, origin } = await begin(t, scheme, 'form')
        await visitByForm(t, tab, origin)
      })
      await t.test(`${scheme}, basic mode`, { skip: !engine.answersDialogs }, async (t) => {
        const { tab, origin, logins } = await begin(t, scheme, 'basic')
        await visitByBasic(t, tab, origin, logins)
      })
    }
    await t.test('a document that was opened by itself', { skip: engine.name !== 'WebKit' }, async (t) => {
      const { tab, origin } = await begin(t, 'http', 'form')
      await openDocument(t, tab, origin)
    })
  })
}
