import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const sources = ['lib', 'plugins', 'routes'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
)

// Every test answers for all sources, and for nothing else: the built files, which some tests run, are the same code.
export default () => sources
