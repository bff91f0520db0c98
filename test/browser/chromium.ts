import { existsSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type ViewportSize,
} from 'playwright-core'
import root from 'tap'

const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
// The same engine without the windows around it: most tests run in it where it is installed, for two thirds of the time.
const SHELL = '/usr/bin/chromium-headless-shell'
const USUAL_PATH = process.env['CHROMIUM'] === undefined && existsSync(SHELL) ? SHELL : PATH

type Teardown = { teardown(run: () => unknown): unknown }

/** Why a test that needs Chromium is skipped; false where it runs. In CI it always runs. */
export const withoutChromium: string | false =
  existsSync(PATH) || process.env['CI'] === 'true' ? false : `there is no Chromium at ${PATH}`

// A page that has not come by then never comes: Playwright's own 30 seconds are too few for a busy machine.
const PATIENCE_MILLISECONDS = 120_000
const VIEWPORT = { width: 1280, height: 720 }

/** Starts a headless Chromium with a profile of its own, closed in teardown. */
export async function startChromium(t: Teardown, executablePath = PATH): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    timeout: PATIENCE_MILLISECONDS,
    // People's browsers have one: what it would show after a logout is what a test has to see.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Two tabs of one context share a process: starting one costs more than showing a page.
      '--process-per-site',
      // A page of a test lives for seconds: code that is compiled to run fast does not pay.
      '--js-flags=--no-opt --no-maglev',
    ],
  })
  t.teardown(() => browser.close())
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    context.setDefaultTimeout(PATIENCE_MILLISECONDS)
    return context
  }
  return browser
}

let shared: Promise<Browser> | undefined

/** One for all tests of a process. */
function sharedChromium(): Promise<Browser> {
  shared ??= startChromium(root, USUAL_PATH)
  return shared
}

/** What a tab looks like; every tab can be given any. */
type Look = Pick<BrowserContextOptions, 'colorScheme' | 'reducedMotion'> & {
  readonly viewport?: ViewportSize
}

/** Options of a context; `isOwn`: for a test that leaves more in it than cookies, storage, routes, tabs and their look. */
export type ContextOptions = Look &
  Pick<BrowserContextOptions, 'httpCredentials' | 'javaScriptEnabled'> & { readonly isOwn?: boolean }

const clean: BrowserContext[] = []
const looks = new WeakMap<BrowserContext, Look>()
const taken = new WeakSet<Page>()

/**
 * Makes a context what it was when it was new: one tab, without history, and nothing stored. Storage is cleared from an
 * empty page: the one that is left may store something as it goes.
 */
async function reset(context: BrowserContext): Promise<void> {
  const [tab, ...others] = context.pages()
  await Promise.all([context.clearCookies(), context.setOffline(false), ...others.map((one) => one.close())])
  if (!tab) return
  await tab.unrouteAll({ behavior: 'ignoreErrors' })
  await tab.route('**', (route) => route.fulfill({ body: '' }))
  await tab.goto(new URL('/', tab.url()).href)
  await tab.evaluate('localStorage.clear(); sessionStorage.clear()')
  await tab.unrouteAll()
  await tab.goto('about:blank')
  await tab.mouse.move(0, VIEWPORT.height - 1)
  const devtools = await context.newCDPSession(tab)
  await devtools.send('Page.resetNavigationHistory')
  await devtools.detach()
  taken.delete(tab)
}

/**
 * A context that has seen nothing, and is handed out again after the test: a process that has shown Swagger UI before does
 * so in a quarter of the time. A browser never forgets credentials: contexts that have some are not handed out again.
 */
export async function newContext(t: Teardown, options: ContextOptions = {}): Promise<BrowserContext> {
  const { isOwn, httpCredentials, javaScriptEnabled = true, ...look } = options
  const isShared = !isOwn && !httpCredentials && javaScriptEnabled
  const browser = await sharedChromium()
  const context =
    (isShared && clean.pop()) ||
    (await browser.newContext({
      ignoreHTTPSErrors: true,
      javaScriptEnabled,
      ...(httpCredentials && { httpCredentials }),
    }))
  looks.set(context, look)
  t.teardown(async () => {
    const isClean =
      isShared &&
      (await reset(context).then(
        () => true,
        () => false,
      ))
    if (isClean) clean.push(context)
    else await context.close()
  })
  return context
}

/** A tab that no test has had. */
export async function newTab(context: BrowserContext): Promise<Page> {
  const page = context.pages().find((one) => !taken.has(one)) ?? (await context.newPage())
  taken.add(page)
  const {
    viewport = VIEWPORT,
    colorScheme = 'light',
    reducedMotion = 'no-preference',
  } = looks.get(context) ?? {}
  await page.setViewportSize(viewport)
  await page.emulateMedia({ media: null, colorScheme, reducedMotion })
  return page
}

/** Collects what the pages of a context were forbidden or failed at, and whom they called. */
export async function watch(context: BrowserContext) {
  const violations: string[] = []
  const origins = new Set<string>()
  context.on('request', (request) => {
    const { origin } = new URL(request.url())
    // A picture that stands in a style sheet.
    if (origin !== 'null') origins.add(origin)
  })
  context.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) violations.push(message.text())
  })
  context.on('weberror', (error) => violations.push(String(error.error())))
  await context.exposeFunction('reportViolation', (text: string) => violations.push(text))
  await context.addInitScript(`document.addEventListener('securitypolicyviolation',
    (event) => reportViolation(event.violatedDirective + ' ' + event.blockedURI))`)
  return { violations, origins }
}
