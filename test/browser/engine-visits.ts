import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { listen, testApp } from '../helper.ts'
import { until } from '../until.ts'
import { selfSigned } from './certificate.ts'
import { PETS, petRoutes } from './docs-visit.ts'
import type { Answer, Engine, Tab } from './engine.ts'

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

/** The documents' operations, and a page that links to the documentation. */
function serve(app: FastifyInstance): void {
  petRoutes(app)
  app.get('/elsewhere', { schema: { hide: true } }, async (request, reply) => {
    const { port } = new URL(`http://${request.host}`)
    return reply
      .type('text/html')
      .send(`<a href="http://127.0.0.1:${port}/docs#/pets/listPets">The documentation</a>`)
  })
}

/** Waits until an expression holds; a page that is being left holds nothing. */
const holds = (tab: Tab, expression: string) =>
  until(async () => {
    const isSo = await tab.evaluate<boolean>(expression).catch(() => false)
    // To be asked takes a browser time that it needs to get there.
    if (!isSo) await sleep(40)
    return isSo
  })

const isThere = (tab: Tab, selector: string) => holds(tab, `document.querySelector('${selector}') !== null`)

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

// In this time a document that is shown has taken the page's place.
const SHOWN_AFTER_MILLISECONDS = 2000

// WebKit would show a document again after a logout, and no script of ours could hide it. So it is saved instead of shown.
async function openDocument(t: Test, tab: Tab, origin: string): Promise<void> {
  await tab.goto(`${origin}/docs`)
  await signIn(tab, JOHN)
  await isThere(tab, OPERATION)
  await tab.evaluate("(location.assign('/openapi.json'), true)")
  await sleep(SHOWN_AFTER_MILLISECONDS)
  t.equal(await tab.url(), `${origin}/docs`, 'the document is not shown')
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

/** Comes from another site twice: as nobody yet, and signed in. */
async function followLink(t: Test, tab: Tab, origin: string, mode: string, logins: Login[]): Promise<void> {
  const elsewhere = origin.replace('127.0.0.1', 'localhost')
  for (const isSignedIn of [false, true]) {
    logins.splice(0)
    await tab.goto(`${elsewhere}/elsewhere`)
    await tab.click('a')
    if (mode === 'form' && !isSignedIn) await signIn(tab, JOHN)
    await isThere(tab, `${OPERATION} .opblock-body`)
    t.equal(await tab.url(), `${origin}/docs#/pets/listPets`)
    const statuses = logins.map(({ status }) => status)
    if (isSignedIn) t.same(statuses, [200, 303], 'the session is found')
    else t.equal(statuses[0], 200)
  }
}

/** The visits that every engine has to pass. */
export function testEngine(engine: Engine): void {
  t.test(`a whole visit in ${engine.name}`, { skip: engine.skip, ...PATIENCE }, async (t) => {
    const [open, https] = await Promise.all([engine.start(t), selfSigned(t)])

    /** A service, and a tab that has seen nothing of it. */
    async function begin(
      t: Test,
      scheme: 'http' | 'https',
      mode: 'form' | 'basic',
      gate: Partial<DocsGateOptions> = {},
    ) {
      const logins: Login[] = []
      const app = await testApp(t, {
        server: scheme === 'https' ? ({ https } as object) : {},
        gate: { login: { mode }, docs: { source: PETS }, ...gate },
        before: recordLogins(logins),
        after: serve,
      })
      const origin = `${scheme}://127.0.0.1:${await listen(app)}`
      // A browser holds connections open that it has not used: the server would wait for them.
      t.teardown(() => app.server.closeAllConnections())
      const tab = await open(t, mode === 'basic' ? JOHN : undefined)
      return { origin, tab, logins }
    }

    for (const scheme of ['http', 'https'] as const) {
      await t.test(`${scheme}, form mode`, async (t) => {
        const { tab, origin } = await begin(t, scheme, 'form')
        await visitByForm(t, tab, origin)
      })
    }
    await t.test('https, basic mode', { skip: !engine.answersDialogs }, async (t) => {
      const { tab, origin, logins } = await begin(t, 'https', 'basic')
      await visitByBasic(t, tab, origin, logins)
    })
    for (const mode of ['form', 'basic'] as const) {
      const skip = mode === 'basic' && engine.name !== 'Chromium'
      await t.test(`another site’s link, a strict cookie, ${mode} mode`, { skip }, async (t) => {
        const gate = { session: { cookie: { sameSite: 'strict' } } } as const
        const { tab, origin, logins } = await begin(t, 'http', mode, gate)
        await followLink(t, tab, origin, mode, logins)
      })
    }
    await t.test('a document that was opened by itself', { skip: engine.name !== 'WebKit' }, async (t) => {
      const { tab, origin } = await begin(t, 'http', 'form')
      await openDocument(t, tab, origin)
    })
  })
}
