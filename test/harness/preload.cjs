// Loaded by Node before each file of tests: runs the compiled form of the file, without tap's loaders. These would compile
// it once more, in each process, and ask a second thread for every import: that takes longer than most tests. What they are
// for, `t.mockImport` and `tap --changed`, is not used here.
const Module = require('node:module')
const { isMainThread } = require('node:worker_threads')
const { compileChanged, compiledPath } = require('./compile.cjs')

if (isMainThread) compileChanged()

// Says to @tapjs/typescript that Node itself takes care of types.
process.env.TAP_TYPE_STRIP_ONLY = '1'

const { register, runMain } = Module
Module.register = (specifier, ...rest) => {
  if (!String(specifier).includes('/@tapjs/')) return register(specifier, ...rest)
  for (const { data } of rest) data?.port?.close()
}
Module.syncBuiltinESMExports()

Module.runMain = (main = process.argv[1]) => runMain(main.endsWith('.ts') ? compiledPath(main) : main)
