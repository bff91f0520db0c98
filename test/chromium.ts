import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why a test that needs Chromium is skipped; false where it runs. In CI it always runs. */
export const withoutChromium: string | false =
  existsSync(PATH) || process.env['CI'] === 'true' ? false : `there is no Chromium at ${PATH}`

// A page that has not come by then never comes: Playwright's own 30 seconds are too few for a busy machine.
const PATIENCE_MILLISECONDS = 120_000

/** Starts a headless Chromium with a profile of its own, closed in teardown. */
export async function startChromium(t: { teardown(run: () => unknown): unknown }): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: PATH,
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
