// Measures the gate beside its peers. See README.md.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readOptions } from './harness/options.js'

const HERE = new URL('./', import.meta.url)
// As in the README's table; what is not named here comes after, by name.
const ORDER = [
  'guard',
  'guard-redis',
  'refuse',
  'login',
  'document',
  'first-visit',
  'boot',
  'sessions',
  'seeds',
  'proxy',
]

/** The peers, as package-lock.json says, where they are missing or older than it. */
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
  const place = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return modules.map((module) => module.default).sort((a, b) => place(a) - place(b))
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

function tellSmoke(name, { seconds, lines }) {
  console.log(`${name}: answers as expected, ${seconds.toFixed(1)} s`)
  for (const { what, skipped } of lines) if (skipped) console.log(`  skipped: ${what}: ${skipped}`)
}

async function main(argv) {
  const options = readOptions(argv)
  installPeers()
  // Only now: some of these come with the peers.
  const [{ createContext }, { machine, section, writeResults }, rows] = await Promise.all([
    import('./harness/context.js'),
    import('./harness/report.js'),
    loadRows(),
  ])
  const shared = { loaded: false }
  const measured = {}
  let failures = 0
  for (const row of chosen(rows, options.names)) {
    try {
      const result = await measure(row, options, shared, { createContext, machine })
      measured[row.name] = result
      if (options.smoke) tellSmoke(row.name, result)
      else console.log(`${section(row.name, result)}\n${result.seconds.toFixed(0)} s\n`)
    } catch (error) {
      failures += 1
      console.error(`${row.name}: ${error.stack}`)
    }
  }
  if (!options.smoke)
    writeResults(
      measured,
      rows.map(({ name }) => name),
    )
  process.exitCode = failures > 0 ? 1 : 0
}

await main(process.argv.slice(2))
