// The transpiler for tap's ts-node: TypeScript's own, with a cache on disk, so that each version of a file is
// transpiled once and not in each of fifty processes.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const ts = require('typescript-6')

const FOLDER = join(__dirname, '../node_modules/.cache/fastify-docs-gate')

exports.create = ({ service, nodeModuleEmitKind }) => {
  const compilerOptions = {
    ...service.config.options,
    module: nodeModuleEmitKind === 'nodecjs' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext,
  }
  const setting = JSON.stringify([ts.version, compilerOptions])
  mkdirSync(FOLDER, { recursive: true })

  function transpile(text, { fileName }) {
    const digest = createHash('sha256').update(`${setting}\n${fileName}\n${text}`).digest('hex')
    const kept = join(FOLDER, `${digest}.json`)
    try {
      return JSON.parse(readFileSync(kept, 'utf8'))
    } catch {
      const { outputText, sourceMapText } = ts.transpileModule(text, { fileName, compilerOptions })
      // Written to another name and renamed, so that other processes never read an incomplete file.
      const written = `${kept}.${process.pid}`
      writeFileSync(written, JSON.stringify({ outputText, sourceMapText }))
      renameSync(written, kept)
      return { outputText, sourceMapText }
    }
  }
  return { transpile }
}
