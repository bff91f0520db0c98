// Writes the package's JavaScript to dist: the sources are many small modules, and Node takes more time to find and link
// each of them than to run it, so they go into a few files.
import { cp, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const ENTRIES = ['plugins/index.ts', 'plugins/bare.ts', 'lib/errors.ts', 'bin/docs-gate.ts']
// What the benchmarks measure by themselves; not in the package.
const INTERNALS = [
  'lib/session/store/memory-store.ts',
  'lib/session/store/redis-store.ts',
  'lib/redis/connection.ts',
  'lib/session/session-id.ts',
]
// What the entries share lies here: at the depth, and beside the worker, where the sources look for files of theirs.
const SHARED = 'lib/shared'

const withInternals = process.argv.includes('--internals')
const sources = withInternals ? [...ENTRIES, ...INTERNALS] : ENTRIES

await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: {
    ...Object.fromEntries(sources.map((source) => [source.replace(/\.ts$/, ''), source])),
    [`${SHARED}/encode-worker`]: 'lib/docs/encoding/encode-worker.ts',
  },
  outdir: 'dist',
  chunkNames: `${SHARED}/[name]-[hash]`,
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
})
await cp('lib/browser', 'dist/lib/browser', { recursive: true })
