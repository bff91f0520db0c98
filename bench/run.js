// Measures the gate against its peers. See README.md.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readOptions } from './harness/options.js'

const HERE = new URL('./', import.meta.url)
// The order of the README's table. Other rows follow by name.
const ORDER = [
  'guard',
  'guard-redis',
  'refuse',
  'login',
  'document',
  'first-visit',
  'boot',
  'sessions',
  'growth',
  'seeds',
  'proxy',
]

const SMOKE_ROWS_AT_A_TIME = 2

/** Installs the peers if they are missing or older than package-lock.json. */
function installPeers() {
  const installed = new URL('node_modules/.package-lock.json', HERE)
  const lock = new URL('package-lock.json', HERE)
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', args, { cwd: fileURLToPath(HERE), stdio: ['ignore', 'ignore', 'inherit'] })
}

async function loadRows() {
  const files = readdirSync(new URL('rows/', HERE)).filter((file) => file.endsWith('.js'))
  const modules = await Promise.all(files.map((file) => import(new URL(`rows/${file}`, HERE))))
  const position = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return modules.map((module) => module.default).sort((a, b) => position(a) - position(b))
}

function chosen(rows, names) {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name))
  const all = rows.map(({ name }) => name).join(', ')
  if (unknown.length > 0) throw new TypeError(`there is no row ${unknown.join(', ')}; there are ${all}`)
  return names.length > 0 ? rows.filter(({ name }) => names.includes(name)) : rows
}

async function measure(row, options, shared, { createContext, machine }) {
  const context = createContext(options, shared)
  const before = machine()
  const begin = performance.now()
  try {
    const lines = await row.run(context)
    return { title: row.title, machine: before, seconds: (performance.now() - begin) / 1000, lines }
  } finally {
    await context.close()
  }
}

function printSmoke(name, { seconds, lines }) {
  console.log(`${name}: answers as expected, ${seconds.toFixed(1)} s`)
  for (const { what, skipped } of lines) if (skipped) console.log(`  skipped: ${what}: ${skipped}`)
}

function print(name, result, { smoke }, { section }) {
  if (smoke) printSmoke(name, result)
  else console.log(`${section(name, result)}\n${result.seconds.toFixed(0)} s\n`)
}

/**
 * Runs the rows one after the other and writes each result at once. A smoke run measures nothing and runs two at a
 * time.
 */
async function runRows(rows, options, order, harness) {
  const [left, measured, failed] = [[...rows], {}, []]
  const shared = { loaded: false }
  async function work() {
    for (let row = left.shift(); row; row = left.shift()) {
      try {
        measured[row.name] = await measure(row, options, shared, harness)
        print(row.name, measured[row.name], options, harness)
        if (!options.smoke) harness.writeResults(measured, order)
      } catch (error) {
        failed.push(row.name)
        console.error(`${row.name}: ${error.stack}`)
      }
    }
  }
  await Promise.all(Array.from({ length: options.smoke ? SMOKE_ROWS_AT_A_TIME : 1 }, work))
  return failed
}

async function main(argv) {
  const options = readOptions(argv)
  installPeers()
  // Imported only now, because some of these modules import peers.
  const [context, report, rows] = await Promise.all([
    import('./harness/context.js'),
    import('./harness/report.js'),
    loadRows(),
  ])
  const order = rows.map(({ name }) => name)
  const failed = await runRows(chosen(rows, options.names), options, order, { ...context, ...report })
  process.exitCode = failed.length > 0 ? 1 : 0
}

await main(process.argv.slice(2))
