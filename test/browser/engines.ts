import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../redis.ts'
import { until } from '../until.ts'
import type { Engine, Teardown } from './engine.ts'

const isCi = process.env['CI'] === 'true'

const unless = (name: string, ...paths: readonly string[]): string | false => {
  const missing = paths.filter((path) => !existsSync(path))
  return missing.length === 0 || isCi ? false : `${name} is not installed: there is no ${missing.join(', ')}`
}

// Its ES modules import one of chromium-bidi's by a pattern that the loader of these tests resolves wrongly.
const { launch } = createRequire(import.meta.url)('puppeteer-core') as typeof import('puppeteer-core')

const FIREFOX_PATH = '/usr/bin/firefox-esr'

export const FIREFOX: Engine = {
  name: 'Firefox',
  skip: unless('firefox-esr', FIREFOX_PATH),
  answersDialogs: true,
  async start(t) {
    const userDataDir = await mkdtemp(join(tmpdir(), 'docs-gate-firefox-'))
    const browser = await launch({
      browser: 'firefox',
      executablePath: FIREFOX_PATH,
      headless: true,
      acceptInsecureCerts: true,
      userDataDir,
    })
    t.teardown(async () => {
      await browser.close()
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 })
    })
    return async (t, answer) => {
      const context = await browser.createBrowserContext()
      t.teardown(() => context.close())
      const page = await context.newPage()
      if (answer) await page.authenticate(answer)
      return {
        goto: (url) => page.goto(url),
        back: () => page.goBack(),
        url: async () => page.url(),
        evaluate: <T>(expression: string) => page.evaluate(expression) as Promise<T>,
        click: (selector) => page.locator(selector).click(),
        async type(selector, text) {
          await page.locator(selector).wait()
          await page.type(selector, text)
        },
      }
    }
  },
}

const WEBKIT_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'

/** Calls a WebDriver endpoint. @see WebDriver, section 6 */
async function command<T>(url: string, method: string, body?: object): Promise<T> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: T & { error?: string; message?: string } }
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`)
  return value
}

/** The driver, on a display and a message bus of its own. */
async function startWebKitDriver(t: Teardown): Promise<string> {
  const [port, home] = await Promise.all([freePort(), mkdtemp(join(tmpdir(), 'docs-gate-webkit-'))])
  const driver = ['dbus-run-session', '--', 'WebKitWebDriver', `--port=${port}`]
  const child = spawn('xvfb-run', ['-a', ...driver], {
    // A group of its own: what the driver has started ends with it.
    detached: true,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_RUNTIME_DIR: home,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  })
  await once(child, 'spawn')
  t.teardown(async () => {
    if (child.exitCode === null) {
      process.kill(-(child.pid as number))
      await once(child, 'close')
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  })
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    command(`${url}/status`, 'GET').then(
      () => true,
      () => false,
    )
  await until(isUp)
  return url
}

export const WEBKIT: Engine = {
  name: 'WebKit',
  skip: unless(
    'webkit2gtk-driver with xvfb and dbus',
    '/usr/bin/WebKitWebDriver',
    WEBKIT_BROWSER,
    '/usr/bin/xvfb-run',
    '/usr/bin/dbus-run-session',
  ),
  answersDialogs: false,
  async start(t) {
    const driver = await startWebKitDriver(t)
    return async (t) => {
      const { sessionId } = await command<{ sessionId: string }>(`${driver}/session`, 'POST', {
        capabilities: {
          alwaysMatch: {
            acceptInsecureCerts: true,
            'webkitgtk:browserOptions': { binary: WEBKIT_BROWSER, args: ['--automation'] },
          },
        },
      })
      const session = `${driver}/session/${sessionId}`
      t.teardown(() => command(session, 'DELETE'))
      const post = <T>(path: string, body: object): Promise<T> => command(`${session}/${path}`, 'POST', body)
      async function element(selector: string): Promise<string> {
        let found: Record<string, string> = {}
        await until(async () => {
          found = await post<typeof found>('element', { using: 'css selector', value: selector }).catch(
            () => ({}),
          )
          const isFound = Object.values(found).length > 0
          if (!isFound) await sleep(40)
          return isFound
        })
        return Object.values(found)[0] as string
      }
      return {
        goto: (url) => post('url', { url }),
        back: () => post('back', {}),
        url: () => command(`${session}/url`, 'GET'),
        evaluate: (expression) => post('execute/sync', { script: `return ${expression}`, args: [] }),
        click: async (selector) => post(`element/${await element(selector)}/click`, {}),
        type: async (selector, text) => post(`element/${await element(selector)}/value`, { text }),
      }
    }
  },
}
