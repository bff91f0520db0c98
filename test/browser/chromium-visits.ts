import { newContext, newTab, withoutChromium } from './chromium.ts'
import type { Engine } from './engine.ts'
import { testEngine } from './engine-visits.ts'

const CHROMIUM: Engine = {
  name: 'Chromium',
  skip: withoutChromium,
  answersDialogs: true,
  async start() {
    return async (t, httpCredentials) => {
      const context = await newContext(t, httpCredentials && { httpCredentials })
      const page = await newTab(context)
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
