import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

// Files that only tests with a real Redis cover are left out if there is none. In CI there always is one.
const hasRedis = process.env.CI === 'true' || spawnSync('redis-server', ['--version']).status === 0
const needsRedis = (file) => /redis|gate\/stores/.test(file)

const sources = ['lib', 'plugins', 'routes'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
    .filter((file) => hasRedis || !needsRedis(file)),
)

// Every test covers all source files, and no others: some tests run the built files, which are the same code.
export default () => sources
