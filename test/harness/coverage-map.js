import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

// What only a real Redis can test is counted where there is one; in CI there always is.
const hasRedis = process.env.CI === 'true' || spawnSync('redis-server', ['--version']).status === 0
const needsRedis = (file) => /redis|keepers/.test(file)

const sources = ['lib', 'plugins', 'routes'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
    .filter((file) => hasRedis || !needsRedis(file)),
)

// Every test answers for all sources, and for nothing else: the built files, which some tests run, are the same code.
export default () => sources
