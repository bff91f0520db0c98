// Takes pictures of every page. Run `npm run screenshots` in the project's folder; they are written to `screenshots/`.
// With `-- --readme` it takes those of the README, in `.github/`. CHROMIUM is the path of another browser.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { SETS } from './pages.js'
import { README_BRAND, SEVERAL, startService } from './service.js'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SCHEMES = ['light', 'dark']
const SIZES = [
  { width: 360, height: 740 },
  { width: 1440, height: 900 },
]

/** Takes a picture of one page, with a new browser context and a new gate. */
async function take(browser, { name, come, brand, docs }, { path, viewport, colorScheme, fullPage }) {
  const { app, origin, cut } = await startService(brand, docs)
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    await come({ app, origin, page, cut })
    await page.screenshot({ path, fullPage, animations: 'disabled' })
  } catch (error) {
    throw new Error(`No picture of ${name}: ${error.message}`, { cause: error })
  } finally {
    await context.close()
    await app.close()
  }
}

const pages = SETS.flatMap(({ brand, docs, pages }) =>
  Object.entries(pages).map(([name, come]) => ({ name, come, brand, docs })),
)

async function everyPage(browser, wanted) {
  const folder = join(PROJECT, 'screenshots')
  const chosen = pages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  await mkdir(folder, { recursive: true })
  for (const page of chosen) {
    for (const colorScheme of SCHEMES) {
      for (const viewport of SIZES) {
        const path = join(folder, `${page.name}-${colorScheme}-${viewport.width}.png`)
        await take(browser, page, { path, viewport, colorScheme, fullPage: true })
      }
    }
  }
  return `${chosen.length * SCHEMES.length * SIZES.length} pictures are in ${folder}`
}

const README = [
  ['sign-in', 'light'],
  ['docs', 'light'],
  ['docs', 'dark'],
]

async function readmePages(browser) {
  const folder = join(PROJECT, '.github')
  await mkdir(folder, { recursive: true })
  for (const [wanted, colorScheme] of README) {
    const page = pages.find(({ name }) => name === wanted)
    const path = join(folder, `${wanted}-${colorScheme}.png`)
    const gate = { brand: README_BRAND, docs: SEVERAL }
    await take(
      browser,
      { ...page, ...gate },
      { path, viewport: { width: 1280, height: 800 }, colorScheme, fullPage: false },
    )
  }
  return `${README.length} pictures are in ${folder}`
}

async function run([first, ...rest]) {
  if (!existsSync(CHROMIUM)) {
    console.error(
      `There is no Chromium at ${CHROMIUM}: install it, or say in the variable CHROMIUM where it is.`,
    )
    return 1
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const done =
      first === '--readme' ? readmePages(browser) : everyPage(browser, first ? [first, ...rest] : [])
    console.log(await done)
    return 0
  } finally {
    await browser.close()
  }
}

process.exitCode = await run(process.argv.slice(2))
