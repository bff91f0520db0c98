import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

// What only a real Redis can test is counted where there is one; in CI there always is.
const hasRedis = process.env.CI === 'true' || spawnSync('redis-server', ['--version']).status === 0
const needsRedis = (file) => /redis|gate\/stores/.test(file)

const sources = ['lib', 'plugins', 'routes'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
    .filter((file) => hasRedis || !needsRedis(file)),
)

const TESTS = join(ROOT, 'test')
/** Whether tap was asked for some tests by their paths, and not for all. */
const isPartial = process.argv.slice(2).some((argument) => resolve(argument).startsWith(TESTS))

const COVERAGE = join(ROOT, '.tap/coverage')
const isMeasured = () =>
  existsSync(COVERAGE) &&
  readdirSync(COVERAGE).some((file) => readFileSync(join(COVERAGE, file), 'utf8').includes('"url": "file:'))

// .taprc allows runs that measure nothing, for the sake of partial ones.
if (!isPartial) {
  process.once('exit', () => {
    if (isMeasured()) return
    console.error('The whole run has measured no coverage.')
    process.exitCode ||= 1
  })
}

// All tests together answer for all sources, and for nothing else: the built files, which some tests run, are the same code.
// Some tests by themselves answer for none: what they leave out is for the others.
export default () => (isPartial ? null : sources)
