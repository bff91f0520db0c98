// Writes the package to dist. The sources are many small modules, and Node takes more time to find and link each of them
// than to run it, so they go into a few files, each with a source map; the types go into one file for each entry.
import { execFile } from 'node:child_process'
import { chmod, cp, rm } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

const TYPED_ENTRIES = ['plugins/index', 'plugins/bare', 'lib/errors']
const ENTRIES = [...TYPED_ENTRIES, 'bin/docs-gate']
// What the benchmarks measure by themselves; not in the package.
const INTERNALS = [
  'lib/session/store/memory-store',
  'lib/session/store/redis-store',
  'lib/redis/connection',
  'lib/session/session-id',
]
const WORKER = 'lib/docs/encoding/encode-worker'
// Code that several entries use lies here, in files named after their main module. It is as deep as the folders of lib,
// and the worker is beside it, because modules find the worker and `../browser/` relative to themselves.
const SHARED = 'lib/shared'
const COMPILER = 'node_modules/typescript/lib/tsc.js'
// Where tsc writes the types of each module, before they are joined. See tsconfig.build.json.
const MODULE_TYPES = 'dist/types'

const isPackage = (id) => !id.startsWith('.') && !isAbsolute(id)

const stripTypes = {
  name: 'strip-types',
  transform: (code, id) =>
    transform(code, { loader: 'ts', sourcefile: id, sourcemap: true, target: 'node20.19' }),
}

/** Joins modules into `dist`, one file for each entry and one for what each group of entries shares. */
async function bundle(input, plugin, ending, { sourcemap }) {
  const onwarn = ({ message }) => {
    throw new Error(message)
  }
  const bundled = await rollup({ input, plugins: [plugin], external: isPackage, onwarn })
  await bundled.write({
    dir: 'dist',
    entryFileNames: `[name]${ending}`,
    chunkFileNames: `${SHARED}/[name]${ending}`,
    sourcemap,
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  })
}

function bundleCode(entries) {
  const sources = Object.fromEntries(entries.map((entry) => [entry, `./${entry}.ts`]))
  const input = { ...sources, [`${SHARED}/encode-worker`]: `./${WORKER}.ts` }
  return bundle(input, stripTypes, '.js', { sourcemap: true })
}

async function bundleTypes() {
  const compile = promisify(execFile)(process.execPath, [COMPILER, '-p', 'tsconfig.build.json'])
  await compile.catch(({ stdout, message }) => {
    throw new Error(stdout || message)
  })
  const input = Object.fromEntries(TYPED_ENTRIES.map((entry) => [entry, `./${MODULE_TYPES}/${entry}.d.ts`]))
  await bundle(input, dts(), '.d.ts', { sourcemap: false })
  await rm(MODULE_TYPES, { recursive: true })
}

await rm('dist', { recursive: true, force: true })
if (process.argv.includes('--internals')) await bundleCode([...ENTRIES, ...INTERNALS])
else await Promise.all([bundleCode(ENTRIES), bundleTypes()])
await cp('lib/browser', 'dist/lib/browser', { recursive: true })
await chmod('dist/bin/docs-gate.js', 0o755)
