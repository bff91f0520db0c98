import { startChromium, withoutChromium } from './chromium.ts'
import type { Engine } from './engine.ts'
import { testEngine } from './engine-visits.ts'

const CHROMIUM: Engine = {
  name: 'Chromium',
  skip: withoutChromium,
  answersDialogs: true,
  // In the whole browser, as people have it, whatever the other tests run in.
  async start(suite) {
    const browser = await startChromium(suite)
    return async (t, httpCredentials) => {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        ...(httpCredentials && { httpCredentials }),
      })
      t.teardown(() => context.close())
      const page = await context.newPage()
      return {
        // Without credentials a 401 with a challenge rejects, though its page is shown.
        goto: (url) => page.goto(url),
        back: () => page.goBack(),
        url: async () => page.url(),
        evaluate: (expression) => page.evaluate(expression),
        click: (selector) => page.locator(selector).first().click(),
        type: (selector, text) => page.locator(selector).first().pressSequentially(text),
      }
    }
  },
}

testEngine(CHROMIUM)
