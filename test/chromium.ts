import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why a test that needs Chromium is skipped; false where it runs. In CI it always runs. */
export const withoutChromium: string | false =
  existsSync(PATH) || process.env['CI'] === 'true' ? false : `there is no Chromium at ${PATH}`

/** Starts a headless Chromium with a profile of its own, closed in teardown. */
export async function startChromium(t: { teardown(run: () => unknown): unknown }): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: PATH,
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
